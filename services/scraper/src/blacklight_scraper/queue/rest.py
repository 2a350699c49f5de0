"""How long a target rests on a platform before it may be claimed there again (spec 8.2, 8.9). Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import IntEnum

_MOST_DOUBLINGS = 30


class Outcome(IntEnum):
    """What a platform's end means for the target's rest there."""

    SUCCESS = 1
    """Swept: it rests for the platform's cadence, and earlier failures are forgotten."""
    FAILURE = 2
    """Failed, or empty without the board's word: it rests the longer the more often in a row."""
    STOPPED = 3
    """Ended by an administrator: neither, but not to be claimed again in the same breath."""
    NOT_WORKED = 4
    """Neither: it is due as it was."""


@dataclass(frozen=True, slots=True)
class RestRule:
    """After the n-th failure in a row `first` x 2^(n-1), at most `longest`: a bound, never for good (F-20)."""

    first: timedelta
    longest: timedelta

    def failures(self, before: int, outcome: Outcome, idle: timedelta) -> int:
        """Failures in a row after this outcome, with `before` of them earlier.

        `idle` is how long ago the last rest ended: one failure is forgotten for each `longest` of it, so that an old
        streak does not weigh on a new failure.
        """
        if outcome is Outcome.SUCCESS:
            return 0
        if outcome is not Outcome.FAILURE:
            return before
        forgotten = int(idle / self.longest) if self.longest and idle > timedelta() else 0
        return max(before - forgotten, 0) + 1

    def after(self, outcome: Outcome, failures: int, cadence: timedelta) -> timedelta:
        """The rest after this outcome, which made it so many failures in a row; `cadence` is the platform's."""
        if outcome is Outcome.NOT_WORKED:
            return timedelta()
        if outcome is not Outcome.FAILURE:
            return cadence
        doublings = min(failures - 1, _MOST_DOUBLINGS)
        return min(self.first * (1 << doublings), self.longest)
