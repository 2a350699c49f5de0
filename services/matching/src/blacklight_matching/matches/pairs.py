"""Which pairs of candidates and postings are worth storing, with their scores. Pure.

Scores come from the one scorer in blocks of bounded size; what is kept does not depend on the blocking.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from blacklight_matching.blocks import PostingBlock, ProfileBlock
from blacklight_matching.scoring import (
    UNKNOWN,
    CandidateColumns,
    PostingColumns,
    ScoreBlock,
    SkillIndex,
    are_matches,
    blocked_pairs,
    score_block,
)

_PAIRS_AT_ONCE = 250_000

Pair = tuple[UUID, UUID]


@dataclass(frozen=True, slots=True)
class ScoredPair:
    """A scored pair and the states of both sides that the score rests on.

    Attributes:
        overall, skills, experience, semantic: hundredths; a part is None when unknown.
        confidence: 0..100.
        matched: bit set of the required skills that the candidate has.
    """

    candidate_id: UUID
    posting_id: UUID
    overall: int
    skills: int | None
    experience: int | None
    semantic: int | None
    confidence: int
    matched: bytes
    profile_hash: bytes
    posting_hash: bytes


def pairs_worth_storing(profiles: ProfileBlock, postings: PostingBlock, kept: Set[Pair], most: int) -> list[ScoredPair]:
    """Each candidate's best matches, at most `most`, ties by posting id; and all `kept` pairs.

    A match is what `scoring.are_matches` says and no hard filter excludes.

    Args:
        kept: pairs that a person has judged; they are scored whatever the score is.
    """
    index = SkillIndex()
    columns = PostingColumns.of(postings.sides, index)
    works = [side.work for side in postings.sides]
    step = max(1, _PAIRS_AT_ONCE // max(1, len(postings.ids)))
    found: list[ScoredPair] = []
    for start in range(0, len(profiles.ids), step):
        part = ProfileBlock(
            profiles.ids[start : start + step],
            profiles.hashes[start : start + step],
            profiles.sides[start : start + step],
        )
        scores = score_block(CandidateColumns.of(part.sides, index), columns, index)
        matches = are_matches(scores)
        matches &= ~blocked_pairs([side.work for side in part.sides], works)
        chosen = _best(scores, matches, postings.ids, most) | _kept(part.ids, postings.ids, kept)
        found += _pairs(scores, chosen, part, postings)
    return found


def best_of(pairs: Iterable[ScoredPair], most: int) -> list[ScoredPair]:
    """One candidate's best pairs, ties by posting id."""
    return sorted(pairs, key=lambda pair: (-pair.overall, pair.posting_id))[:most]


def _best(scores: ScoreBlock, worth: NDArray[np.bool_], posting_ids: Sequence[UUID], most: int) -> NDArray[np.bool_]:
    """The matches worth storing, at most `most` a candidate."""
    overall = scores.overall
    for row in np.flatnonzero(worth.sum(axis=1) > most):
        columns = np.flatnonzero(worth[row]).tolist()
        order = sorted(
            (-score, posting_ids[n], n) for score, n in zip(overall[row, columns].tolist(), columns, strict=True)
        )
        worth[row, [column for _, _, column in order[most:]]] = False
    return worth


def _kept(candidate_ids: Sequence[UUID], posting_ids: Sequence[UUID], kept: Set[Pair]) -> NDArray[np.bool_]:
    marks = np.zeros((len(candidate_ids), len(posting_ids)), dtype=bool)
    if kept:
        rows = {candidate_id: row for row, candidate_id in enumerate(candidate_ids)}
        columns = {posting_id: column for column, posting_id in enumerate(posting_ids)}
        for candidate_id, posting_id in kept:
            if candidate_id in rows and posting_id in columns:
                marks[rows[candidate_id], columns[posting_id]] = True
    return marks


def _pairs(
    scores: ScoreBlock, chosen: NDArray[np.bool_], profiles: ProfileBlock, postings: PostingBlock
) -> list[ScoredPair]:
    rows, columns = np.nonzero(chosen)
    parts = (scores.overall, scores.skills, scores.experience, scores.semantic, scores.confidence)
    values = zip(rows.tolist(), columns.tolist(), *(part[rows, columns].tolist() for part in parts), strict=True)
    return [
        ScoredPair(
            profiles.ids[row],
            postings.ids[column],
            overall,
            None if skills == UNKNOWN else skills,
            None if experience == UNKNOWN else experience,
            None if semantic == UNKNOWN else semantic,
            confidence,
            _matched(profiles.sides[row].skills, postings.sides[column].skills),
            profiles.hashes[row],
            postings.hashes[column],
        )
        for row, column, overall, skills, experience, semantic, confidence in values
    ]


def _matched(has: Set[str], required: Sequence[str]) -> bytes:
    """The bits of `scoring.matched_bits`, without an array for each pair."""
    bits = 0
    for position, skill in enumerate(required):
        if skill in has:
            bits |= 1 << position
    return bits.to_bytes((len(required) + 7) // 8, "little")
