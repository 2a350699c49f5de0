"""A pair is a match from 30 points on, and only when a skill or the texts relate the two sides."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

import numpy as np
import pytest
from blacklight_matching.blocks import PostingBlock, ProfileBlock
from blacklight_matching.matches.keeping.best import Best, Scored, joined
from blacklight_matching.matches.keeping.reckoning import Reckoning
from blacklight_matching.profiles.bench import Bench
from blacklight_matching.scoring import CandidateSide, PostingSide, blockers, combine, is_match, score_pair

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


def a_bench(sides: list[CandidateSide]) -> Bench:
    return Bench(1, ProfileBlock([UUID(int=n) for n in range(len(sides))], [bytes(16)] * len(sides), sides))


def a_block(sides: list[PostingSide], first: int = 0) -> PostingBlock:
    return PostingBlock([UUID(int=first + n) for n in range(len(sides))], [bytes(16)] * len(sides), sides)


def values(scored: Scored) -> dict[tuple[int, int], tuple[list[int], bytes]]:
    """Scores and matched bits by candidate and posting."""
    postings = [UUID(bytes=each.tobytes()).int for each in scored.postings]
    bits = [row[:width].tobytes() for row, width in zip(scored.matched, scored.widths, strict=True)]
    pairs = zip(scored.rows.tolist(), postings, strict=True)
    return dict(zip(pairs, zip(scored.parts.tolist(), bits, strict=True), strict=True))


def expected_of(one: CandidateSide, other: PostingSide) -> tuple[list[int], bytes]:
    score = score_pair(one, other)
    parts = (score.overall, score.skills, score.experience, score.semantic, score.confidence)
    return [-1 if part is None else part for part in parts], score.matched


def test_finds_exactly_the_pairs_that_are_matches_with_the_scores_of_each(
    score_pairs: MakePairs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("blacklight_matching.matches.keeping.reckoning.PAIRS_AT_ONCE", 1_000)  # several tiles
    drawn = score_pairs(60, "relation")
    ours, theirs = [one for one, _ in drawn], [other for _, other in drawn]
    found = joined(list(Reckoning(a_bench(ours), a_block(theirs)).matches()))
    expected = {
        (a, b): expected_of(ours[a], theirs[b])
        for a in range(60)
        for b in range(60)
        if is_match(score_pair(ours[a], theirs[b])) and not blockers(ours[a].work, theirs[b].work)
    }
    assert values(found) == expected
    assert 0 < len(expected) < 3_600


def test_scores_any_pair_that_people_have_judged(score_pairs: MakePairs) -> None:
    drawn = score_pairs(40, "judged")
    ours, theirs = [one for one, _ in drawn], [other for _, other in drawn]
    every = np.arange(40)
    found = Reckoning(a_bench(ours), a_block(theirs)).judged(every, every)
    assert values(found) == {(n, n): expected_of(ours[n], theirs[n]) for n in range(40)}
    assert found.holds.tolist() == [
        is_match(score_pair(one, other)) and not blockers(one.work, other.work) for one, other in drawn
    ]


def test_keeps_the_best_of_many_blocks_and_among_equals_the_lower_id() -> None:
    vector = np.full(256, 128, dtype=np.int16)
    person = CandidateSide(frozenset({"java"}), 5, vector)
    wanted: list[tuple[str, ...]] = [("java", "sql"), ("java",), ("java", "sql", "git"), ("java",), ("java",)]
    bench, best = a_bench([person]), Best(1, 2)
    for first, skills in enumerate(wanted * 3):
        reckoning = Reckoning(bench, a_block([PostingSide(skills, 5, None, vector)], first))
        for scored in reckoning.matches(best.least, best.admit):
            best.add(scored)
    kept = best.result()
    assert kept is not None
    assert [posting for _, posting in values(kept)] == [1, 3]
    assert best.is_cut.tolist() == [True]
    assert best.least.tolist() == [score_pair(person, PostingSide(("java",), 5, None, vector)).overall + 1]


def test_works_out_no_pair_that_cannot_be_among_the_best_any_more() -> None:
    best = Best(2, 2)
    rows, scores = np.array([0, 0, 0, 1]), np.array([9_000, 8_000, 7_000, 7_000], dtype=np.int16)
    assert best.admit(rows, scores).tolist() == [True, True, False, True]
    assert best.admit(np.array([0, 0, 1]), np.array([7_990, 8_000, 3_000], dtype=np.int16)).tolist() == [
        False,
        True,
        True,
    ]


@pytest.mark.parametrize("seed", range(5))
def test_keeps_what_sorting_everything_would_keep(score_pairs: MakePairs, seed: int) -> None:
    drawn = score_pairs(80, f"best {seed}")
    ours, theirs = [one for one, _ in drawn[:8]], [other for _, other in drawn]
    bench, best = a_bench(ours), Best(8, 3)
    for first in range(0, 80, 7):
        for scored in Reckoning(bench, a_block(theirs[first : first + 7], first)).matches(best.least, best.admit):
            best.add(scored)
    kept = best.result()
    matches = [
        (row, -score.overall, column)
        for row, one in enumerate(ours)
        for column, other in enumerate(theirs)
        if is_match(score := score_pair(one, other)) and not blockers(one.work, other.work)
    ]
    places = [sorted(each for each in matches if each[0] == row)[:3] for row in range(8)]
    assert list(values(kept) if kept else ()) == [(row, column) for part in places for row, _, column in part]
