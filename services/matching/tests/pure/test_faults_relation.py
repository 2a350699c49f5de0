"""A guard of what reaches the store at all (spec section 7)."""

from __future__ import annotations

from collections.abc import Callable

from blacklight_matching.scoring import (
    CandidateColumns,
    CandidateSide,
    PostingColumns,
    PostingSide,
    SkillIndex,
    is_match,
    related_pairs,
    score_pair,
)
from blacklight_testkit.faults import guards

MakePairs = Callable[[int, str], list[tuple[CandidateSide, PostingSide]]]


@guards(
    "P-65",
    file="services/matching/src/blacklight_matching/scoring/related.py",
    old="    return pairs.take(pairs.overall >= limits[rows])\n",
    new="    return pairs\n",
)
def test_p65_what_is_too_low_is_dropped_in_memory_and_never_written(score_pairs: MakePairs) -> None:
    drawn = score_pairs(60, "too low")
    people, postings = [one for one, _ in drawn], [other for _, other in drawn]
    index = SkillIndex()
    found = related_pairs(CandidateColumns.of(people, index), PostingColumns.of(postings, index), index)
    expected = {
        (row, column)
        for row, one in enumerate(people)
        for column, other in enumerate(postings)
        if is_match(score_pair(one, other))
    }
    assert set(zip(found.rows.tolist(), found.columns.tolist(), strict=True)) == expected
    assert 0 < len(expected) < len(people) * len(postings)
