"""The three parts of a score for one pair, each 0..10,000 hundredths, or None when a side says nothing of
it.
"""

from __future__ import annotations

import numpy as np

from blacklight_matching.scoring.constants import (
    ABOVE_RANGE,
    BELOW_RANGE,
    FAR_ABOVE,
    FAR_BELOW,
    FULL,
)
from blacklight_matching.scoring.sides import CandidateSide, PostingSide, asked_range, is_known, months
from blacklight_matching.vectors.similarity import hundredths


def skills_part(candidate: CandidateSide, posting: PostingSide) -> int | None:
    """Share of the required skills that the candidate has. None when the posting names none (P-67)."""
    if not posting.skills:
        return None
    matched = sum(skill in candidate.skills for skill in posting.skills)
    return rounded_share(matched * FULL, len(posting.skills))


def experience_part(candidate: CandidateSide, posting: PostingSide) -> int | None:
    """How the candidate's years fit the range asked for (table of spec section 6.8).

    None when the posting asks for no years or the candidate's are unknown.
    """
    asked, has = asked_range(posting), months(candidate.years)
    if asked is None or has is None:
        return None
    least, most = asked
    if has < least:
        return next((score for limit, score in BELOW_RANGE if least - has <= limit), FAR_BELOW)
    if most is not None and has > most:
        return next((score for limit, score in ABOVE_RANGE if has - most <= limit), FAR_ABOVE)
    return FULL


def semantic_part(candidate: CandidateSide, posting: PostingSide) -> int | None:
    """Cosine of the two vectors x 100, clamped to 0..100. None when either vector is missing."""
    one, other = candidate.vector, posting.vector
    if one is None or other is None or not is_known(one) or not is_known(other):
        return None
    product = int(np.dot(one.astype(np.int64), other.astype(np.int64)))
    return int(hundredths(np.array([product]))[0])


def matched_bits(candidate: CandidateSide, posting: PostingSide) -> bytes:
    """Which required skills the candidate has: bit i (lowest first, byte by byte) is `posting.skills[i]`."""
    flags = [skill in candidate.skills for skill in posting.skills]
    return np.packbits(np.array(flags, dtype=bool), bitorder="little").tobytes()


def is_matched(bits: bytes, index: int) -> bool:
    """Bit `index` of stored matched bits."""
    return bool(bits[index // 8] >> (index % 8) & 1)


def rounded_share(numerator: int, denominator: int) -> int:
    """Whole-number quotient, halves up; both are non-negative."""
    return (2 * numerator + denominator) // (2 * denominator)
