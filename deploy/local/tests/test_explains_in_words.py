"""`blacklight explain`: the words, and what it says when it cannot; the whole way is tested in tests/e2e."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from blacklight.matching.v1 import match_pb2
from blacklight_cli.main import main
from blacklight_local.explain.sums import lines_of
from blacklight_matching.matches.encoding import encode_explanation
from blacklight_matching.matches.view import ExplainedMatch, live_view
from blacklight_matching.postings.view import Headline
from blacklight_matching.scoring import (
    Blocker,
    CandidateEvidence,
    PostingEvidence,
    Raise,
    Sentence,
    combine,
    explain,
)
from click.testing import CliRunner
from google.protobuf.json_format import MessageToDict

SCORE = combine(5_000, 8_500, None, required=2, matched=b"\x01")
BLOCKED = (Blocker("CONTRACT_TYPE", "The posting offers W2; the candidate takes C2C."),)


def told() -> dict[str, Any]:
    """An explanation as the gateway answers it."""
    explanation = explain(
        SCORE,
        CandidateEvidence({"java": [Sentence(10, 14, "Wrote Java.")]}, [Sentence(0, 0, "2019 to present")], (), 4),
        PostingEvidence(
            [("java", "Java"), ("sql", "SQL")], {"sql": [Sentence(30, 45, "SQL is required.")]}, min_years=5
        ),
        blockers=BLOCKED,
        raises=(Raise("ADD_SKILL", "SQL", 1_800, 9_040), Raise("REACH_YEARS", "5", 960, 8_200)),
    )
    headline = Headline(
        "Java Developer", "Example Inc", "", (("java", "Java"), ("sql", "SQL")), b"", "dice", "FLEET", None
    )
    view = live_view(UUID(int=1), "Robin Example", UUID(int=2), headline, SCORE, BLOCKED)
    message: match_pb2.MatchExplanation = encode_explanation(ExplainedMatch(view, explanation))
    answer: dict[str, Any] = MessageToDict(
        message, preserving_proto_field_name=True, always_print_fields_with_no_presence=True
    )
    return answer


def test_prints_the_sum_with_its_sentences() -> None:
    lines = list(lines_of(told()))
    assert lines[0] == "Robin Example and Java Developer · Example Inc"
    assert lines[1].startswith("72.40 (B), recommended")
    assert lines[1].endswith("(not a stored match; scored now)")
    assert "Skills: 50.00 × 36.00 % = 18.00" in lines
    assert "Experience: 85.00 × 64.00 % = 54.40" in lines
    assert "Likeness of the texts: unknown, not counted" in lines
    assert "18.00 + 54.40 = 72.40 (B)" in lines
    assert "      resume [10-14]: Wrote Java." in lines
    assert "      posting [30-45]: SQL is required." in lines
    assert ["  + Java" in lines, "  - SQL" in lines] == [True, True]


def test_prints_what_excludes_the_pair_and_what_would_raise_its_score() -> None:
    lines = list(lines_of(told()))
    assert lines[-6:] == [
        "Excluded all the same:",
        "  contract type: The posting offers W2; the candidate takes C2C.",
        "",
        "What would raise it:",
        "  +18.00  show SQL, to 90.40",
        "  +9.60  reach 5 years, to 82.00",
    ]


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({}, "no stack runs here"),
        ({"BLACKLIGHT_GATEWAY": "http://127.0.0.1:9"}, "BLACKLIGHT_TOKEN"),
        ({"BLACKLIGHT_GATEWAY": "http://127.0.0.1:9", "BLACKLIGHT_TOKEN": "x"}, "cannot be reached"),
    ],
)
def test_says_what_is_missing(tmp_path: Any, environment: dict[str, str], said: str) -> None:
    pair = ["00000000-0000-0000-0000-000000000001"] * 2
    blank = {name: None for name in ("BLACKLIGHT_GATEWAY", "BLACKLIGHT_TOKEN", "BLACKLIGHT_EMAIL")}
    ran = CliRunner().invoke(main, ["explain", *pair], env={**blank, "BLACKLIGHT_HOME": str(tmp_path), **environment})
    assert ran.exit_code != 0
    assert said in ran.output
