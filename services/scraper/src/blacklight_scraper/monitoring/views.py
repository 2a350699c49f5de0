"""Figures about the fleet. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class OverviewView:
    """The fleet in figures; `sessions` by state."""

    active_hosts: int
    hosts: int
    active_keys: int
    sessions: Mapping[int, int]
    queue_due: int
    waiting_batches: int
    failed_batches: int
    found: int
    new: int
    open_alarms: int
    last_watch_time: datetime | None


@dataclass(frozen=True, slots=True)
class YieldView:
    """What a platform gave from `start_time` on, for an hour or a day (spec 8.9: found, new, duplicate, refreshed)."""

    platform: str
    start_time: datetime
    runs: int
    succeeded: int
    empty_confirmed: int
    empty_unconfirmed: int
    failed: int
    found: int
    new: int
    refreshed: int
    duplicate: int
    rejected: int


@dataclass(frozen=True, slots=True)
class FailureView:
    """How often runs of a platform failed for a reason."""

    platform: str
    failure_reason: int
    runs: int
    last_time: datetime
    last_message: str


@dataclass(frozen=True, slots=True)
class GaugesView:
    """What is measured at this moment; `yields` are of the hour at hand."""

    connected_hosts: int
    sessions: Mapping[int, int]
    queue_due: int
    waiting_batches: int
    failed_batches: int
    credentials: Mapping[tuple[str, int], int]
    alarms: Mapping[tuple[str, str], int]
    yields: Sequence[YieldView]
    last_watch_time: datetime | None
