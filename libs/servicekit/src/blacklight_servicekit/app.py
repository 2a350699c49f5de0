"""What a service gives servicekit, and what it gets."""

from __future__ import annotations

import importlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, TypeVar

from sqlalchemy.orm import DeclarativeBase

from blacklight_servicekit.cache import Cache
from blacklight_servicekit.clients import Clients
from blacklight_servicekit.clock import Clock
from blacklight_servicekit.database import Database
from blacklight_servicekit.identity import HostAuthenticator, KeySource, SessionAccessSource
from blacklight_servicekit.relay import Handler
from blacklight_servicekit.server import Servicer
from blacklight_servicekit.settings import ServiceSettings
from blacklight_servicekit.temporal import TemporalClient

Settings = TypeVar("Settings", bound=ServiceSettings)


@dataclass(frozen=True)
class Kit(Generic[Settings]):
    """What servicekit opens for a service."""

    settings: Settings
    database: Database
    cache: Cache
    clients: Clients
    temporal: TemporalClient
    clock: Clock


@dataclass(frozen=True)
class Parts:
    """What a service is made of. `key_source` and `session_access` are for auth, which asks nobody."""

    servicers: Sequence[Servicer]
    task_queue: str
    workflows: Sequence[type] = ()
    activities: Sequence[Callable[..., Any]] = ()
    events: Mapping[str, Handler] = field(default_factory=dict)
    background: Sequence[Callable[[], Awaitable[None]]] = ()
    host_authenticator: HostAuthenticator | None = None
    key_source: KeySource | None = None
    session_access: SessionAccessSource | None = None
    dispose: Sequence[Callable[[], None]] = ()
    max_concurrent_activities: int = 4


Command = Callable[[Kit[Any], list[str]], int]


@dataclass(frozen=True)
class ServiceApp(Generic[Settings]):
    """A service: its name (= its schema), its settings, its tables, and how its parts are made."""

    name: str
    settings: type[Settings]
    base: type[DeclarativeBase]
    build: Callable[[Kit[Settings]], Parts]
    commands: Mapping[str, Command] = field(default_factory=dict)

    @property
    def migrations(self) -> Path:
        """The folder of migrations: inside the installed package, or beside its source."""
        package = importlib.import_module(f"blacklight_{self.name}").__file__
        assert package is not None
        inside = Path(package).parent / "migrations"
        return inside if inside.is_dir() else Path(package).parents[2] / "migrations"
