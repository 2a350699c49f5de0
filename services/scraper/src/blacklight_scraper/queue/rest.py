"""How long a role rests on a platform before it may be claimed there again (spec 8.2, 8.9). Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

_MOST_DOUBLINGS = 30


@dataclass(frozen=True, slots=True)
class RestRule:
    """`cadence` after a success; after the n-th failure in a row `first` x 2^(n-1), at most `longest`."""

    cadence: timedelta
    first: timedelta
    longest: timedelta

    def after(self, failures: int) -> timedelta:
        """The rest after this many failures in a row; 0 = the last one succeeded."""
        if failures == 0:
            return self.cadence
        doublings = min(failures - 1, _MOST_DOUBLINGS)
        return min(self.first * (1 << doublings), self.longest)
