"""The scorer for many pairs at once: same integers as `score_pair`, as matrices (quality targets S3, S4).

Build `CandidateColumns` and `PostingColumns` once, score any blocks of them. Matched skills are counted by a
sparse product, cosines by one exact matrix product; the rest is integer arithmetic on arrays.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from blacklight_matching.scoring.constants import (
    ABOVE_RANGE,
    BELOW_RANGE,
    EXPERIENCE_WEIGHT,
    FAR_ABOVE,
    FAR_BELOW,
    FULL,
    SEMANTIC_WEIGHT,
    SKILLS_TRUST,
    SKILLS_WEIGHT,
)
from blacklight_matching.scoring.sides import (
    CandidateSide,
    PostingSide,
    Vector,
    months,
)
from blacklight_matching.vectors.similarity import as_factors, hundredths, products
from blacklight_matching.vectors.table import DIMENSIONS

UNKNOWN = -1
"""Stands for None in arrays of parts and of months."""

_NO_LIMIT = np.iinfo(np.int32).max

Counts = NDArray[np.int64]
Points = NDArray[np.int32]
"""Scores, weights and their products: at most 2 x 100 x 10,000, far below 2**31."""


class SkillIndex:
    """Column numbers of skill keys. Candidates and postings scored together share one index."""

    def __init__(self) -> None:
        self._columns: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self._columns)

    def column(self, key: str) -> int:
        """The column of a key, a new one for a new key."""
        return self._columns.setdefault(key, len(self._columns))

    def columns(self, keys: Iterable[str]) -> list[int]:
        """The columns of keys."""
        return [self.column(key) for key in keys]


@dataclass(frozen=True, slots=True)
class CandidateColumns:
    """Candidates column by column: skills in CSR form (indptr, indices), months or UNKNOWN, vectors."""

    skill_starts: Counts
    skill_columns: Counts
    months: Counts
    factors: NDArray[np.float32]
    has_vector: NDArray[np.bool_]

    @classmethod
    def of(cls, sides: Sequence[CandidateSide], index: SkillIndex) -> CandidateColumns:
        """Columns of candidates, in their order."""
        starts, columns = _skill_columns([sorted(side.skills) for side in sides], index)
        years = [months(side.years) for side in sides]
        vectors = _stacked([side.vector for side in sides])
        has_vector = np.asarray(vectors.any(axis=1), dtype=bool)
        return cls(
            starts, columns, np.array([UNKNOWN if m is None else m for m in years]), as_factors(vectors), has_vector
        )


@dataclass(frozen=True, slots=True)
class PostingColumns:
    """Postings column by column; `least` is UNKNOWN where a posting asks for no years."""

    skill_starts: Counts
    skill_columns: Counts
    least: Counts
    most: Counts
    factors: NDArray[np.float32]
    has_vector: NDArray[np.bool_]

    @classmethod
    def of(cls, sides: Sequence[PostingSide], index: SkillIndex) -> PostingColumns:
        """Columns of postings, in their order."""
        years = [(side.min_years, side.max_years) for side in sides]
        return cls.made(
            [side.skills for side in sides],
            np.array(years, dtype=np.float64).reshape(len(sides), 2),
            _stacked([side.vector for side in sides]),
            index,
        )

    @classmethod
    def made(
        cls,
        skills: Sequence[Sequence[str]],
        years: NDArray[np.float64],
        vectors: NDArray[np.int16],
        index: SkillIndex,
    ) -> PostingColumns:
        """The same from what is already in columns; `years` are least and most, NaN where none are asked for."""
        starts, columns = _skill_columns(skills, index)
        whole = np.rint(years * 12)  # halves to even, as `months`
        least, most = np.nan_to_num(np.fmax(whole[:, 0], 0)), np.nan_to_num(whole[:, 1], nan=_NO_LIMIT)
        asks = (least > 0) | ~np.isnan(whole[:, 1])  # as `asked_range`
        least = np.where(asks, least, UNKNOWN)
        has_vector = np.asarray(vectors.any(axis=1), dtype=bool)
        return cls(starts, columns, least.astype(np.int64), most.astype(np.int64), as_factors(vectors), has_vector)


@dataclass(frozen=True, slots=True)
class ScoreBlock:
    """Scores of pairs, arrays of one shape; parts are UNKNOWN where None."""

    overall: NDArray[np.int16]
    skills: NDArray[np.int16]
    experience: NDArray[np.int16]
    semantic: NDArray[np.int16]
    coverage: NDArray[np.int16]
    confidence: NDArray[np.int16]


def score_block(candidates: CandidateColumns, postings: PostingColumns, index: SkillIndex) -> ScoreBlock:
    """Scores of every candidate with every posting, shape (candidates, postings), whatever the blocking."""
    has = incidence(candidates.skill_starts, candidates.skill_columns, len(index))
    wants = incidence(postings.skill_starts, postings.skill_columns, len(index))
    return scores_of(
        (has @ wants.T).toarray(),
        products(candidates.factors, postings.factors),
        required=np.diff(postings.skill_starts)[None, :],
        experience=experience_of(candidates.months[:, None], postings.least[None, :], postings.most[None, :]),
        are_known=candidates.has_vector[:, None] & postings.has_vector[None, :],
    )


def scores_of(
    shared: NDArray[Any], product: NDArray[Any], *, required: Counts, experience: Points, are_known: NDArray[np.bool_]
) -> ScoreBlock:
    """The scorer over pairs, element by element; equal to `score_pair` of each.

    Args:
        shared: skills that both sides have, as whole numbers of any type; `required`: skills asked for.
        product: of the two vectors, exact; `are_known`: whether there are two.
        experience: the part.
    """
    asked = np.maximum(required, 1)
    share = (2 * FULL * shared.astype(np.int64) + asked) // (2 * asked)
    skills = np.where(required > 0, share, UNKNOWN)
    semantic = np.where(are_known, hundredths(product.astype(np.int64)), UNKNOWN)
    total, coverage, applied = np.zeros_like(skills), np.zeros_like(skills), np.zeros_like(skills)
    for full, trust, part in (
        (SKILLS_WEIGHT, trust_in(required), skills),
        (EXPERIENCE_WEIGHT, 100, experience),
        (SEMANTIC_WEIGHT, 100, semantic),
    ):
        is_known = part != UNKNOWN
        total += full * trust * part * is_known
        applied += full * trust * is_known
        coverage += full * is_known
    divisor = np.maximum(applied, 1)
    overall, confidence = (2 * total + divisor) // (2 * divisor), (2 * applied + 100) // 200
    parts = (overall, skills, experience, semantic, coverage, confidence)
    return ScoreBlock(*(part.astype(np.int16) for part in parts))


def trust_in(required: Counts) -> Counts:
    """`trust_of` of each."""
    return np.array(SKILLS_TRUST)[np.minimum(required, len(SKILLS_TRUST) - 1)]


def _skill_columns(lists: Sequence[Sequence[str]], index: SkillIndex) -> tuple[Counts, Counts]:
    starts = np.cumsum([0, *(len(skills) for skills in lists)], dtype=np.int64)
    return starts, np.array(index.columns(chain.from_iterable(lists)), dtype=np.int64)


def _stacked(vectors: Sequence[Vector | None]) -> NDArray[np.int16]:
    nothing = np.zeros(DIMENSIONS, dtype=np.int16)
    rows = [nothing if vector is None else vector for vector in vectors]
    return np.stack(rows) if rows else np.zeros((0, DIMENSIONS), dtype=np.int16)


def incidence(starts: Counts, columns: Counts, width: int) -> sparse.csr_array:
    """Rows of skills as a sparse matrix of ones."""
    ones = np.ones(len(columns), dtype=np.int32)
    return sparse.csr_array((ones, columns, starts), shape=(len(starts) - 1, max(width, 1)))


def experience_of(has: Counts, least: Counts, most: Counts) -> Points:
    """The experience part of months against ranges, element by element."""
    short, above = least - has, has - most
    score = np.full(np.broadcast_shapes(has.shape, least.shape), FULL, dtype=np.int32)
    for distance, steps, beyond in ((above, ABOVE_RANGE, FAR_ABOVE), (short, BELOW_RANGE, FAR_BELOW)):
        steps_of = np.searchsorted([limit for limit, _ in steps], distance, side="left")
        values = np.array([*(value for _, value in steps), beyond], dtype=np.int32)[steps_of]
        score = np.where(distance > 0, values, score)
    return np.where((has == UNKNOWN) | (least == UNKNOWN), np.int32(UNKNOWN), score)
