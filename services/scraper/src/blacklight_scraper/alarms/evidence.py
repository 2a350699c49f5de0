"""How runs speak for or against a break: a robust log-likelihood ratio, summed up by CUSUM. Pure.

Source: E. S. Page, "Continuous inspection schemes", Biometrika 41 (1954); for counts, M. Höhle and M. Paul, "Count data
regression charts for the monitoring of surveillance time series", Computational Statistics & Data Analysis 52 (2008).
Each density is a mixture with a share of runs that look broken for reasons of their own (P. J. Huber, "A robust version
of the probability ratio test", Annals of Mathematical Statistics 36 (1965)), so that no single run decides.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import log

BROKEN_MORE = 0.3
"""A break is looked for that makes so large a share of the runs, beyond the usual, look broken."""
FEWEST_ODD = 0.02
MOST_ODD = 0.5
_ROUNDS = 6


@dataclass(frozen=True, slots=True)
class Chart:
    """What a score is held against.

    Attributes:
        odd: share of the runs that look broken though nothing is.
        limit: score from which on a break is said to be there.
    """

    odd: float
    limit: float

    def step(self, ratio: float) -> float:
        """How far a run moves the score; `ratio` = its likelihood when broken over that when not."""
        broken = self.odd + BROKEN_MORE
        return log((1 - broken + broken * ratio) / (1 - self.odd + self.odd * ratio))


def share_of_odd(ratios: Sequence[float]) -> float:
    """The share of good runs that look broken, by expectation and maximisation; within FEWEST_ODD and MOST_ODD."""
    odd = 0.1
    for _ in range(_ROUNDS if ratios else 0):
        odd = sum(odd * ratio / (odd * ratio + 1 - odd) for ratio in ratios) / len(ratios)
        odd = min(max(odd, FEWEST_ODD), MOST_ODD)
    return odd


def highest_score(steps: Iterable[float]) -> float:
    """The highest score that these steps ever reached."""
    score = highest = 0.0
    for step in steps:
        score = max(0.0, score + step)
        highest = max(highest, score)
    return highest


def last_score(steps: Iterable[float], *, most: float) -> tuple[float, int]:
    """The score after the last step, never above `most`, and of how many steps it is the sum."""
    score, length = 0.0, 0
    for step in steps:
        score = min(score + step, most)
        length += 1
        if score <= 0:
            score, length = 0.0, 0
    return score, length
