"""Bodies of hosts by REST: read tolerantly where hosts vary, refused with a reason where they are wrong."""

from __future__ import annotations

import json
from typing import Any

import pytest
from blacklight_scraper.rest.batches import MOST_BYTES, MOST_POSTINGS, cut
from blacklight_scraper.rest.bodies import (
    FailureBody,
    JobBody,
    LeaseBody,
    RefreshBody,
    SessionBody,
    SubmissionBody,
    SuccessBody,
)
from blacklight_scraper.rest.encoding import jobs_of
from blacklight_scraper.rest.outcomes import REASONS, failure_reason_of, outcome_of
from blacklight_scraper.rest.reading import (
    SessionNotFound,
    body_of,
    claim_id_of,
    cookies_of,
    platforms_of,
    session_id_of,
)
from blacklight_scraper.rest.submissions import AlreadyReported, Fingerprint, Known, same_as
from blacklight_scraper.sessions.states import RunState
from blacklight_servicekit.errors import Invalid, ServiceError
from blacklight_testkit.faults import guards
from hypothesis import given
from hypothesis import strategies as st

ENCODING = "services/scraper/src/blacklight_scraper/rest/encoding.py"
OUTCOMES = "services/scraper/src/blacklight_scraper/rest/outcomes.py"
READING = "services/scraper/src/blacklight_scraper/rest/reading.py"
SUBMISSIONS = "services/scraper/src/blacklight_scraper/rest/submissions.py"
JOB = {
    "platform_job_id": "j-1",
    "title": "Java Developer",
    "company": "Harbor Mutual",
    "location": "Dallas, TX",
    "description": "Builds services.",
    "url": "https://dice.example/jobs/1",
}


def _read(kind: Any, **fields: Any) -> Any:
    return body_of(kind, json.dumps(fields).encode())


def _submission(**fields: Any) -> SubmissionBody:
    made: SubmissionBody = _read(SubmissionBody, **{"session_id": "s", "platform": "dice", **fields})
    return made


def _reason(kind: Any, data: bytes) -> str:
    with pytest.raises(ServiceError) as caught:
        body_of(kind, data)
    return caught.value.reason


@guards(
    "P-21",
    file=READING,
    old="        return UUID(text)\n    except ValueError:\n        raise SessionNotFound from None",
    new="        return UUID(text)\n    except KeyError:\n        raise SessionNotFound from None",
)
@pytest.mark.parametrize("text", ["abc", "1", "00000000-0000-0000-0000-00000000000g", "' OR 1=1", "ü" * 36])
def test_p21_what_is_no_id_names_no_session_instead_of_breaking(text: str) -> None:
    with pytest.raises(SessionNotFound):
        session_id_of(text)


def test_a_missing_session_id_is_said_to_be_missing() -> None:
    with pytest.raises(Invalid, match="session_id is missing"):
        session_id_of(_read(SessionBody).session_id)


@pytest.mark.parametrize("name", ["platform_job_id", "external_job_id", "external_id", "job_id", "jobId", "id"])
def test_a_jobs_id_is_read_in_each_of_its_six_spellings(name: str) -> None:
    given = {key: value for key, value in JOB.items() if key != "platform_job_id"}
    for value, expected in (("x-9", "x-9"), (12345678901234, "12345678901234"), (None, "")):
        jobs = jobs_of([{**given, name: value}])
        assert (jobs.drafts[0].platform_job_id, jobs.refused) == (expected, ())


def test_what_hosts_write_differently_is_understood_alike() -> None:
    job = {
        **JOB,
        "salary_min": "85,000",
        "salary_max": 120_000,
        "currency": "USD",
        "is_remote": "true",
        "experience_level": None,
        "recruiter": {"name": "Ada Example", "emails": ["ada@example.com"]},
        "unknown": {"deep": [1, 2]},
    }
    jobs = jobs_of([job])
    [draft] = jobs.drafts
    assert jobs.refused == ()
    assert (draft.salary_min, draft.salary_max, draft.salary_currency, draft.remote) == (85_000, 120_000, "USD", True)
    assert b"ada@example.com" not in draft.SerializeToString()


