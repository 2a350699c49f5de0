"""States and counts of a batch. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from uuid import UUID


class BatchState(IntEnum):
    """Where a batch stands on its way to matching."""

    WAITING = 1
    IMPORTED = 2
    FAILED = 3


@dataclass(frozen=True, slots=True)
class NewBatch:
    """A batch as it is stored: the payload once, with the answer that acknowledges it.

    `fills`: of the postings received, how many hold each of `fills.FIELDS`. `submission_id`: the submission by REST
    that it is a part of.
    """

    batch_id: UUID
    session_id: UUID
    sequence: int
    role_id: UUID
    platform: str
    payload: bytes
    sha256: bytes
    received: int
    accepted: int
    acknowledgement: bytes
    fills: tuple[int, ...] | None = None
    submission_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class KeptBatch:
    """What tells a repeated batch from another one under its number."""

    sha256: bytes
    platform: str
    acknowledgement: bytes


@dataclass(frozen=True, slots=True)
class WaitingBatch:
    """What matching needs of a batch that is not imported yet."""

    batch_id: UUID
    session_id: UUID
    role_id: UUID
    platform: str
    payload: bytes
    acknowledgement: bytes


@dataclass(frozen=True, slots=True)
class Outcomes:
    """How many of a batch's postings came to what."""

    new: int
    refreshed: int
    duplicate: int
    rejected: int


@dataclass(frozen=True, slots=True)
class Yield:
    """A platform's counts in a session, summed over its batches.

    `settled_batches` include those that failed. Once every batch is settled, `received` = `new` + `refreshed` +
    `duplicate` + `rejected`.
    """

    received: int = 0
    new: int = 0
    refreshed: int = 0
    duplicate: int = 0
    rejected: int = 0
    batches: int = 0
    settled_batches: int = 0
    failed_batches: int = 0
