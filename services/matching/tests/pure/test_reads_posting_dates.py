"""When a posting was posted, relative words and ambiguous numbers included (pains P-68 and P-69)."""

from __future__ import annotations

from datetime import date

import pytest
from blacklight_matching.postings.extraction import find_posted, posted_in_field
from blacklight_testkit.faults import guards
from hypothesis import given
from hypothesis import strategies as st

SEEN = date(2026, 5, 14)
FILE = "services/matching/src/blacklight_matching/postings/extraction/posted.py"


@guards("P-68", file=FILE, old="    return seen - timedelta(days=count * days)\n", new="    return None\n")
@pytest.mark.parametrize(
    ("value", "day"),
    [
        ("3 days ago", date(2026, 5, 11)),
        ("Posted 30+ days ago", date(2026, 4, 14)),
        ("2 weeks ago", date(2026, 4, 30)),
        ("a month ago", date(2026, 4, 14)),
        ("5h ago", SEEN),
        ("3d ago", date(2026, 5, 11)),
        ("yesterday", date(2026, 5, 13)),
        ("Today", SEEN),
        ("Just posted", SEEN),
    ],
)
def test_p68_words_relative_to_the_day_it_was_seen_are_dates(value: str, day: date) -> None:
    assert posted_in_field(value, SEEN) == day


@guards("P-69", file=FILE, old='{"": None, "US": month_first}', new='{"": month_first, "US": month_first}')
@pytest.mark.parametrize(
    ("value", "country", "day"),
    [
        ("03/04/2026", "", None),
        ("03/04/2026", "US", date(2026, 3, 4)),
        ("03/04/2026", "GB", date(2026, 4, 3)),
        ("25/12/2025", "", date(2025, 12, 25)),
        ("12/25/2025", "", date(2025, 12, 25)),
        ("05/06/2026", "", date(2026, 5, 6)),
        ("04/04/26", "", date(2026, 4, 4)),
    ],
)
def test_p69_an_ambiguous_date_is_not_read_as_american(value: str, country: str, day: date | None) -> None:
    assert posted_in_field(value, SEEN, country) == day


@pytest.mark.parametrize(
    ("value", "day"),
    [
        ("2026-03-09", date(2026, 3, 9)),
        ("9 March 2026", date(2026, 3, 9)),
        ("Mar 9, 2026", date(2026, 3, 9)),
        ("March 9th", date(2026, 3, 9)),
        ("Dec 30", date(2025, 12, 30)),
        ("2031-01-01", None),
        ("31/31/2026", None),
        ("soon", None),
        ("", None),
    ],
)
def test_reads_written_dates(value: str, day: date | None) -> None:
    assert posted_in_field(value, SEEN) == day


def test_finds_the_date_in_a_text_only_where_it_speaks_of_posting() -> None:
    found = find_posted("Founded 2 years ago.\n" + "x" * 500 + "\nPosted on 12 Jan 2026 by us", SEEN)
    assert found is not None
    assert found.day == date(2026, 1, 12)
    assert find_posted("x" * 500 + " we moved here 3 days ago", SEEN) is None


@given(st.text(max_size=60))
def test_any_field_gives_a_day_that_is_not_in_the_future_or_none(value: str) -> None:
    day = posted_in_field(value, SEEN)
    assert day is None or day <= SEEN
