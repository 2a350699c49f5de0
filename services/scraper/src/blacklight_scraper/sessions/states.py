"""States of sessions and platform runs, numbered as in the contract, and what follows from them. Pure."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum
from uuid import UUID

from blacklight_scraper.credentials.views import LeaseView
from blacklight_scraper.intake.states import Yield
from blacklight_scraper.queue.rest import Outcome

OPENED = "session.opened"
PROGRESS = "session.progress"
"""Events of the outbox: there is a session; somebody should look whether it ends."""


class SessionState(IntEnum):
    """Where a session stands (spec 3.14)."""

    ACTIVE = 1
    FINISHING = 2
    COMPLETED = 3
    FAILED = 4
    TIMED_OUT = 5
    TERMINATED = 6


OPEN = (SessionState.ACTIVE, SessionState.FINISHING)


class RunState(IntEnum):
    """Where a platform of a session stands (spec 3.15)."""

    PENDING = 1
    COMPLETED = 2
    EMPTY_CONFIRMED = 3
    EMPTY_UNCONFIRMED = 4
    FAILED = 5
    SKIPPED = 6


SUCCESS = (RunState.COMPLETED, RunState.EMPTY_CONFIRMED)


class Transport(IntEnum):
    """How a host works a session."""

    STREAM = 1
    REST = 2


HOST_SILENT = 12
"""FAILURE_REASON_HOST_SILENT."""
TERMINATED = 13
"""FAILURE_REASON_TERMINATED."""
OURS = (HOST_SILENT, TERMINATED)
"""Reasons that the platform gives, not hosts."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a silent host counts as alive, with a stream and without one."""

    liveness: timedelta
    rest_liveness: timedelta


@dataclass(frozen=True, slots=True)
class AssignmentView:
    """A role to work, as it was given; the fencing token is the current one.

    `leases`: the accounts leased to it; `reported`: its platforms that are not pending any more.
    """

    claim_id: UUID
    session_id: UUID
    fencing_token: int
    target_id: UUID
    role_id: UUID
    role_name: str
    aliases: tuple[str, ...]
    platforms: tuple[str, ...]
    location: str
    candidate_query: str
    candidate_count: int
    leases: tuple[LeaseView, ...] = ()
    reported: tuple[str, ...] = ()

    @property
    def search_queries(self) -> tuple[str, ...]:
        """What to search for, best first."""
        return (self.candidate_query,) if self.candidate_query else (self.role_name, *self.aliases)


@dataclass(frozen=True, slots=True)
class OpenSessionView:
    """A session to go on with after a cut."""

    assignment: AssignmentView
    last_sequence: int
    reported: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Holding:
    """Who may write to a session, and up to which number its batches are stored."""

    api_key_id: UUID
    role_id: UUID
    fencing_token: int
    platforms: tuple[str, ...]
    last_sequence: int
    end_time: datetime | None


@dataclass(frozen=True, slots=True)
class RunView:
    """A platform of a session."""

    platform: str
    state: RunState
    failure_reason: int
    counts: Yield
    message: str
    report_time: datetime | None


@dataclass(frozen=True, slots=True)
class SessionView:
    """A session as administrators see it."""

    session_id: UUID
    target_id: UUID
    sweep_id: UUID | None
    role_id: UUID
    role_name: str
    location: str
    candidate_query: str
    api_key_id: UUID
    host_name: str
    transport: Transport
    state: SessionState
    paused: bool
    end_reason: str
    runs: tuple[RunView, ...]
    create_time: datetime
    last_seen_time: datetime
    end_time: datetime | None


@dataclass(frozen=True, slots=True)
class SessionFilter:
    """Which sessions to list; None = any."""

    state: SessionState | None = None
    api_key_id: UUID | None = None
    role_id: UUID | None = None
    platform: str | None = None
    host_name: str | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """A session on review: ended, or when to look again at the latest."""

    state: SessionState
    wait: timedelta


def end_state(
    state: SessionState, runs: Collection[RunState], *, batches_waiting: int, silent: bool
) -> SessionState | None:
    """How an open session ends now; None while it goes on.

    A finishing session ends once its batches are settled, however long that takes; an active one when its host has
    fallen silent. One platform's success makes the session a success.
    """
    if state is SessionState.FINISHING and batches_waiting == 0:
        return SessionState.COMPLETED if any(run in SUCCESS for run in runs) else SessionState.FAILED
    if state is SessionState.ACTIVE and silent:
        return SessionState.TIMED_OUT
    return None


def rest_outcome(run: RunState, failure_reason: int) -> Outcome:
    """What a platform's end means for the rest of the target there (F-03, F-08)."""
    if run in SUCCESS:
        return Outcome.SUCCESS
    if run is RunState.SKIPPED:
        return Outcome.NOT_WORKED
    return Outcome.STOPPED if failure_reason == TERMINATED else Outcome.FAILURE