@guards("F-09", file=ENCODING, old="        refused.setdefault(each.index, each)\n", new="        pass\n")
def test_f09_each_job_at_fault_is_refused_by_its_place_and_the_others_are_taken() -> None:
    jobs = jobs_of(
        [
            JOB,
            {**JOB, "title": ""},
            "no job",
            {**JOB, "salary_min": "much"},
            {**JOB, "posted_date": "yesterday"},
            {**JOB, "url": "nowhere"},
            {**JOB, "title": "\ud800"},
            {**JOB, "title": {"en": "Java"}},
            {**JOB, "platform_job_id": "j-2"},
        ]
    )
    assert [(each.index, each.field, each.reason) for each in jobs.refused] == [
        (1, "title", "INVALID_FIELD"),
        (2, "", "INVALID_TYPE"),
        (3, "salary_min", "INVALID_TYPE"),
        (4, "posted_date", "INVALID_DATE"),
        (5, "url", "INVALID_FIELD"),
        (6, "title", "INVALID_TYPE"),
        (7, "title", "INVALID_TYPE"),
    ]
    assert all(each.message for each in jobs.refused)
    assert (len(jobs.drafts), jobs.accepted) == (9, 2)


def test_places_stay_right_in_the_batches_of_a_large_submission() -> None:
    given: list[Any] = [{**JOB, "platform_job_id": str(number)} for number in range(450)]
    given[7] = given[201] = given[449] = None
    pieces = jobs_of(given).pieces()
    assert [len(piece.drafts.postings) for piece in pieces] == [200, 200, 50]
    assert [[each.index for each in piece.refused] for piece in pieces] == [[7], [1], [49]]
    assert [piece.accepted for piece in pieces] == [199, 199, 49]


def test_little_is_kept_of_a_refused_job() -> None:
    jobs = jobs_of([{**JOB, "description": "x" * 1_000_000}])
    assert len(jobs.refused) == 1
    assert len(jobs.drafts[0].description) == 1_000


@given(st.lists(st.integers(1, 2 * MOST_BYTES), max_size=900))
def test_cuts_hold_every_item_once_in_order_and_within_the_limits(sizes: list[int]) -> None:
    cuts = cut(sizes)
    assert [place for part in cuts for place in part] == list(range(len(sizes)))
    for part in cuts:
        assert 1 <= len(part) <= MOST_POSTINGS
        assert len(part) == 1 or sum(sizes[place] for place in part) <= MOST_BYTES


@guards("F-08", file=OUTCOMES, old="body.empty_confirmed is True", new="body.empty_confirmed is not False")
def test_f08_an_empty_list_is_a_success_only_where_the_board_said_so() -> None:
    outcomes = {flag: outcome_of(_submission(jobs=[], empty_confirmed=flag)) for flag in (True, False, None)}
    assert outcomes == {
        True: RunState.EMPTY_CONFIRMED,
        False: RunState.EMPTY_UNCONFIRMED,
        None: RunState.EMPTY_UNCONFIRMED,
    }
    assert outcome_of(_submission(jobs=[])) is RunState.EMPTY_UNCONFIRMED


def test_an_outcome_is_read_from_status_and_jobs() -> None:
    assert outcome_of(_submission(jobs=[JOB])) is RunState.COMPLETED
    assert outcome_of(_submission(jobs=[JOB], status="completed")) is RunState.COMPLETED
    assert outcome_of(_submission(status="FAILED", error_message="captcha: shown")) is RunState.FAILED
    for wrong, reason in (({}, "JOBS_MISSING"), ({"status": "paused", "jobs": []}, "UNKNOWN_STATUS")):
        with pytest.raises(Invalid) as caught:
            outcome_of(_submission(**wrong))
        assert caught.value.reason == reason


@pytest.mark.parametrize(
    ("reason", "message", "expected"),
    [
        ("captcha", "", "captcha"),
        ("DomChanged", "", "dom_changed"),
        ("", "rate_limited: slow down", "rate_limited"),
        ("", "[Blocked]: HTTP 403", "blocked"),
        ("", "BROWSER-CRASH: gone", "browser_crash"),
        ("nonsense", "timeout: 30 s", "timeout"),
        ("", "the captcha was shown", "unknown"),
        ("", "", "unknown"),
    ],
)
def test_a_failures_reason_is_the_field_or_the_messages_first_word(reason: str, message: str, expected: str) -> None:
    assert REASONS[failure_reason_of(reason, message) - 1] == expected


def test_the_reasons_are_numbered_as_in_the_contract() -> None:
    from blacklight.scraper.v1 import session_pb2

    for number, name in enumerate(REASONS, 1):
        assert session_pb2.FailureReason.Value(f"FAILURE_REASON_{name.upper()}") == number


def test_a_submission_is_the_same_however_it_is_written() -> None:
    first = Fingerprint.of(body_of(SubmissionBody, b'{"session_id":"s","platform":"dice","jobs":[{"a":1,"b":2}]}'))
    again = Fingerprint.of(
        body_of(SubmissionBody, b'{"jobs": [{"b": 2, "a": 1}], "platform": "dice", "session_id": "s"}')
    )
    other = Fingerprint.of(body_of(SubmissionBody, b'{"session_id":"s","platform":"dice","jobs":[{"a":1,"b":3}]}'))
    assert first == again
    assert first != other


