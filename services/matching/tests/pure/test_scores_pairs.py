"""One pair: the table of spec section 6.8, missing data (P-67, D-5), grades, the golden file."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType

import numpy as np
import pytest
from blacklight_matching.scoring import (
    RECOMMENDED_FROM,
    SCORER_VERSION,
    STORE_FROM,
    CandidateSide,
    PostingSide,
    combine,
    grade_of,
    is_matched,
    score_pair,
)
from blacklight_matching.scoring.parts import rounded_share
from blacklight_testkit.faults import guards

MakePairs = Callable[[int, str], list[tuple[CandidateSide, PostingSide]]]

JAVA, NOBODY = frozenset({"java", "sql", "git"}), frozenset[str]()
UNIT = np.zeros(256, dtype=np.int16)
UNIT[0] = 2047


def posting(
    skills: tuple[str, ...] = (), low: float | None = None, high: float | None = None, vector: object = None
) -> PostingSide:
    return PostingSide(skills, low, high, vector)  # type: ignore[arg-type]


def candidate(skills: frozenset[str] = JAVA, years: float | None = 5, vector: object = None) -> CandidateSide:
    return CandidateSide(skills, years, vector)  # type: ignore[arg-type]


def test_weighs_skills_experience_and_profile_45_20_35() -> None:
    score = score_pair(candidate(vector=UNIT), posting(("java", "rust", "go", "c", "r"), 5, None, UNIT))
    assert (score.skills, score.experience, score.semantic) == (2_000, 10_000, 10_000)
    assert score.overall == (45 * 2_000 + 20 * 10_000 + 35 * 10_000) // 100
    assert (score.coverage, score.version) == (100, SCORER_VERSION)


@pytest.mark.parametrize(
    ("years", "low", "high", "expected"),
    [
        (5, 5, None, 10_000),
        (7, 5, 8, 10_000),
        (8, 5, 8, 10_000),
        (10, 5, 8, 9_500),
        (13, 5, 8, 9_000),
        (18, 5, 8, 8_500),
        (18.1, 5, 8, 8_000),
        (4, 5, None, 8_500),
        (3, 5, None, 7_000),
        (2, 5, None, 5_500),
        (1, 5, None, 4_000),
        (4.9, 5, None, 8_500),
        (0, 4, None, 4_000),
        (6, None, 4, 9_500),
        (3, 0, 5, 10_000),
    ],
)
def test_scores_years_by_the_table(years: float, low: float | None, high: float | None, expected: int) -> None:
    assert score_pair(candidate(years=years), posting((), low, high)).experience == expected


@guards(
    "P-67",
    file="services/matching/src/blacklight_matching/scoring/parts.py",
    old="    if not posting.skills:\n        return None\n",
    new="    if not posting.skills:\n        return FULL\n",
)
@guards(
    "P-67",
    file="services/matching/src/blacklight_matching/scoring/parts.py",
    old="    if asked is None or has is None:\n        return None\n",
    new="    if asked is None or has is None:\n        return FULL\n",
)
@guards(
    "P-67",
    file="services/matching/src/blacklight_matching/scoring/parts.py",
    old="    if one is None or other is None or not is_known(one) or not is_known(other):\n        return None\n",
    new="    if one is None or other is None or not is_known(one) or not is_known(other):\n        return 5_000\n",
)
def test_p67_a_posting_that_asks_for_nothing_earns_nothing() -> None:
    score = score_pair(candidate(vector=UNIT), posting())
    assert (score.skills, score.experience, score.semantic) == (None, None, None)
    assert (score.overall, score.coverage, score.confidence, score.grade) == (0, 0, 0, "C")


@pytest.mark.parametrize("low", [None, 0])
def test_no_minimum_of_years_is_unknown_and_not_full(low: float | None) -> None:
    assert score_pair(candidate(), posting(("java",), low)).experience is None


def test_missing_parts_leave_the_mean_of_the_known_ones() -> None:
    score = score_pair(candidate(years=3), posting(("java", "rust", "go", "c", "r"), 5))
    assert score.overall == round((45 * 2_000 + 20 * 7_000) / 65)
    assert score.coverage == 65


def test_a_candidate_without_skills_gets_none_of_the_points() -> None:
    assert score_pair(candidate(NOBODY), posting(("java",))).skills == 0


def test_unknown_years_or_vectors_lower_the_confidence() -> None:
    asked = posting(("java", "sql", "git", "c", "r"), 5, None, UNIT)
    assert score_pair(candidate(vector=UNIT), asked).confidence == 100
    assert score_pair(candidate(years=None, vector=UNIT), asked).confidence == 80
    assert score_pair(candidate(), asked).confidence == 65


@pytest.mark.parametrize(("asked", "per_cent"), [(1, 10), (2, 25), (3, 45), (4, 70), (5, 100), (9, 100)])
def test_a_short_list_of_skills_weighs_less(asked: int, per_cent: int) -> None:
    """The weight is the one that the score applies, and that the confidence counts (ADR 0019)."""
    score = score_pair(candidate(vector=UNIT), posting(tuple("abcdefghi"[:asked]), None, None, UNIT))
    assert (score.skills, score.semantic) == (0, 10_000)
    assert score.overall == rounded_share(35 * 100 * 10_000, 45 * per_cent + 35 * 100)
    assert score.confidence == rounded_share(45 * per_cent + 35 * 100, 100)


def test_the_zero_vector_is_unknown() -> None:
    assert score_pair(candidate(vector=UNIT), posting(vector=UNIT * 0)).semantic is None


def test_opposite_profiles_score_nothing_and_never_less() -> None:
    assert score_pair(candidate(vector=UNIT), posting(vector=-UNIT)).semantic == 0


@pytest.mark.parametrize(
    ("overall", "grade"),
    [(10_000, "A+"), (9_000, "A+"), (8_999, "A"), (8_000, "A"), (7_999, "B+"), (7_500, "B+"), (7_499, "B"),
     (7_000, "B"), (6_999, "C+"), (6_500, "C+"), (6_499, "C"), (0, "C")],
)  # fmt: skip
def test_grades_change_at_their_limits(overall: int, grade: str) -> None:
    assert grade_of(overall) == grade


def test_keeps_the_thresholds_of_the_product() -> None:
    assert (STORE_FROM, RECOMMENDED_FROM) == (3_000, 6_000)
    assert combine(6_000, 6_000, 6_000, required=1, matched=b"\0").is_recommended
    assert not combine(5_999, 5_999, 5_999, required=1, matched=b"\0").is_recommended


def test_matched_bits_follow_the_order_of_the_posting() -> None:
    wanted = tuple("abcdefghij")
    score = score_pair(candidate(frozenset("aij")), posting(wanted))
    assert [skill for n, skill in enumerate(wanted) if is_matched(score.matched, n)] == ["a", "i", "j"]


def test_versions_of_a_language_are_different_skills() -> None:
    assert score_pair(candidate(frozenset({"c"})), posting(("c-plus-plus",))).skills == 0


def test_a_posting_may_not_ask_for_a_skill_twice() -> None:
    with pytest.raises(ValueError, match="twice"):
        posting(("java", "java"))


def test_a_score_adds_up_again_from_its_stored_parts(score_pairs: MakePairs) -> None:
    for one, other in score_pairs(500, "parts"):
        score = score_pair(one, other)
        again = combine(
            score.skills, score.experience, score.semantic, required=len(other.skills), matched=score.matched
        )
        assert again == score


def test_scores_are_the_pinned_ones(golden: ModuleType) -> None:
    """A changed byte is a changed score: raise SCORER_VERSION, then run tools/golden_scores.py."""
    text = golden.golden_text(golden.make_pairs(golden.PAIRS, golden.SEED))
    assert text == golden.GOLDEN.read_text(encoding="utf-8")
    assert text.count("\n") == 10_001
