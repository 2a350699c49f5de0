"""What is stored of a posting: the board's fields first, and a content hash over all that a match may rest on."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from blacklight_matching.postings.reading.read import RawPosting, read_posting

RAW = RawPosting(
    posting_id=UUID(int=1),
    title="Sr. Java Developer - Dallas, TX - C2C - Req #4711",
    company="Kestrelmont Data, Inc.",
    location="Dallas, TX",
    description="We need Java. Hybrid, 2 days a week in the office. $60-70/hr. USC or GC only. Secret clearance.",
    board_remote=None,
)


def test_the_columns_hold_what_was_read() -> None:
    fields = read_posting(RAW).fields
    assert (fields.clean_title, fields.company_name) == ("Java Developer", "Kestrelmont Data")
    assert (fields.places, fields.country, fields.workplace) == (["Dallas, TX, US"], "US", "HYBRID")
    assert (fields.pay_min, fields.pay_max, fields.pay_currency, fields.pay_period) == (60, 70, "USD", "HOUR")
    assert fields.work_authorizations == ["US_CITIZEN", "GREEN_CARD"]
    assert (fields.clearance, fields.sponsorship) == ("SECRET", "")


def test_fields_of_the_board_come_first() -> None:
    raw = replace(
        RAW, board_remote=True, salary_min=90_000, salary_max=110_000, salary_currency="eur", job_type="Full-time"
    )
    reading = read_posting(raw)
    fields = reading.fields
    assert (fields.pay_min, fields.pay_max, fields.pay_currency, fields.pay_period) == (90_000, 110_000, "EUR", "YEAR")
    assert (fields.workplace, fields.contract_types) == ("REMOTE", ["FULL_TIME"])
    assert reading.remote


def test_a_posting_that_says_nothing_leaves_its_columns_empty() -> None:
    fields = read_posting(RawPosting(UUID(int=1), "Helper", "", "", "Call us.", None)).fields
    assert fields.filtered_by == ("", [], [], None, None, "", "", [], "", "")


@pytest.mark.parametrize(
    ("low", "high", "period"),
    [(55, 60, "HOUR"), (4_000, None, "MONTH"), (None, 85_000, "YEAR"), (9, 3, ""), (0, 0, "")],
)
def test_the_size_of_the_boards_amounts_tells_their_period(low: float | None, high: float | None, period: str) -> None:
    raw = replace(RAW, description="We need Java.", salary_min=low, salary_max=high, salary_currency="USD")
    assert read_posting(raw).fields.pay_period == period


@pytest.mark.parametrize(
    "change",
    [
        {"board_remote": True},
        {"location": "Austin, TX"},
        {"job_type": "Contract"},
        {"salary_min": 50.0},
        {"salary_min": 50.0, "salary_currency": "CAD"},
    ],
)
def test_what_a_hard_filter_rests_on_changes_the_content_hash(change: dict[str, Any]) -> None:
    changed = replace(RAW, **change)
    assert read_posting(changed).content_hash != read_posting(RAW).content_hash
    assert changed.source_hash != RAW.source_hash


@pytest.mark.parametrize(
    ("old", "new"), [("USC or GC only", "USC only"), ("Secret", "Top secret"), ("$60-70", "$60-75")]
)
def test_words_that_a_hard_filter_rests_on_change_the_content_hash(old: str, new: str) -> None:
    changed = replace(RAW, description=RAW.description.replace(old, new))
    assert read_posting(changed).content_hash != read_posting(RAW).content_hash
