"""Whether a key admits its host, numbered as in the contract (spec 3.17, P-16). Pure."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import IntEnum

DEFAULT_RATE = 600
"""Calls a minute."""
DEFAULT_OVERLAP = timedelta(hours=24)


class KeyState(IntEnum):
    """Whether a key admits its host."""

    ACTIVE = 1
    REVOKED = 2
    PAUSED = 3
    EXPIRED = 4


def key_state(
    *, revoke_time: datetime | None, expire_time: datetime | None, pause_time: datetime | None, now: datetime
) -> KeyState:
    """Revoked is final, so it comes first; an expired key would not admit if it were resumed."""
    if revoke_time is not None:
        return KeyState.REVOKED
    if expire_time is not None and expire_time <= now:
        return KeyState.EXPIRED
    return KeyState.ACTIVE if pause_time is None else KeyState.PAUSED