@guards("P-34", file=SUBMISSIONS, old="    if known:\n        raise AlreadyReported\n", new="")
def test_p34_another_submission_for_a_platform_does_not_replace_the_first() -> None:
    first = Fingerprint.of(_submission(jobs=[JOB], submission_id="a"))
    known = [Known(first.key, first.sha256, b"{}")]
    assert same_as([], first) is None
    assert same_as(known, first) == known[0]
    assert same_as(known, Fingerprint.of(_submission(jobs=[JOB], submission_id="b"))) == known[0], "the same content"
    for other in (_submission(jobs=[], submission_id="a"), _submission(jobs=[], submission_id="c")):
        with pytest.raises(AlreadyReported):
            same_as(known, Fingerprint.of(other))


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "INVALID_JSON"),
        (b"\xff\xfe", "INVALID_JSON"),
        (b"[]", "INVALID_JSON"),
        (b'{"platform": NaN}', "INVALID_JSON"),
        (b'{"platform": ' + b"9" * 5_000 + b"}", "INVALID_JSON"),
        (b'{"platform":' + b"[" * 100_000, "INVALID_JSON"),
        (b'{"platform": {}}', "INVALID_BODY"),
        (b"{}", "INVALID_BODY"),
        (b'{"platform": "dice", "jobs": 7}', "INVALID_BODY"),
        (b'{"platform": "dice", "jobs": [' + b"0," * 5_000 + b"0]}", "INVALID_BODY"),
        (b'{"platform": "\\ud800"}', "INVALID_BODY"),
        (b" " * (1024 * 1024 + 1), "BODY_TOO_LARGE"),
    ],
    ids=lambda value: value if isinstance(value, str) else value[:24].decode(errors="replace"),
)
def test_what_is_no_body_is_refused_with_a_reason(data: bytes, reason: str) -> None:
    assert _reason(SubmissionBody, data) == reason


def test_a_nul_is_taken_out_of_every_text() -> None:
    assert _read(LeaseBody, lease_token="a\x00b", message="\x00").model_dump() == {
        "lease_token": "ab", "session_id": "", "message": "",
    }  # fmt: skip


def test_a_lease_ends_with_success_unless_the_host_says_otherwise() -> None:
    assert [_read(SuccessBody, **given).terminal for given in ({}, {"terminal": None}, {"terminal": False})] == [
        None, None, False,
    ]  # fmt: skip


def test_a_long_message_is_clipped_instead_of_losing_the_report() -> None:
    assert len(_submission(error_message="x" * 5_000).error_message) == 1_000


def test_cookies_come_as_text_or_as_json() -> None:
    assert cookies_of(_read(RefreshBody, cookies='[{"name": "sid"}]').cookies) == '[{"name": "sid"}]'
    assert json.loads(cookies_of(_read(RefreshBody, cookies=[{"name": "sid"}]).cookies)) == [{"name": "sid"}]
    for nothing in (None, "", [], "  "):
        with pytest.raises(Invalid, match="cookies is missing"):
            cookies_of(nothing)


def test_a_claims_id_may_be_any_text() -> None:
    assert claim_id_of("claim-7") == claim_id_of("claim-7") != claim_id_of("claim-8")
    assert str(claim_id_of("01890000-0000-7000-8000-00000000000a")) == "01890000-0000-7000-8000-00000000000a"
    assert claim_id_of("") != claim_id_of("")


def test_platforms_are_separated_by_commas() -> None:
    assert platforms_of(" dice,Indeed ,,") == {"dice", "indeed"}
    assert platforms_of("") == frozenset()


OPTIONAL = [name for name in JobBody.model_fields if name not in ("title", "company", "description", "url")]


@pytest.mark.parametrize("nothing", [None, ""])
@pytest.mark.parametrize("name", OPTIONAL)
def test_null_and_an_empty_text_are_as_good_as_nothing(name: str, nothing: Any) -> None:
    field = "is_remote" if name == "remote" else name
    assert _read(JobBody, **{**JOB, field: nothing}) == _read(JobBody, **{k: v for k, v in JOB.items() if k != field})


@pytest.mark.parametrize("nothing", [None, ""])
def test_a_rest_of_nothing_is_none(nothing: Any) -> None:
    assert _read(FailureBody, lease_token="t", cooldown_minutes=nothing).cooldown_minutes is None


@pytest.mark.parametrize("wrong", [-1, 10_081, "soon"])
def test_a_rest_that_is_no_number_of_minutes_is_refused(wrong: Any) -> None:
    assert _reason(FailureBody, json.dumps({"lease_token": "t", "cooldown_minutes": wrong}).encode())
