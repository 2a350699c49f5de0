"""States of sessions and platform runs, numbered as in the contract, and what follows from them. Pure."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum
from uuid import UUID

from blacklight_scraper.intake.states import Yield


class SessionState(IntEnum):
    """Where a session stands (spec 3.14)."""

    ACTIVE = 1
    FINISHING = 2
    COMPLETED = 3
    FAILED = 4
    TIMED_OUT = 5


OPEN = (SessionState.ACTIVE, SessionState.FINISHING)


class RunState(IntEnum):
    """Where a platform of a session stands (spec 3.15)."""

    PENDING = 1
    COMPLETED = 2
    EMPTY_CONFIRMED = 3
    EMPTY_UNCONFIRMED = 4
    FAILED = 5


SUCCESS = (RunState.COMPLETED, RunState.EMPTY_CONFIRMED)
TIMEOUT_REASON = 6
"""FAILURE_REASON_TIMEOUT."""


@dataclass(frozen=True, slots=True)
class AssignmentView:
    """A role to work, as it was given; the fencing token is the current one."""

    claim_id: UUID
    session_id: UUID
    fencing_token: int
    role_id: UUID
    role_name: str
    aliases: tuple[str, ...]
    platforms: tuple[str, ...]


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


@dataclass(frozen=True, slots=True)
class SessionView:
    """A session as administrators see it."""

    session_id: UUID
    role_id: UUID
    role_name: str
    api_key_id: UUID
    host_name: str
    state: SessionState
    runs: tuple[RunView, ...]
    create_time: datetime
    last_seen_time: datetime
    end_time: datetime | None


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
