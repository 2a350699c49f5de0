"""What would raise a score: single edits of the candidate, each scored anew, so the gain is the exact one.

An edit changes everything that follows from it: a skill added is also read by the vector, so the likeness moves with
the skills. The sides after each edit come from whoever knows the profile (`matches.edits`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from blacklight_matching.scoring.block import CandidateColumns, PostingColumns, SkillIndex, score_block
from blacklight_matching.scoring.score import Score
from blacklight_matching.scoring.sides import CandidateSide, PostingSide


@dataclass(frozen=True, slots=True)
class Edit:
    """One change of a candidate.

    Attributes:
        kind: ADD_SKILL or REACH_YEARS.
        subject: the skill's name, or the years as a number.
        after: the candidate after it.
    """

    kind: str
    subject: str
    after: CandidateSide


@dataclass(frozen=True, slots=True)
class Raise:
    """An edit that raises the score.

    Attributes:
        gain: by how much, in hundredths.
        score: the overall score after it.
    """

    kind: str
    subject: str
    gain: int
    score: int


def raises(score: Score, edits: Sequence[Edit], posting: PostingSide) -> tuple[Raise, ...]:
    """The edits that raise a score, greatest gain first, ties in the order given."""
    if not edits:
        return ()
    index = SkillIndex()
    people = CandidateColumns.of([edit.after for edit in edits], index)
    scores = score_block(people, PostingColumns.of([posting], index), index).overall[:, 0].tolist()
    found = [
        Raise(edit.kind, edit.subject, overall - score.overall, overall)
        for edit, overall in zip(edits, scores, strict=True)
        if overall > score.overall
    ]
    return tuple(sorted(found, key=lambda each: -each.gain))
