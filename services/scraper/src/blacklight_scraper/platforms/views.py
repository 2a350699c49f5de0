"""What the service says of a job board. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import IntEnum

DEFAULT_CADENCE_MINUTES = 20
DEFAULT_MAX_IN_FLIGHT = 1


class Login(IntEnum):
    """Whether reading a board needs an account, numbered as in the contract."""

    NONE = 1
    PASSWORD = 2
    COOKIES = 3


@dataclass(frozen=True, slots=True)
class PlatformView:
    """A job board. `cadence_minutes`: least time between two sweeps of one target; 0 = no limit (spec 8.2)."""

    name: str
    display_name: str
    enabled: bool
    priority: int
    base_url: str
    description: str
    cadence_minutes: int
    max_in_flight: int
    login: Login
    session_cookie: str
    paused: bool
    pause_reason: str
    etag: str


@dataclass(frozen=True, slots=True)
class PlatformFacts:
    """What a claim needs to know of a board that may be claimed."""

    name: str
    priority: int
    cadence: timedelta
    max_in_flight: int
    login: Login


@dataclass(frozen=True, slots=True)
class PlatformDraft:
    """A board to be made."""

    name: str
    display_name: str
    enabled: bool
    priority: int
    base_url: str = ""
    description: str = ""
    cadence_minutes: int = DEFAULT_CADENCE_MINUTES
    max_in_flight: int = DEFAULT_MAX_IN_FLIGHT
    login: Login = Login.NONE
    session_cookie: str = ""
