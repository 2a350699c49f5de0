"""What the scorer knows of a candidate and of a posting: plain values, nothing else."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from blacklight_matching.scoring.work import ANY_WORK, SAYS_NOTHING, WorkOffered, WorkTaken

Vector = NDArray[np.int16]


@dataclass(frozen=True, slots=True)
class CandidateSide:
    """A candidate as the scorer sees one.

    Attributes:
        skills: skill keys (`blacklight_skills.key_of`), any order, without repeats.
        years: total years of experience, or None when unknown.
        vector: `embed_texts([...], "profile")`; None or all zero when unknown.
        work: what work the person takes; it filters pairs and never scores them.
    """

    skills: frozenset[str]
    years: float | None
    vector: Vector | None
    work: WorkTaken = ANY_WORK


@dataclass(frozen=True, slots=True)
class PostingSide:
    """A posting as the scorer sees one.

    Attributes:
        skills: keys of the required skills in a fixed order without repeats; bit i of the matched bits is
        skill i.
        min_years, max_years: the range asked for; None where the posting states none.
        vector: `embed_texts([...], "posting")`; None or all zero when unknown.
        work: what work is offered; it filters pairs and never scores them.
    """

    skills: tuple[str, ...]
    min_years: float | None
    max_years: float | None
    vector: Vector | None
    work: WorkOffered = SAYS_NOTHING

    def __post_init__(self) -> None:
        if len(set(self.skills)) != len(self.skills):
            raise ValueError("a posting asks for a skill twice")


def months(years: float | None) -> int | None:
    """Years as whole months; scores compare months, never floating years."""
    return None if years is None else round(years * 12)


def asked_range(posting: PostingSide) -> tuple[int, int | None] | None:
    """(least, most) months asked for; None when the posting asks for nothing (P-67: that earns no points)."""
    least, most = months(posting.min_years) or 0, months(posting.max_years)
    if least <= 0 and most is None:
        return None
    return max(least, 0), most


def is_known(vector: Vector | None) -> bool:
    """Whether there is a vector; a text without word pieces has the zero vector."""
    return vector is not None and bool(vector.any())
