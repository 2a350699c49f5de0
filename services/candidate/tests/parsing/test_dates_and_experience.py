"""Dates as printed, and how long somebody has worked."""

from __future__ import annotations

from datetime import date

import pytest
from blacklight_candidate.resumes.parsing import Field, Job
from blacklight_candidate.resumes.parsing.dates import find_dates, find_ranges
from blacklight_candidate.resumes.parsing.experience import total_months


def job(start: str, end: str | None) -> Job:
    return Job(start=Field(start, 0.9, 0, 1), end=Field(end, 0.9, 0, 1) if end else Field(), is_current=end is None)


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("Jan 2019 – Present", "2019-01", None),
        ("January 2015 to March 2017", "2015-01", "2017-03"),
        ("06/2024 - 09/2024", "2024-06", "2024-09"),
        ("2024-06-01 — 2024-09-01", "2024-06", "2024-09"),
        ("Sept, 2019 - Till Date", "2019-09", None),
        ("Jun '09 – Aug '11", "2009-06", "2011-08"),
        ("2018 – 2020", "2018", "2020"),
        ("(11/2010 - Current)", "2010-11", None),
        ("Since May 2016", "2016-05", None),
        ("Summer 2019 – Fall 2020", "2019-06", "2020-09"),
        ("01/15/2020 through 02/28/2021", "2020-01", "2021-02"),
        ("May 2019 -", "2019-05", None),
    ],
)
def test_reads_a_range(text: str, first: str, last: str | None) -> None:
    (found,) = find_ranges(text)
    assert (found.first.value, found.last.value if found.last else None) == (first, last)
    assert found.current == (last is None)


@pytest.mark.parametrize(
    "text", ["(912) 555-4321", "port 8080", "Oracle 12c", "grew 28% over 3 years", "98105", "401k"]
)
def test_sees_no_date_where_none_is(text: str) -> None:
    assert find_dates(text) == []


def test_counts_overlapping_jobs_once() -> None:
    assert total_months([job("2020-01", "2020-12"), job("2020-07", "2021-06")], date(2026, 1, 1)) == 18


def test_counts_a_current_job_up_to_today() -> None:
    assert total_months([job("2020-01", None)], date(2020, 6, 15)) == 6


def test_counts_nothing_beyond_today() -> None:
    assert total_months([job("2020-01", "2030-12")], date(2020, 3, 1)) == 3


def test_says_nothing_about_experience_without_dates() -> None:
    assert total_months([Job(title=Field("Engineer", 0.9, 0, 8))], date(2020, 3, 1)) is None
