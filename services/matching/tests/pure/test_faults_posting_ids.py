"""Ids of postings whose boards give none: of the content alone, so that nothing is lost and nothing comes twice."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from blacklight_matching.fingerprint import synthetic_id
from blacklight_matching.postings.importing.drafts import Draft, check_batch
from blacklight_testkit.faults import guards

DRAFTS = "services/matching/src/blacklight_matching/postings/importing/drafts.py"
NOW = datetime(2026, 3, 1, tzinfo=UTC)
BODY = "Build payment services in Java and Spring with a team of ten people in the bank, number "


def draft(number: int) -> Draft:
    return Draft("", f"Developer {number}", "Acme", "Dallas, TX", f"{BODY}{number}.", f"https://x.example/{number}")


def ids(*drafts: Draft) -> list[str]:
    """What the postings of one batch are recognised by."""
    return [row.platform_job_id for row in check_batch("dice", drafts, NOW).rows]


@guards(
    "P-37",
    file=DRAFTS,
    old="job_id = job_id_of(platform, draft, content)",
    new="job_id = draft.platform_job_id or str(ordinal)",
)
def test_p37_the_first_posting_of_a_second_batch_is_not_that_of_the_first() -> None:
    assert ids(draft(1), draft(2)) == ids(draft(2), draft(1))[::-1]
    assert len({*ids(draft(1), draft(2)), *ids(draft(3), draft(4))}) == 4


@guards(
    "F-07",
    file=DRAFTS,
    old="given or synthetic_id(platform, draft.title, draft.company, draft.location)",
    new='given or f"syn-{id(draft):016x}"',
)
def test_f07_a_posting_met_again_has_the_id_it_had() -> None:
    first = draft(1)
    assert ids(replace(first)) == ids(first)


@guards(
    "P-43",
    file=DRAFTS,
    old='return f"{given}-{(content or _short_text(draft.description))[:_KEPT_OF_CONTENT]}"',
    new="return given",
)
@guards("P-43", file=DRAFTS, old="(content or _short_text(draft.description))", new="(content or str())")
@pytest.mark.parametrize("texts", [("Java and Spring " * 5, "COBOL and JCL " * 5), ("Java", "COBOL")])
@pytest.mark.parametrize("made", [True, False], ids=["made by the host", "made here"])
def test_p43_two_openings_under_one_title_are_two_without_ids_too(texts: tuple[str, str], made: bool) -> None:
    given = synthetic_id("dice", "Developer 1", "Acme", "Dallas, TX") if made else ""
    first, second = (replace(draft(1), platform_job_id=given, description=each) for each in texts)
    assert len(set(ids(first, second))) == 2
    assert ids(second) == ids(replace(second, description=f" {texts[1].upper()}\n"))
    assert ids(first)[0].startswith(synthetic_id("dice", "Developer 1", "Acme", "Dallas, TX"))
