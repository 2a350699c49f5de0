"""Alarms: kinds, numbered as in the contract; what was found; what administrators see. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum
from uuid import UUID


class AlarmKind(IntEnum):
    """What an alarm is about."""

    COUNT_COLLAPSE = 1
    FIELD_FILL = 2
    ZERO_RESULTS = 3
    ALL_FAILED = 4
    NO_RESULTS = 5
    BLOCKED = 6
    HOST_SILENT = 7
    WATCH_ASLEEP = 8


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that holds now; an alarm of the same kind, platform, field and host is the same alarm."""

    kind: AlarmKind
    platform: str = ""
    field: str = ""
    host_id: str = ""
    observed: float = 0.0
    expected: float = 0.0
    runs: int = 0
    message: str = ""

    @property
    def key(self) -> tuple[int, str, str, str]:
        """What tells it from others."""
        return (int(self.kind), self.platform, self.field, self.host_id)


@dataclass(frozen=True, slots=True)
class AlarmView:
    """An alarm as administrators see it."""

    alarm_id: UUID
    kind: AlarmKind
    platform: str
    field: str
    host_id: str
    observed: float
    expected: float
    runs: int
    message: str
    raise_time: datetime
    last_seen_time: datetime
    clear_time: datetime | None
    acknowledge_time: datetime | None
    acknowledged_by: str


@dataclass(frozen=True, slots=True)
class WatchRule:
    """How often alarms are looked for, after which silence the watch counts as asleep, and how long alarms are kept
    once they hold no more."""

    every: timedelta
    keep: timedelta

    @property
    def asleep_after(self) -> timedelta:
        """Three rounds missed."""
        return 3 * self.every
