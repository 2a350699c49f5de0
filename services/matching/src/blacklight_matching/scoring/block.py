"""The scorer for many pairs at once: same integers as `score_pair`, as matrices (quality targets S3, S4).

Build `CandidateColumns` and `PostingColumns` once, score any blocks of them. Matched skills are counted by a
sparse product, cosines by one exact matrix product; the rest is integer arithmetic on arrays.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

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
    SKILLS_RELIABILITY,
    SKILLS_WEIGHT,
)
from blacklight_matching.scoring.sides import (
    CandidateSide,
    PostingSide,
    Vector,
    asked_range,
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
        factors, known = _vectors([side.vector for side in sides])
        return cls(starts, columns, np.array([UNKNOWN if m is None else m for m in years]), factors, known)


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
        starts, columns = _skill_columns([side.skills for side in sides], index)
        ranges = [asked_range(side) for side in sides]
        least = np.array([UNKNOWN if asked is None else asked[0] for asked in ranges], dtype=np.int64)
        most = [_NO_LIMIT if asked is None or asked[1] is None else asked[1] for asked in ranges]
        factors, known = _vectors([side.vector for side in sides])
        return cls(starts, columns, least, np.array(most, dtype=np.int64), factors, known)


@dataclass(frozen=True, slots=True)
class ScoreBlock:
    """Scores of all pairs, each array of shape (candidates, postings); parts are UNKNOWN where None."""

    overall: NDArray[np.int16]
    skills: NDArray[np.int16]
    experience: NDArray[np.int16]
    semantic: NDArray[np.int16]
    coverage: NDArray[np.int16]
    confidence: NDArray[np.int16]


def score_block(candidates: CandidateColumns, postings: PostingColumns, index: SkillIndex) -> ScoreBlock:
    """Scores of every candidate with every posting. Equal to `score_pair` of each pair, in any blocking."""
    skills = _skills(candidates, postings, len(index))
    experience = experience_of(candidates.months[:, None], postings.least[None, :], postings.most[None, :])
    semantic = _semantic(candidates, postings)
    total = np.zeros(skills.shape, dtype=np.int32)
    coverage = np.zeros(skills.shape, dtype=np.int32)
    for weight, part in (
        (SKILLS_WEIGHT, skills),
        (EXPERIENCE_WEIGHT, experience),
        (SEMANTIC_WEIGHT, semantic),
    ):
        known = part != UNKNOWN
        coverage += np.int32(weight) * known
        total += np.int32(weight) * part * known
    divisor = np.maximum(coverage, 1)
    return ScoreBlock(
        overall=((2 * total + divisor) // (2 * divisor)).astype(np.int16),
        skills=skills.astype(np.int16),
        experience=experience.astype(np.int16),
        semantic=semantic.astype(np.int16),
        coverage=coverage.astype(np.int16),
        confidence=_confidence(postings, experience, semantic).astype(np.int16),
    )


def _skill_columns(lists: Sequence[Sequence[str]], index: SkillIndex) -> tuple[Counts, Counts]:
    starts = np.cumsum([0, *(len(skills) for skills in lists)], dtype=np.int64)
    columns = [index.column(skill) for skills in lists for skill in skills]
    return starts, np.array(columns, dtype=np.int64)


def _vectors(vectors: Sequence[Vector | None]) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    nothing = np.zeros(DIMENSIONS, dtype=np.int16)
    rows = [nothing if vector is None else vector for vector in vectors]
    stacked = np.stack(rows) if rows else np.zeros((0, DIMENSIONS), dtype=np.int16)
    return as_factors(stacked), np.asarray(stacked.any(axis=1), dtype=bool)


def _skills(candidates: CandidateColumns, postings: PostingColumns, width: int) -> Points:
    has = incidence(candidates.skill_starts, candidates.skill_columns, width)
    wants = incidence(postings.skill_starts, postings.skill_columns, width)
    matched = (has @ wants.T).toarray().astype(np.int32)
    required = np.diff(postings.skill_starts).astype(np.int32)
    divisor = np.maximum(required, 1)
    shares = (2 * FULL * matched + divisor) // (2 * divisor)
    return np.asarray(np.where(required > 0, shares, UNKNOWN), dtype=np.int32)


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


def _semantic(candidates: CandidateColumns, postings: PostingColumns) -> Points:
    cosines = hundredths(products(candidates.factors, postings.factors)).astype(np.int32)
    known = candidates.has_vector[:, None] & postings.has_vector[None, :]
    return np.where(known, cosines, np.int32(UNKNOWN))


def _confidence(postings: PostingColumns, experience: Points, semantic: Points) -> Points:
    required = np.diff(postings.skill_starts)
    trust = np.array(SKILLS_RELIABILITY)[np.minimum(required, len(SKILLS_RELIABILITY) - 1)]
    points = (SKILLS_WEIGHT * trust[None, :]).astype(np.int32)
    points = points + np.int32(EXPERIENCE_WEIGHT * 100) * (experience != UNKNOWN)
    points = points + np.int32(SEMANTIC_WEIGHT * 100) * (semantic != UNKNOWN)
    return np.asarray((2 * points + 100) // 200)
