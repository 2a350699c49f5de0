"""What a claim is answered. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from blacklight_scraper.sessions.states import AssignmentView


class NothingReason(IntEnum):
    """Why a platform gave nothing, numbered as in the contract."""

    NOTHING_DUE = 1
    PLATFORM_PAUSED = 2
    HOST_PAUSED = 3
    PLATFORM_FULL = 4
    NO_CREDENTIAL = 5


@dataclass(frozen=True, slots=True)
class PlatformStanding:
    """A platform that was asked for and gave nothing."""

    platform: str
    reason: NothingReason


@dataclass(frozen=True, slots=True)
class Claimed:
    """Roles to work, each on platforms of its own; and why the other platforms gave nothing."""

    assignments: tuple[AssignmentView, ...]
    standings: tuple[PlatformStanding, ...]
