"""The one scorer: pure, integer, versioned (spec section 6.8).

score_pair(candidate, posting)                   one pair
score_block(candidates, postings, index)         many pairs, the same integers
combine(skills, experience, semantic, ...)       a stored score from its stored parts
is_match(score), are_matches(block)              whether a pair is worth storing
blockers(taken, offered), blocked_pairs(...)     what excludes a pair whatever it scores
explain(score, candidate_evidence, posting_evidence)
raises(score, edits, posting)                    what would raise it, with the exact gain
"""

from blacklight_matching.scoring.block import (
    UNKNOWN,
    CandidateColumns,
    PostingColumns,
    ScoreBlock,
    SkillIndex,
    score_block,
)
from blacklight_matching.scoring.constants import ALIKE_FROM, FULL, GRADES, RECOMMENDED_FROM, SCORER_VERSION, STORE_FROM
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
from blacklight_matching.scoring.filter_block import blocked_pairs
from blacklight_matching.scoring.filters import Blocker, blockers
from blacklight_matching.scoring.parts import is_matched, matched_bits
from blacklight_matching.scoring.raising import Edit, Raise, raises
from blacklight_matching.scoring.related import RelatedPairs, is_related, pairs_at, related_pairs, wanted_skills
from blacklight_matching.scoring.relation import are_matches, is_match
from blacklight_matching.scoring.score import Score, combine, grade_of, score_pair
from blacklight_matching.scoring.sides import CandidateSide, PostingSide
from blacklight_matching.scoring.work import ANY_WORK, SAYS_NOTHING, WorkOffered, WorkTaken

__all__ = [
    "ALIKE_FROM",
    "ANY_WORK",
    "FULL",
    "GRADES",
    "RECOMMENDED_FROM",
    "SAYS_NOTHING",
    "SCORER_VERSION",
    "STORE_FROM",
    "UNKNOWN",
    "Blocker",
    "CandidateColumns",
    "CandidateEvidence",
    "CandidateSide",
    "Edit",
    "Explanation",
    "PartLine",
    "PostingColumns",
    "PostingEvidence",
    "PostingSide",
    "Raise",
    "RelatedPairs",
    "Score",
    "ScoreBlock",
    "ScoreDiffers",
    "Sentence",
    "SkillIndex",
    "SkillLine",
    "WorkOffered",
    "WorkTaken",
    "are_matches",
    "blocked_pairs",
    "blockers",
    "combine",
    "explain",
    "grade_of",
    "is_match",
    "is_matched",
    "is_related",
    "matched_bits",
    "pairs_at",
    "raises",
    "related_pairs",
    "score_block",
    "score_pair",
    "wanted_skills",
]
