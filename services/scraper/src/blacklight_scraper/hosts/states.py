"""States of a host, numbered as in the contract, and what is said of one. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from uuid import UUID


class HostState(IntEnum):
    """What a host may do, by an administrator's word."""

    ACTIVE = 1
    PAUSED = 2
    DRAINING = 3


@dataclass(frozen=True, slots=True)
class Arrival:
    """A host that begins a stream, and what was agreed with it."""

    api_key_id: UUID
    host_name: str
    stream_id: UUID
    agent_version: str
    protocol: int
    capabilities: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class HostStream:
    """An open stream of a host."""

    host_id: UUID
    stream_id: UUID
    api_key_id: UUID
    host_name: str


@dataclass(frozen=True, slots=True)
class HostView:
    """A host as administrators see it. `connected`: a stream of it is open and has shown life lately."""

    host_id: UUID
    api_key_id: UUID
    host_name: str
    agent_version: str
    protocol: int
    capabilities: tuple[str, ...]
    state: HostState
    state_reason: str
    connected: bool
    connect_time: datetime | None
    last_seen_time: datetime
    open_sessions: int
