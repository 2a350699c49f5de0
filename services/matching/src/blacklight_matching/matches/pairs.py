"""Which pairs of candidates and postings are worth storing, with their scores. Pure.

Scores come from the one scorer in blocks of bounded size; what is kept does not depend on the blocking.
"""

from __future__ import annotations

from collections.abc import Iterator, Set
from dataclasses import dataclass
from uuid import UUID

import numpy as np

from blacklight_matching.blocks import PostingBlock, ProfileBlock
from blacklight_matching.scoring import (
    STORE_FROM,
    UNKNOWN,
    CandidateColumns,
    PostingColumns,
    Score,
    ScoreBlock,
    SkillIndex,
    combine,
    matched_bits,
    score_block,
)

_PAIRS_AT_ONCE = 250_000

Pair = tuple[UUID, UUID]


@dataclass(frozen=True, slots=True)
class ScoredPair:
    """A pair (candidate, posting) with its score and the states of both sides that it rests on."""

    candidate_id: UUID
    posting_id: UUID
    score: Score
    profile_hash: bytes
    posting_hash: bytes


def pairs_worth_storing(profiles: ProfileBlock, postings: PostingBlock, kept: Set[Pair], most: int) -> list[ScoredPair]:
    """Each candidate's best pairs of at least 30 points, at most `most`, ties by posting id; and all `kept` pairs.

    Args:
        kept: pairs that a person has judged; they are scored whatever the score is.
    """
    index = SkillIndex()
    columns = PostingColumns.of(postings.sides, index)
    step = max(1, _PAIRS_AT_ONCE // max(1, len(postings.ids)))
    found: list[ScoredPair] = []
    for start in range(0, len(profiles.ids), step):
        sides = profiles.sides[start : start + step]
        scores = score_block(CandidateColumns.of(sides, index), columns, index)
        for row in range(len(sides)):
            for column in _columns_worth(scores, row, profiles.ids[start + row], postings, kept, most):
                found.append(_pair(scores, row, column, start, profiles, postings))
    return found


def _columns_worth(
    scores: ScoreBlock, row: int, candidate_id: UUID, postings: PostingBlock, kept: Set[Pair], most: int
) -> Iterator[int]:
    overall = scores.overall[row]
    worth = np.flatnonzero(overall >= STORE_FROM)
    best = sorted((int(i) for i in worth), key=lambda i: (-int(overall[i]), postings.ids[i]))[:most]
    yield from best
    if kept:
        chosen = set(best)
        for column, posting_id in enumerate(postings.ids):
            if column not in chosen and (candidate_id, posting_id) in kept:
                yield column


def _pair(
    scores: ScoreBlock, row: int, column: int, start: int, profiles: ProfileBlock, postings: PostingBlock
) -> ScoredPair:
    candidate, posting = profiles.sides[start + row], postings.sides[column]
    score = combine(
        _known(scores.skills[row, column]),
        _known(scores.experience[row, column]),
        _known(scores.semantic[row, column]),
        required=len(posting.skills),
        matched=matched_bits(candidate, posting),
    )
    return ScoredPair(
        profiles.ids[start + row],
        postings.ids[column],
        score,
        profiles.hashes[start + row],
        postings.hashes[column],
    )


def _known(part: np.int16) -> int | None:
    return None if part == UNKNOWN else int(part)


def best_of(pairs: list[ScoredPair], most: int) -> list[ScoredPair]:
    """One candidate's best pairs, ties by posting id."""
    return sorted(pairs, key=lambda pair: (-pair.score.overall, pair.posting_id))[:most]
