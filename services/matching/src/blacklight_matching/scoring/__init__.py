"""The one scorer: pure, integer, versioned (spec section 6.8).

score_pair(candidate, posting)                   one pair
score_block(candidates, postings, index)         many pairs, the same integers
combine(skills, experience, semantic, ...)       a stored score from its stored parts
best_pairs(row, ids, limit)                      what of a row is worth storing
explain(score, candidate_evidence, posting_evidence)
"""

from blacklight_matching.scoring.block import (
    UNKNOWN,
    CandidateColumns,
    PostingColumns,
    ScoreBlock,
    SkillIndex,
    best_pairs,
    score_block,
)
from blacklight_matching.scoring.constants import RECOMMENDED_FROM, SCORER_VERSION, STORE_FROM
from blacklight_matching.scoring.explanation import (
    CandidateEvidence,
    Explanation,
    PartLine,
    PostingEvidence,
    ScoreDiffers,
    Sentence,
    SkillLine,
    explain,
)
from blacklight_matching.scoring.parts import is_matched, matched_bits
from blacklight_matching.scoring.score import Score, combine, grade_of, score_pair
from blacklight_matching.scoring.sides import CandidateSide, PostingSide

__all__ = [
    "RECOMMENDED_FROM",
    "SCORER_VERSION",
    "STORE_FROM",
    "UNKNOWN",
    "CandidateColumns",
    "CandidateEvidence",
    "CandidateSide",
    "Explanation",
    "PartLine",
    "PostingColumns",
    "PostingEvidence",
    "PostingSide",
    "Score",
    "ScoreBlock",
    "ScoreDiffers",
    "Sentence",
    "SkillIndex",
    "SkillLine",
    "best_pairs",
    "combine",
    "explain",
    "grade_of",
    "is_matched",
    "matched_bits",
    "score_block",
    "score_pair",
]
