"""A pair is a match from 30 points on, and only when a skill or the texts relate the two sides."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

import numpy as np
import pytest
from blacklight_matching.blocks import PostingBlock, ProfileBlock
from blacklight_matching.matches.pairs import pairs_worth_storing
from blacklight_matching.scoring import CandidateSide, PostingSide, combine, is_match, score_pair

MakePairs = Callable[[int, str], list[tuple[CandidateSide, PostingSide]]]


@pytest.mark.parametrize(
    ("skills", "experience", "semantic", "expected"),
    [
        (None, 10_000, 1_400, False),  # the landscape foreman: 45 points for years alone
        (0, 10_000, 3_499, False),
        (0, 10_000, 3_500, True),
        (None, 10_000, 3_500, True),
        (None, None, 3_500, True),
        (None, None, 2_999, False),
        (1_000, 10_000, 0, False),  # a skill in common, yet below 30 points
        (2_500, 10_000, 0, True),
        (10_000, None, None, True),
        (None, 10_000, None, False),
        (0, 10_000, None, False),
        (None, None, None, False),
    ],
)
def test_a_match_needs_a_skill_or_a_likeness(
    skills: int | None, experience: int | None, semantic: int | None, expected: bool
) -> None:
    score = combine(skills, experience, semantic, required=0 if skills is None else 10, matched=b"")
    assert is_match(score) is expected


def test_stores_exactly_the_pairs_that_are_matches(score_pairs: MakePairs) -> None:
    drawn = score_pairs(60, "relation")
    ours, theirs = [one for one, _ in drawn], [other for _, other in drawn]
    ids = [UUID(int=n) for n in range(60)]
    hashes = [b"x"] * 60
    found = pairs_worth_storing(ProfileBlock(ids, hashes, ours), PostingBlock(ids, hashes, theirs), frozenset(), 500)
    expected = {(a, b) for a in range(60) for b in range(60) if is_match(score_pair(ours[a], theirs[b]))}
    assert {(pair.candidate_id.int, pair.posting_id.int) for pair in found} == expected
    assert 0 < len(expected) < 3_600


def test_keeps_the_best_and_among_equals_the_lower_id() -> None:
    vector = np.full(256, 128, dtype=np.int16)
    person = CandidateSide(frozenset({"java"}), 5, vector)
    wanted = [("java", "sql"), ("java",), ("java", "sql", "git"), ("java",)]
    sides = [PostingSide(skills, 5, None, vector) for skills in wanted]
    block = PostingBlock([UUID(int=n) for n in range(4)], [b"p"] * 4, sides)
    found = pairs_worth_storing(ProfileBlock([UUID(int=9)], [b"c"], [person]), block, frozenset(), 2)
    assert [pair.posting_id.int for pair in found] == [1, 3]


def test_a_judged_pair_is_scored_even_when_it_is_no_match() -> None:
    one, other = UUID(int=1), UUID(int=2)
    profiles = ProfileBlock([one], [b"c"], [CandidateSide(frozenset(), 20, None)])
    postings = PostingBlock([other], [b"p"], [PostingSide((), 5, None, None)])
    assert pairs_worth_storing(profiles, postings, frozenset(), 500) == []
    (kept,) = pairs_worth_storing(profiles, postings, {(one, other)}, 500)
    assert kept.overall == 10_000
