"""How long to wait before connecting again (spec 8.6). Pure but for the chance it is given."""

from __future__ import annotations

from collections.abc import Callable

FIRST_SECONDS = 0.5
LONGEST_SECONDS = 30.0


def pause(failures: int, chance: Callable[[], float]) -> float:
    """Seconds after the n-th failure in a row: doubling up to half a minute; chance takes up to half of it off."""
    longest = min(FIRST_SECONDS * 2 ** min(failures - 1, 10), LONGEST_SECONDS)
    return float(longest * (0.5 + chance() / 2))
