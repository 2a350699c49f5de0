"""One score from its parts: weights, coverage, confidence, grade (spec section 6.8, decision D-5).

A part that is unknown takes its weight out of the sum: the rest is renormalised, coverage says how much of
the full weight was known, and the stated confidence falls. A short list of skills is known in part, and weighs so
much. Nothing is earned by missing data.
"""

from __future__ import annotations

from dataclasses import dataclass

from blacklight_matching.scoring.constants import (
    EXPERIENCE_WEIGHT,
    GRADES,
    RECOMMENDED_FROM,
    SCORER_VERSION,
    SEMANTIC_WEIGHT,
    SKILLS_TRUST,
    SKILLS_WEIGHT,
)
from blacklight_matching.scoring.parts import (
    experience_part,
    matched_bits,
    rounded_share,
    semantic_part,
    skills_part,
)
from blacklight_matching.scoring.sides import CandidateSide, PostingSide

WEIGHTS = (SKILLS_WEIGHT, EXPERIENCE_WEIGHT, SEMANTIC_WEIGHT)


@dataclass(frozen=True, slots=True)
class Score:
    """The score of a pair.

    Attributes:
        overall: 0..10,000 hundredths.
        skills, experience, semantic: the parts in hundredths, None when unknown.
        coverage: 0..100, weight of the known parts.
        confidence: 0..100, the weight that was applied: coverage less what a short list of skills takes from it.
        grade: letter of `overall`.
        matched: bit set of the posting's required skills that the candidate has.
        version: scorer version.
    """

    overall: int
    skills: int | None
    experience: int | None
    semantic: int | None
    coverage: int
    confidence: int
    grade: str
    matched: bytes
    version: str = SCORER_VERSION

    @property
    def parts(self) -> tuple[int | None, int | None, int | None]:
        """The parts in the order of `WEIGHTS`."""
        return self.skills, self.experience, self.semantic

    @property
    def is_recommended(self) -> bool:
        """Whether the pair is worth a recruiter's time (spec section 6.8)."""
        return self.overall >= RECOMMENDED_FROM


def score_pair(candidate: CandidateSide, posting: PostingSide) -> Score:
    """The score of one candidate and one posting. `score_block` gives the same for many."""
    return combine(
        skills_part(candidate, posting),
        experience_part(candidate, posting),
        semantic_part(candidate, posting),
        required=len(posting.skills),
        matched=matched_bits(candidate, posting),
    )


def combine(
    skills: int | None, experience: int | None, semantic: int | None, *, required: int, matched: bytes
) -> Score:
    """A score from its parts, as computed or as stored: the same parts always add up to the same score.

    Args:
        required: number of skills the posting asks for.
        matched: bit set of those the candidate has.
    """
    parts = (skills, experience, semantic)
    coverage = coverage_of(parts)
    overall = overall_of(parts, required)
    return Score(
        overall=overall,
        skills=skills,
        experience=experience,
        semantic=semantic,
        coverage=coverage,
        confidence=confidence_of(parts, required),
        grade=grade_of(overall),
        matched=matched,
    )


def coverage_of(parts: tuple[int | None, int | None, int | None]) -> int:
    """Weight of the known parts, 0..100."""
    return sum(weight for weight, part in zip(WEIGHTS, parts, strict=True) if part is not None)


def trust_of(required: int) -> int:
    """Per cent of its weight that the skills part has where so many skills are asked for."""
    return SKILLS_TRUST[min(required, len(SKILLS_TRUST) - 1)]


def applied_weights(parts: tuple[int | None, int | None, int | None], required: int) -> tuple[int, int, int]:
    """The weight of each part in this score, in hundredths of a point; 0 for an unknown one."""
    skills, experience, semantic = (
        weight * per_cent if part is not None else 0
        for weight, per_cent, part in zip(WEIGHTS, (trust_of(required), 100, 100), parts, strict=True)
    )
    return skills, experience, semantic


def overall_of(parts: tuple[int | None, int | None, int | None], required: int) -> int:
    """Weighted mean of the known parts in hundredths, halves up; 0 when nothing is known."""
    weights = applied_weights(parts, required)
    total = sum(weight * (part or 0) for weight, part in zip(weights, parts, strict=True))
    return rounded_share(total, sum(weights)) if any(weights) else 0


def confidence_of(parts: tuple[int | None, int | None, int | None], required: int) -> int:
    """How far the score can be trusted, 0..100: the weight that was applied."""
    return rounded_share(sum(applied_weights(parts, required)), 100)


def grade_of(overall: int) -> str:
    """Letter of an overall score in hundredths."""
    return next(grade for lowest, grade in GRADES if overall >= lowest)
