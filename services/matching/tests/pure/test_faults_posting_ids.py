"""Ids of postings whose boards give none: of the content alone, so that nothing is lost and nothing comes twice."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from blacklight_matching.postings.importing.drafts import Draft, check_batch
from blacklight_testkit.faults import guards

NOW = datetime(2026, 3, 1, tzinfo=UTC)
BODY = "Build payment services in Java and Spring with a team of ten people in the bank, number "


def draft(number: int) -> Draft:
    return Draft("", f"Developer {number}", "Acme", "Dallas, TX", f"{BODY}{number}.", f"https://x.example/{number}")


def ids(*drafts: Draft) -> list[str]:
    """What the postings of one batch are recognised by."""
    return [row.platform_job_id for row in check_batch("dice", drafts, NOW).rows]


@guards(
    "P-37",
    file="services/matching/src/blacklight_matching/postings/importing/drafts.py",
    old="job_id = job_id_of(platform, draft)",
    new="job_id = draft.platform_job_id or str(ordinal)",
)
def test_p37_the_first_posting_of_a_second_batch_is_not_that_of_the_first() -> None:
    assert ids(draft(1), draft(2)) == ids(draft(2), draft(1))[::-1]
    assert len({*ids(draft(1), draft(2)), *ids(draft(3), draft(4))}) == 4


@guards(
    "F-07",
    file="services/matching/src/blacklight_matching/postings/importing/drafts.py",
    old="return synthetic_id(platform, draft.title, draft.company, draft.location)",
    new='return f"syn-{id(draft):016x}"',
)
def test_f07_a_posting_met_again_has_the_id_it_had() -> None:
    first = draft(1)
    assert ids(replace(first)) == ids(first)
