"""Where a credential stands, numbered as in the contract, and how long things last (spec 3.16, 8.3). Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum

REAP_REST = timedelta(minutes=5)
"""How long an account rests after its holder fell silent: the holder may still be using it."""
REAPS_ALLOWED = 2
"""One more in a row and a person must look (spec 8.3)."""
LONGEST_REST = timedelta(minutes=10080)
MESSAGE_LENGTH = 1000

UNKNOWN_REASON = 11
"""FAILURE_REASON_UNKNOWN."""
SILENT_REASON = 12
"""FAILURE_REASON_HOST_SILENT."""


class CredentialState(IntEnum):
    """Where a credential stands."""

    AVAILABLE = 1
    IN_USE = 2
    COOLDOWN = 3
    FAILED = 4
    NEEDS_RELOGIN = 5
    DISABLED = 6


RESETTABLE = (CredentialState.COOLDOWN, CredentialState.FAILED, CredentialState.NEEDS_RELOGIN)


@dataclass(frozen=True, slots=True)
class AfterFailure:
    """What a reported failure makes of a credential: its state, and until when it rests."""

    state: CredentialState
    cooldown_end_time: datetime | None


def after_failure(*, auth_dead: bool, cooldown: timedelta, now: datetime) -> AfterFailure:
    """A dead sign-in needs a person, whatever rest was asked for (F-24); else it rests, or waits for a reset."""
    if auth_dead:
        return AfterFailure(CredentialState.NEEDS_RELOGIN, None)
    if cooldown > timedelta():
        return AfterFailure(CredentialState.COOLDOWN, now + cooldown)
    return AfterFailure(CredentialState.FAILED, None)
