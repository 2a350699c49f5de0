"""The matches of a block, without computing the scores of the pairs that are none (quality targets S3 to S5).

A pair is a match only when it shares a required skill or its texts are alike (`relation`). Which pairs do is known from
one sparse and one dense product; the rest of the scorer runs over these alone. The same integers as `score_block`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from blacklight_matching.scoring.block import (
    UNKNOWN,
    CandidateColumns,
    PostingColumns,
    SkillIndex,
    experience_of,
    incidence,
)
from blacklight_matching.scoring.constants import (
    ALIKE_FROM,
    EXPERIENCE_WEIGHT,
    FULL,
    SEMANTIC_WEIGHT,
    SKILLS_RELIABILITY,
    SKILLS_WEIGHT,
    STORE_FROM,
)
from blacklight_matching.vectors.similarity import FULL_PRODUCT, hundredths

ALIKE_PRODUCT = -(-((2 * ALIKE_FROM - 1) * FULL_PRODUCT) // 20_000)
"""The least product of two vectors whose cosine rounds to `ALIKE_FROM`."""

Whole = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class RelatedPairs:
    """Scored pairs in parallel arrays; `rows` are candidates, `columns` postings; parts are UNKNOWN where None."""

    rows: Whole
    columns: Whole
    overall: Whole
    skills: Whole
    experience: Whole
    semantic: Whole
    confidence: Whole

    def take(self, chosen: NDArray[np.bool_] | Whole) -> RelatedPairs:
        """The chosen ones, by mask or by number."""
        return RelatedPairs(*(getattr(self, name)[chosen] for name in self.__dataclass_fields__))


def related_pairs(
    candidates: CandidateColumns, postings: PostingColumns, index: SkillIndex, least: NDArray[np.int16] | None = None
) -> RelatedPairs:
    """Every match of the block, by row and column.

    Args:
        least: a lower limit of the overall score for each candidate, beside the one of all matches.
    """
    has = incidence(candidates.skill_starts, candidates.skill_columns, len(index))
    wants = incidence(postings.skill_starts, postings.skill_columns, len(index))
    shared = (has @ wants.T).astype(np.int16).toarray()
    product = candidates.factors @ postings.factors.T
    rows, columns = np.nonzero((product >= ALIKE_PRODUCT) | (shared > 0))
    pairs = score_at(candidates, postings, rows, columns, product[rows, columns], shared[rows, columns])
    limit = STORE_FROM if least is None else np.maximum(least, STORE_FROM)[rows]
    return pairs.take(pairs.overall >= limit)


def pairs_at(
    candidates: CandidateColumns, postings: PostingColumns, index: SkillIndex, rows: Whole, columns: Whole
) -> RelatedPairs:
    """The scores of these pairs, whether they are matches or not."""
    has = incidence(candidates.skill_starts, candidates.skill_columns, len(index))[rows]
    wants = incidence(postings.skill_starts, postings.skill_columns, len(index))[columns]
    shared = np.asarray(has.multiply(wants).sum(axis=1)).ravel()
    product = np.einsum("ij,ij->i", candidates.factors[rows], postings.factors[columns], dtype=np.float64)
    return score_at(candidates, postings, rows, columns, product, shared)


def is_related(pairs: RelatedPairs) -> NDArray[np.bool_]:
    """`is_match` of each pair."""
    return (pairs.overall >= STORE_FROM) & ((pairs.skills > 0) | (pairs.semantic >= ALIKE_FROM))


def score_at(
    candidates: CandidateColumns,
    postings: PostingColumns,
    rows: Whole,
    columns: Whole,
    product: NDArray[np.floating],
    shared: NDArray[np.integer],
) -> RelatedPairs:
    """The scorer over pairs, from the product of their vectors and the number of skills they share."""
    required = np.diff(postings.skill_starts)[columns]
    share = (2 * FULL * shared.astype(np.int64) + np.maximum(required, 1)) // (2 * np.maximum(required, 1))
    skills = np.where(required > 0, share, UNKNOWN)
    experience = experience_of(candidates.months[rows], postings.least[columns], postings.most[columns]).astype(
        np.int64
    )
    known = candidates.has_vector[rows] & postings.has_vector[columns]
    semantic = np.where(known, hundredths(product.astype(np.int64)), UNKNOWN)
    total, coverage = np.zeros_like(skills), np.zeros_like(skills)
    for weight, part in ((SKILLS_WEIGHT, skills), (EXPERIENCE_WEIGHT, experience), (SEMANTIC_WEIGHT, semantic)):
        total += weight * part * (part != UNKNOWN)
        coverage += weight * (part != UNKNOWN)
    divisor = np.maximum(coverage, 1)
    trust = np.array(SKILLS_RELIABILITY)[np.minimum(required, len(SKILLS_RELIABILITY) - 1)]
    points = SKILLS_WEIGHT * trust + 100 * (
        EXPERIENCE_WEIGHT * (experience != UNKNOWN) + SEMANTIC_WEIGHT * (semantic != UNKNOWN)
    )
    overall = (2 * total + divisor) // (2 * divisor)
    return RelatedPairs(rows, columns, overall, skills, experience, semantic, (2 * points + 100) // 200)
