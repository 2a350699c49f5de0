"""States of a queued role, numbered as in the contract. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from uuid import UUID


class Approval(IntEnum):
    """Whether hosts may claim a role."""

    PENDING = 1
    APPROVED = 2
    REJECTED = 3


class Priority(IntEnum):
    """What is claimed first among equals."""

    LOW = 1
    NORMAL = 2
    HIGH = 3
    URGENT = 4


@dataclass(frozen=True, slots=True)
class QueuedRoleView:
    """A role in the queue."""

    role_id: UUID
    name: str
    aliases: tuple[str, ...]
    candidate_count: int
    approval: Approval
    priority: Priority
    version: int
    last_scrape_time: datetime | None
    etag: str


@dataclass(frozen=True, slots=True)
class TakenRole:
    """A role as it was claimed, with the platforms that were free."""

    target_id: UUID
    role_id: UUID
    name: str
    aliases: tuple[str, ...]
    candidate_count: int
    location: str
    candidate_query: str
    platforms: frozenset[str]
