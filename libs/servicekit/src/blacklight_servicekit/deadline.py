"""The time that the present call has left, for whatever waits on its behalf."""

from __future__ import annotations

import time
from contextvars import ContextVar

DEFAULT_SECONDS = 30.0
_ends: ContextVar[float | None] = ContextVar("deadline", default=None)


def start(seconds: float | None) -> None:
    """Says that the present call has so many seconds; None = no limit of its own."""
    _ends.set(None if seconds is None else time.monotonic() + seconds)


def remaining_ms() -> int:
    """Milliseconds left, at least 1 and at most the default."""
    ends = _ends.get()
    left = DEFAULT_SECONDS if ends is None else min(ends - time.monotonic(), DEFAULT_SECONDS)
    return max(1, int(left * 1000))
