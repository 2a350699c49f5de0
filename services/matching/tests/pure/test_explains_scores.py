"""The explanation adds up to the stored score and quotes both sides."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from blacklight_matching.scoring import (
    CandidateEvidence,
    CandidateSide,
    PostingEvidence,
    PostingSide,
    ScoreDiffers,
    Sentence,
    combine,
    explain,
    score_pair,
)
from blacklight_matching.scoring.explanation import shares_of
from hypothesis import given
from hypothesis import strategies as st

MakePairs = Callable[[int, str], list[tuple[CandidateSide, PostingSide]]]

REQUIRED = (("java", "Java"), ("sql", "SQL"), ("rust", "Rust"), ("go", "Go"), ("c", "C"), ("r", "R"))
SCORE = combine(3_333, 8_500, 4_711, required=6, matched=b"\x03")
CANDIDATE = CandidateEvidence(
    skills={"java": [Sentence(10, 30, "Built services in Java.")], "sql": [Sentence(40, 60, "Wrote SQL.")]},
    experience=[Sentence(0, 9, "4 years.")],
    profile=[Sentence(0, 30, "Engineer of services.")],
    years=4,
)
POSTING = PostingEvidence(
    required=REQUIRED,
    skills={key: [Sentence(n * 10, n * 10 + 9, f"Needs {name}.")] for n, (key, name) in enumerate(REQUIRED)},
    experience=[Sentence(90, 99, "5+ years.")],
    profile=[Sentence(100, 120, "Builds services.")],
    min_years=5,
)


def test_points_of_the_parts_add_up_to_the_score() -> None:
    told = explain(SCORE, CANDIDATE, POSTING)
    assert sum(part.points for part in told.parts) == told.overall == SCORE.overall
    assert sum(part.weight for part in told.parts) == 10_000


def test_points_add_up_for_any_pair(score_pairs: MakePairs) -> None:
    for one, other in score_pairs(400, "explained"):
        score = score_pair(one, other)
        told = explain(score, CandidateEvidence(), PostingEvidence(required=[(key, key) for key in other.skills]))
        assert sum(part.points for part in told.parts) == score.overall
        assert all(part.points == 0 for part in told.parts if part.score is None)


def test_quotes_the_sentences_of_both_sides() -> None:
    told = explain(SCORE, CANDIDATE, POSTING)
    java = told.skills[0]
    assert (java.name, java.is_matched) == ("Java", True)
    assert [s.text for s in java.candidate + java.posting] == ["Built services in Java.", "Needs Java."]
    assert [s.text for s in told.parts[0].candidate] == ["Built services in Java.", "Wrote SQL."]
    assert [s.text for s in told.parts[1].candidate + told.parts[1].posting] == ["4 years.", "5+ years."]
    assert [s.text for s in told.parts[2].posting] == ["Builds services."]


def test_never_quotes_the_candidate_for_a_skill_that_is_missing() -> None:
    evidence = replace(CANDIDATE, skills={**CANDIDATE.skills, "rust": [Sentence(1, 2, "Rust.")]})
    rust = explain(SCORE, evidence, POSTING).skills[2]
    assert (rust.is_matched, rust.candidate) == (False, ())


def test_sums_up_in_one_sentence_with_three_missing_skills() -> None:
    told = explain(SCORE, CANDIDATE, POSTING)
    assert told.summary == "48.49 (C), not recommended, confidence 100 %; missing Rust, Go, C and 1 more."
    assert told.parts[0].statement == "Has 2 of 6 required skills: Java, SQL."
    assert told.parts[1].statement == "4 years of experience; the posting asks for 5 or more."


def test_says_that_a_short_list_weighs_less() -> None:
    two = replace(POSTING, required=REQUIRED[:2])
    told = explain(combine(10_000, 8_500, 4_711, required=2, matched=b"\x03"), CANDIDATE, two)
    assert told.parts[0].statement == (
        "Has 2 of 2 required skills: Java, SQL. A list of 2 has 25 % of the weight of a full one."
    )
    assert [part.weight for part in told.parts] == [1698, 3019, 5283]


def test_says_what_was_left_out() -> None:
    told = explain(combine(None, None, 5_000, required=0, matched=b""), CandidateEvidence(), PostingEvidence())
    assert [part.points for part in told.parts] == [0, 0, 5_000]
    assert "names no skills" in told.parts[0].statement
    assert "asks for no years" in told.parts[1].statement


def test_quotes_nothing_for_a_part_that_is_unknown() -> None:
    told = explain(combine(3_333, None, None, required=6, matched=b"\x03"), CANDIDATE, replace(POSTING, min_years=None))
    assert [(part.candidate, part.posting) for part in told.parts[1:]] == [((), ()), ((), ())]
    assert told.parts[0].candidate


@pytest.mark.parametrize(
    "stored",
    [
        replace(SCORE, overall=SCORE.overall + 1),
        replace(SCORE, skills=9_999),
        replace(SCORE, coverage=80),
        replace(SCORE, matched=b""),
    ],
)
def test_refuses_a_stored_score_that_is_not_its_sum(stored: object) -> None:
    with pytest.raises(ScoreDiffers):
        explain(stored, CANDIDATE, POSTING)  # type: ignore[arg-type]


@given(st.integers(0, 10_000), st.lists(st.integers(0, 10**6), min_size=1, max_size=5))
def test_shares_add_up_and_are_never_off_by_more_than_one(total: int, sizes: list[int]) -> None:
    shares = shares_of(total, sizes)
    everything = sum(sizes)
    assert sum(shares) == (total if everything else 0)
    for share, size in zip(shares, sizes, strict=True):
        assert everything == 0 or abs(share * everything - total * size) < everything
