"""Which matches a list shows and in which order, as one query that also makes the page token. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from blacklight_matching.scoring import GRADES

SCORE, CREATED, POSTED = "SCORE", "CREATED", "POSTED"
_TOP = 10_001


@dataclass(frozen=True, slots=True)
class MatchFilter:
    """What a list is narrowed to; empty and 0 = no limit."""

    min_score: int = 0
    state: str = ""
    grades: tuple[str, ...] = ()
    platforms: tuple[str, ...] = ()
    origin: str = ""

    @property
    def ranges(self) -> list[tuple[int, int]]:
        """Score ranges [low, high) of the grades asked for; empty = any."""
        return [score_range(grade) for grade in sorted(set(self.grades))]


def score_range(grade: str) -> tuple[int, int]:
    """The scores [low, high) in hundredths that a grade stands for."""
    highs = {GRADES[0][1]: _TOP} | {lower: low for (low, _), (_, lower) in pairwise(GRADES)}
    lows = {name: low for low, name in GRADES}
    return lows[grade], highs[grade]
