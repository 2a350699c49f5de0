"""The boundary: each posting by itself, before anything is stored (F-09, F-17)."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from blacklight.matching.v1.posting_pb2 import PostingDraft, PostingDrafts
from blacklight_scraper.intake.boundary import refusals
from blacklight_testkit.faults import guards

Draft = Callable[..., PostingDraft]


@guards(
    "F-09",
    file="services/scraper/src/blacklight_scraper/intake/boundary.py",
    old="flawed = bool(violations(drafts))",
    new="flawed = False",
)
def test_f09_names_the_postings_at_fault_by_place_field_and_reason(draft: Draft) -> None:
    drafts = [draft(1), draft(2, title=""), draft(3, url="nowhere"), draft(4, company="x" * 256)]
    found = refusals(PostingDrafts(postings=drafts))
    assert [(each.index, each.field, each.reason) for each in found] == [
        (1, "title", "INVALID_FIELD"),
        (2, "url", "INVALID_FIELD"),
        (3, "company", "INVALID_FIELD"),
    ]
    assert all(each.message for each in found)


@guards(
    "F-17",
    file="services/scraper/src/blacklight_scraper/intake/posted_date.py",
    old="        if _TIME.fullmatch(text):\n",
    new="        if False:\n",
)
@pytest.mark.parametrize("posted", ["2026-03-14T09:26:53Z", "2026-03-14T09:26:53.123456+05:30", "2026-03-14", ""])
def test_f17_takes_a_time_of_posting_as_precise_as_the_board_says_it(draft: Draft, posted: str) -> None:
    assert refusals(PostingDrafts(postings=[draft(1, posted_date=posted)])) == []


def test_refuses_a_date_that_is_none(draft: Draft) -> None:
    [found] = refusals(PostingDrafts(postings=[draft(1, posted_date="yesterday")]))
    assert (found.field, found.reason) == ("posted_date", "INVALID_DATE")
