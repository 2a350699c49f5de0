"""The matches of a block, without computing the scores of the pairs that are none (quality targets S3 to S5).

A pair is a match only when it shares a required skill or its texts are alike (`relation`), and when it scores high
enough. What it can score at most is known from one sparse and one dense product; the rest of the scorer runs over the
few that are left. The same integers as `score_block`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from blacklight_matching.scoring.block import (
    CandidateColumns,
    PostingColumns,
    SkillIndex,
    experience_of,
    incidence,
    scores_of,
    trust_in,
)
from blacklight_matching.scoring.constants import (
    ALIKE_FROM,
    EXPERIENCE_WEIGHT,
    FULL,
    SEMANTIC_WEIGHT,
    SKILLS_WEIGHT,
    STORE_FROM,
)
from blacklight_matching.vectors.similarity import FULL_PRODUCT

ALIKE_PRODUCT = -(-((2 * ALIKE_FROM - 1) * FULL_PRODUCT) // 20_000)
"""The least product of two vectors whose cosine rounds to `ALIKE_FROM`."""

ROUNDING = 3
"""Hundredths by which rounding, of the parts and of single precision, may lift a score above the bound."""

Whole = NDArray[np.int64]
Floats = NDArray[np.float32]
Hundredths = NDArray[np.int16]


@dataclass(frozen=True, slots=True)
class RelatedPairs:
    """Scored pairs in parallel arrays; `rows` are candidates, `columns` postings; parts are UNKNOWN where None."""

    rows: Whole
    columns: Whole
    overall: Hundredths
    skills: Hundredths
    experience: Hundredths
    semantic: Hundredths
    confidence: Hundredths

    def take(self, chosen: NDArray[np.bool_] | Whole) -> RelatedPairs:
        """The chosen ones, by mask or by number."""
        return RelatedPairs(*(getattr(self, name)[chosen] for name in self.__dataclass_fields__))


def wanted_skills(postings: PostingColumns, index: SkillIndex) -> Floats:
    """Which skill (row) which posting (column) asks for; made once for a block that is matched tile by tile."""
    wants = incidence(postings.skill_starts, postings.skill_columns, len(index)).astype(np.float32)
    return np.asarray(wants.T.toarray(order="C"))


def related_pairs(
    candidates: CandidateColumns,
    postings: PostingColumns,
    index: SkillIndex,
    least: NDArray[np.int16] | None = None,
    wanted: Floats | None = None,
) -> RelatedPairs:
    """Every match of the block, by row and column.

    Args:
        least: a lower limit of the overall score for each candidate, beside the one of all matches.
        wanted: `wanted_skills` of the postings, where it is at hand.
    """
    limits = np.full(len(candidates.months), STORE_FROM) if least is None else np.maximum(least, STORE_FROM)
    has = incidence(candidates.skill_starts, candidates.skill_columns, len(index)).astype(np.float32)
    shared = np.asarray(has @ (wanted_skills(postings, index) if wanted is None else wanted))
    product = candidates.factors @ postings.factors.T
    chosen = _at_most(candidates, postings, shared, product) >= limits.astype(np.float32)[:, None]
    rows, columns = np.divmod(np.flatnonzero(chosen), chosen.shape[1] or 1)
    skills, likeness = shared[rows, columns], product[rows, columns]
    related = (skills > 0) | (likeness >= ALIKE_PRODUCT)
    rows, columns = rows[related], columns[related]
    pairs = score_at(candidates, postings, rows, columns, likeness[related], skills[related])
    return pairs.take(pairs.overall >= limits[rows])


def _at_most(candidates: CandidateColumns, postings: PostingColumns, shared: Floats, product: Floats) -> Floats:
    """What each pair can score at most: its experience is taken for perfect, and for known.

    Known experience that is perfect never lowers a score. Where the likeness is unknown, the others count for more, and
    the bound is above any score.
    """
    required = np.diff(postings.skill_starts)
    of_skills = SKILLS_WEIGHT * trust_in(required)
    point = FULL / (of_skills + 100 * (EXPERIENCE_WEIGHT + SEMANTIC_WEIGHT))
    of_all = (100 * EXPERIENCE_WEIGHT * point + ROUNDING).astype(np.float32)
    of_all[~postings.has_vector] = np.inf
    bound = np.maximum(product, 0)
    bound *= (100 * SEMANTIC_WEIGHT * point / FULL_PRODUCT).astype(np.float32)
    bound += of_all
    bound += shared * (of_skills * point / np.maximum(required, 1)).astype(np.float32)
    bound[~candidates.has_vector] = np.inf
    return bound


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
    """The scores of pairs, from the product of their vectors and the number of skills they share."""
    scores = scores_of(
        shared,
        product,
        required=np.diff(postings.skill_starts)[columns],
        experience=experience_of(candidates.months[rows], postings.least[columns], postings.most[columns]),
        are_known=candidates.has_vector[rows] & postings.has_vector[columns],
    )
    return RelatedPairs(
        rows, columns, scores.overall, scores.skills, scores.experience, scores.semantic, scores.confidence
    )
