"""Batches as administrators see them, and when a failed one is worth another try. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum
from uuid import UUID

from blacklight_scraper.intake.states import BatchState

FINAL = ("INVALID_ARGUMENT", "NOT_FOUND", "FAILED_PRECONDITION")
"""Failures that will be the same next time."""


class JobOutcome(IntEnum):
    """What became of a posting, numbered as in the contract."""

    UNSPECIFIED = 0
    WAITING = 1
    NEW = 2
    REFRESHED = 3
    DUPLICATE = 4
    REJECTED = 5
    FAILED = 6


@dataclass(frozen=True, slots=True)
class RetryRule:
    """How often a failed batch is sent again by itself, and how long it rests before: doubling, up to `longest`."""

    most: int
    first: timedelta
    longest: timedelta


@dataclass(frozen=True, slots=True)
class BatchView:
    """A batch without its postings."""

    batch_id: UUID
    session_id: UUID
    sequence: int
    platform: str
    state: BatchState
    received: int
    accepted: int
    new: int
    refreshed: int
    duplicate: int
    rejected: int
    failure: str
    retries: int
    payload_kept: bool
    create_time: datetime
    settle_time: datetime | None
