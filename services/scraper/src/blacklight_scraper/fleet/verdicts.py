"""What becomes of a batch: taken, acknowledged again, or refused. Pure.

A number is taken once and in order. The same content under a number that is taken is acknowledged as it was; other
content is refused, so a host that lost count cannot overwrite or lose anything unnoticed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from blacklight_scraper.intake.states import KeptBatch
from blacklight_scraper.sessions.refusals import (
    RefusalView,
    session_ended,
    session_not_found,
    stale_token,
    unknown_platform,
)
from blacklight_scraper.sessions.states import Holding


@dataclass(frozen=True, slots=True)
class BatchWrite:
    """A batch that is well formed; `acknowledgement` is the answer once it is committed."""

    api_key_id: UUID
    session_id: UUID
    fencing_token: int
    sequence: int
    platform: str
    payload: bytes
    sha256: bytes
    received: int
    accepted: int
    acknowledgement: bytes
    fills: tuple[int, ...] | None = None


@dataclass(frozen=True, slots=True)
class Take:
    """Store it; this is who holds its session."""

    holding: Holding


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """The answer to send: of this batch, or as it was sent before."""

    acknowledgement: bytes


def judge(
    write: BatchWrite, holding: Holding | None, kept: KeptBatch | None, *, now: datetime, late: timedelta
) -> Take | Acknowledged | RefusalView:
    """The verdict on a batch, given who holds its session and what is kept under its number.

    Batches are still taken for `late` after the session's end, so that a spool is not worthless (F-15, D-14).
    """
    if holding is None or holding.api_key_id != write.api_key_id:
        return session_not_found(write.session_id)
    if holding.fencing_token != write.fencing_token:
        return stale_token(write.session_id, sequence=write.sequence)
    if write.platform not in holding.platforms:
        return unknown_platform(write.session_id, write.platform, holding.platforms, sequence=write.sequence)
    if write.sequence <= holding.last_sequence:
        if kept is not None and (kept.sha256, kept.platform) == (write.sha256, write.platform):
            return Acknowledged(kept.acknowledgement)
        return _reused(write, holding.last_sequence + 1)
    if write.sequence > holding.last_sequence + 1:
        return _gap(write, holding.last_sequence + 1)
    if holding.end_time is not None and now - holding.end_time > late:
        return session_ended(write.session_id, sequence=write.sequence)
    return Take(holding)


def _reused(write: BatchWrite, expected: int) -> RefusalView:
    return RefusalView(
        "SEQUENCE_REUSED",
        "another batch is stored under this number; the next new one is expected_sequence",
        field="sequence",
        session_id=str(write.session_id),
        sequence=write.sequence,
        expected_sequence=expected,
    )


def _gap(write: BatchWrite, expected: int) -> RefusalView:
    return RefusalView(
        "SEQUENCE_GAP",
        "a batch before this one is missing; go on from expected_sequence",
        field="sequence",
        session_id=str(write.session_id),
        sequence=write.sequence,
        expected_sequence=expected,
    )
