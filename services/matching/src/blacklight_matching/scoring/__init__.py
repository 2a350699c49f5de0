"""The one scorer: pure, integer, versioned (spec section 6.8).

score_pair(candidate, posting)                   one pair
score_block(candidates, postings, index)         many pairs, the same integers
combine(skills, experience, semantic, ...)       a stored score from its stored parts
is_match(score), are_matches(block)              whether a pair is worth storing
explain(score, candidate_evidence, posting_evidence)
"""

from blacklight_matching.scoring.block import (
    UNKNOWN,
    CandidateColumns,
    PostingColumns,
    ScoreBlock,
    SkillIndex,
    score_block,
)
from blacklight_matching.scoring.constants import ALIKE_FROM, RECOMMENDED_FROM, SCORER_VERSION, STORE_FROM
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
from blacklight_matching.scoring.relation import are_matches, is_match
from blacklight_matching.scoring.score import Score, combine, grade_of, score_pair
from blacklight_matching.scoring.sides import CandidateSide, PostingSide

__all__ = [
    "ALIKE_FROM",
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
    "are_matches",
    "combine",
    "explain",
    "grade_of",
    "is_match",
    "is_matched",
    "matched_bits",
    "score_block",
    "score_pair",
]
