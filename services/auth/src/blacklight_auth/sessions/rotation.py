"""What a refresh token is worth (spec P-18). Pure.

Each exchange uses a token up and gives the next one. A token that comes back a second time was stolen, from its
owner or by them: nobody can tell which of the two holds the newest, so the whole session ends.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import Enum

REFRESH_LIFETIME = timedelta(days=14)


class Verdict(Enum):
    """What to do with a refresh token."""

    FRESH = "fresh"
    """Exchange it."""
    REUSED = "reused"
    """It was exchanged before: revoke its session."""
    DEAD = "dead"
    """It ran out, or its session ended: refuse it."""


def judge(*, used_time: datetime | None, expire_time: datetime, revoke_time: datetime | None, now: datetime) -> Verdict:
    """The verdict on a known token: when it was used, when it ends, when its session was revoked."""
    if revoke_time is not None or now >= expire_time:
        return Verdict.DEAD
    return Verdict.FRESH if used_time is None else Verdict.REUSED
