"""States of roles and targets in the queue, numbered as in the contract. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from uuid import UUID


class Approval(IntEnum):
    """Whether hosts may claim a role, or one of its targets."""

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
class Demand:
    """A place and a query that so many candidates of a role want, as told."""

    location: str
    candidate_query: str
    candidate_count: int


class Verdict(IntEnum):
    """What administrators decided of a role where roles are kept."""

    APPROVED = 1
    REJECTED = 2
    MERGED = 3


@dataclass(frozen=True, slots=True)
class Decision:
    """A decision on a role; `version` grows with each, `merged_into` is set for MERGED."""

    verdict: Verdict
    version: int
    merged_into: UUID | None = None


@dataclass(frozen=True, slots=True)
class QueuedRoleView:
    """A role in the queue; priority and last scrape are those of its own target."""

    role_id: UUID
    name: str
    aliases: tuple[str, ...]
    candidate_count: int
    approval: Approval
    priority: Priority
    version: int
    last_scrape_time: datetime | None
    paused: bool
    etag: str


@dataclass(frozen=True, slots=True)
class TargetPlatformView:
    """Where a target stands on a platform."""

    platform: str
    session_id: UUID | None
    not_before_time: datetime
    failures: int


@dataclass(frozen=True, slots=True)
class QueueTargetView:
    """What hosts claim."""

    target_id: UUID
    role_id: UUID
    role_name: str
    location: str
    candidate_query: str
    approval: Approval
    priority: Priority
    candidate_count: int
    last_scrape_time: datetime | None
    paused: bool
    platforms: tuple[TargetPlatformView, ...]
    etag: str


@dataclass(frozen=True, slots=True)
class TakenRole:
    """A target as it was claimed, with the platforms that were due."""

    target_id: UUID
    role_id: UUID
    name: str
    aliases: tuple[str, ...]
    candidate_count: int
    location: str
    candidate_query: str
    platforms: frozenset[str]


@dataclass(frozen=True, slots=True)
class PlatformQueueView:
    """How the queue stands on a platform: targets due now and resting, sessions at work and their most."""

    platform: str
    due: int
    resting: int
    in_flight: int
    max_in_flight: int


@dataclass(frozen=True, slots=True)
class QueueStatsView:
    """How the queue stands: targets by decision, those that some session works, and each platform."""

    pending: int
    approved: int
    in_progress: int
    rejected: int
    platforms: tuple[PlatformQueueView, ...]
