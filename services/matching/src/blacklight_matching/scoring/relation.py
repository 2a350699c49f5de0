"""Which scored pairs are matches at all: those in which the two sides have something to do with each other.

A score says how well the known parts fit; where a posting names no skill the person has, it can rest on years
alone, and 20 years fit a landscape foreman as well as a developer. So a pair is a match only from 30 points on AND
when it shares at least one required skill or both texts are alike. The score itself is never touched by this.
See docs/adr/0010-related-pairs-only.md.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from blacklight_matching.scoring.block import ScoreBlock
from blacklight_matching.scoring.constants import ALIKE_FROM, STORE_FROM
from blacklight_matching.scoring.score import Score


def is_match(score: Score) -> bool:
    """Whether a scored pair is worth storing. An unknown part relates nothing: no skill and no vector, no match."""
    shares_a_skill = score.skills is not None and score.skills > 0
    is_alike = score.semantic is not None and score.semantic >= ALIKE_FROM
    return score.overall >= STORE_FROM and (shares_a_skill or is_alike)


def are_matches(scores: ScoreBlock) -> NDArray[np.bool_]:
    """`is_match` of every pair of a block, shape (candidates, postings); UNKNOWN is below both limits."""
    related = (scores.skills > 0) | (scores.semantic >= ALIKE_FROM)
    return np.asarray((scores.overall >= STORE_FROM) & related, dtype=bool)
