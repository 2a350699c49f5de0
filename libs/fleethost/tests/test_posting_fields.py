"""Records of any board as drafts: spellings, dates, places, pay."""

from __future__ import annotations

from typing import Any

import pytest
from blacklight_fleethost.postings.fields import NotAPosting, draft_of
from blacklight_fleethost.postings.texts import date_of
from blacklight_testkit.faults import guards
from hypothesis import given
from hypothesis import strategies as st


@pytest.mark.parametrize(
    "spelling",
    ["platform_job_id", "external_id", "externalId", "job_id", "jobId", "Job ID", "id", "guid", "identifier"],
)
def test_finds_the_boards_id_in_any_spelling(spelling: str) -> None:
    assert draft_of({"title": "T", spelling: 77}, "dice").platform_job_id == "77"


def test_carries_the_fields_and_survives_odd_values() -> None:
    given_ = {"title": "T", "is_remote": False, "salary_min": 10, "salary_max": "much", "company": None, "url": 5}
    draft = draft_of({**given_, "description": "\ud800"}, "dice")
    assert (draft.salary_min, draft.HasField("salary_max"), draft.company) == (10.0, False, "")
    assert (draft.remote, draft.HasField("remote"), draft.description, draft.url) == (False, True, "?", "5")


def test_reads_a_posting_of_schema_org() -> None:
    draft = draft_of(
        {
            "@type": "JobPosting",
            "title": "Nurse",
            "identifier": {"@type": "PropertyValue", "name": "Mercy", "value": "REQ-9"},
            "hiringOrganization": {"@type": "Organization", "name": "Mercy Hospital"},
            "jobLocation": [
                {"address": {"addressLocality": "Austin", "addressRegion": "TX", "addressCountry": {"name": "US"}}},
                {"address": "Remote office"},
            ],
            "baseSalary": {
                "currency": "USD",
                "value": {"minValue": "5,000", "maxValue": 6000.5, "unitText": "MONTH"},
            },
            "employmentType": ["FULL_TIME", "CONTRACTOR"],
            "datePosted": "2026-11-03T09:30:00+01:00",
            "jobLocationType": "TELECOMMUTE",
            "sameAs": "https://mercy.example/jobs/9",
        },
        "own",
    )
    assert (draft.platform_job_id, draft.company) == ("REQ-9", "Mercy Hospital")
    assert draft.location == "Austin, TX, US; Remote office"
    assert (draft.salary_min, draft.salary_max, draft.salary_currency) == (60000.0, 72006.0, "USD")
    assert (draft.job_type, draft.posted_date) == ("FULL_TIME, CONTRACTOR", "2026-11-03T09:30:00+01:00")
    assert (draft.remote, draft.url) == (True, "https://mercy.example/jobs/9")


def test_keeps_a_record_without_a_title_out() -> None:
    for record in ({}, {"title": "  "}, {"company": "Acme"}):
        with pytest.raises(NotAPosting):
            draft_of(record, "dice")


@guards(
    "F-17",
    file="libs/fleethost/src/blacklight_fleethost/postings/texts.py",
    old="        return parsedate_to_datetime(text).isoformat()\n",
    new="        return parsedate_to_datetime(text).date().isoformat()\n",
)
@pytest.mark.parametrize(
    ("said", "date"),
    [
        ("2026-11-03", "2026-11-03"),
        ("2026-11-03T09:26:53Z", "2026-11-03T09:26:53Z"),
        ("Tue, 03 Nov 2026 10:00:00 GMT", "2026-11-03T10:00:00+00:00"),
        (1_762_164_000, "2025-11-03T10:00:00+00:00"),
        (1_762_164_000_000, "2025-11-03T10:00:00+00:00"),
        ("2026-13-40", ""),
        ("3 days ago", ""),
        ("2026-11-03T09:26:53.000000000000000000000001Z", ""),
        (True, ""),
        (7, ""),
    ],
)
def test_f17_keeps_the_time_of_day_where_a_board_gives_one(said: Any, date: str) -> None:
    assert date_of(said) == date


@pytest.mark.parametrize(
    ("record", "remote"),
    [
        ({"remote": "Yes"}, True),
        ({"workplaceType": "on-site"}, False),
        ({"workplace_type": "hybrid"}, None),
        ({}, None),
    ],
)
def test_says_nothing_of_remote_work_where_the_board_says_nothing(record: dict[str, Any], remote: bool | None) -> None:
    draft = draft_of({"title": "T", **record}, "dice")
    assert (draft.remote if draft.HasField("remote") else None) == remote


@guards(
    "F-07",
    file="libs/fleethost/src/blacklight_fleethost/postings/fields.py",
    old="or synthetic_id(",
    new='or __import__("uuid").uuid4().hex or synthetic_id(',
)
def test_f07_a_posting_without_an_id_has_the_same_one_in_every_run() -> None:
    record = {"title": "Java Dev", "company": "Acme", "location": "NY"}
    assert draft_of(record, "dice").platform_job_id == "syn-b78785dbfc2a57fd"
    assert draft_of({**record, "id": " \x00"}, "dice").platform_job_id == "syn-b78785dbfc2a57fd"


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
known = st.sampled_from(
    ["id", "company", "location", "url", "baseSalary", "salary_min", "datePosted", "remote", "value", "address", "city"]
)


@given(st.dictionaries(known, json_values | st.dictionaries(known, json_values, max_size=3), max_size=6))
def test_any_record_with_a_title_is_a_draft_that_can_be_sent(record: dict[str, Any]) -> None:
    draft = draft_of({**record, "title": "T"}, "dice")
    assert draft_of({**record, "title": "T"}, "dice").SerializeToString() == draft.SerializeToString()
    assert draft.platform_job_id
