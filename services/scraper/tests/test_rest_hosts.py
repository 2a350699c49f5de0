"""Hosts by REST, through a real gateway: what they deliver is taken once, whatever they send again."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import httpx
import pytest
from blacklight.scraper.v1 import session_pb2
from blacklight_scraper.sessions.activities import ScrapeSessionInput
from blacklight_scraper.sessions.states import SessionState
from blacklight_testkit import gateways
from blacklight_testkit.faults import guards

OUTCOMES = "services/scraper/src/blacklight_scraper/rest/outcomes.py"
SERVICE = "services/scraper/src/blacklight_scraper/rest/service.py"
SERVICER = "services/scraper/src/blacklight_scraper/rest/servicer.py"
QUEUE = "/api/scraper/queue"


class RestHost:
    """A host that knows nothing but paths and JSON."""

    def __init__(self, scraper: Any, url: str, secret: str) -> None:
        self.scraper = scraper
        self.secret = secret
        self.http = httpx.Client(base_url=url, headers={"x-scraper-api-key": secret}, timeout=30)

    def claim(self, **query: str) -> dict[str, Any]:
        answer = self.http.get(f"{QUEUE}/next-role", params=query)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def submit(self, session_id: str, platform: str = "dice", **body: Any) -> httpx.Response:
        return self.http.post(f"{QUEUE}/jobs", json={"session_id": session_id, "platform": platform, **body})

    def complete(self, session_id: str) -> httpx.Response:
        return self.http.post(f"{QUEUE}/complete", json={"session_id": session_id})

    def review(self, session_id: str) -> Any:
        """Looks at the session as its workflow would: it ends if it is time."""
        [review] = self.scraper.app.parts.activities
        return SessionState[review(ScrapeSessionInput(session_id)).state]

    def runs(self, session_id: str) -> dict[str, Any]:
        return {run.platform: run for run in self.scraper.session(session_id).platforms}

    def batches(self, session_id: str) -> list[Any]:
        return list(
            self.scraper.rows(
                "SELECT sequence, platform, received, accepted, submission_id FROM scraper.batches"
                " WHERE session_id = :session_id ORDER BY sequence",
                session_id=session_id,
            )
        )


@pytest.fixture
def gateway_url(scraper: Any, session_folder: Any) -> Iterator[str]:
    with gateways.gateway(session_folder, {"scraper": scraper.app.address}) as running:
        yield running.url


@pytest.fixture
def host(scraper: Any, gateway_url: str) -> Iterator[RestHost]:
    """A host with a key for both boards, and a role to claim."""
    scraper.add_role()
    made = RestHost(scraper, gateway_url, scraper.add_key())
    yield made
    made.http.close()


def _job(number: int, **changes: Any) -> dict[str, Any]:
    return {
        "platform_job_id": f"job-{number}",
        "title": f"Java Developer {number}",
        "company": "Harbor Mutual",
        "location": "Dallas, TX",
        "description": f"Builds services, number {number}.",
        "url": f"https://dice.example/jobs/{number}",
        **changes,
    }


def _refused(answer: httpx.Response, status: int) -> str:
    body = answer.json()
    assert (answer.status_code, body["status"]) == (status, status), answer.text
    assert body["error"]
    assert body["message"]
    return str(body["reason"])


def test_a_claim_gives_every_field_that_hosts_read(host: RestHost) -> None:
    claimed = host.claim(platforms="dice,indeed")
    [assignment] = claimed.pop("assignments")
    assert claimed == assignment, "the first assignment's fields are at the top as well"
    assert assignment["role"]["name"] == "Java Developer"
    assert assignment["role"]["search_queries"][0] == "Java Developer"
    assert set(assignment["role"]) == {"id", "name", "aliases", "category", "candidate_count", "search_queries"}
    assert assignment["platforms"] == [
        {"id": name, "name": name, "display_name": name.title()} for name in ("dice", "indeed")
    ]
    assert assignment["role_location_queue_id"]
    [row] = host.scraper.rows("SELECT host_name, transport FROM scraper.sessions")
    assert (row.host_name, row.transport) == ("", 2)


def test_nothing_to_claim_is_answered_with_nothing(host: RestHost) -> None:
    session = host.claim()["session_id"]
    for platform in ("dice", "indeed"):
        assert host.submit(session, platform, jobs=[], empty_confirmed=True).status_code == 202
    answer = host.http.get(f"{QUEUE}/next-role-location")
    assert (answer.status_code, answer.content) == (204, b"")


def test_a_key_that_is_none_gets_in_nowhere(host: RestHost) -> None:
    host.http.headers["x-scraper-api-key"] = "blk_" + "a" * 43
    for path in (f"{QUEUE}/next-role", "/api/scraper-credentials/queue/availability"):
        assert _refused(host.http.get(path), 401) == "API_KEY_INVALID"


@guards(
    "F-01",
    file=SERVICER,
    old="            transport=Transport.REST,\n",
    new="            transport=Transport.STREAM,\n",
)
def test_f01_a_claim_whose_answer_was_lost_is_answered_again(host: RestHost) -> None:
    lost = host.claim(platforms="dice,indeed")
    again = host.claim(platforms="dice,indeed")
    assert again["session_id"] == lost["session_id"]
    current = host.http.get(f"{QUEUE}/current-session").json()
    assert current["has_active_session"] is True
    assert current["session"]["session_id"] == lost["session_id"]
    assert current["session"]["pending_platforms"] == ["dice", "indeed"]


def test_the_same_claim_gets_the_same_answer(host: RestHost) -> None:
    first = host.claim(claim_id="my own claim 7")
    host.submit(first["session_id"], jobs=[_job(1)])
    assert host.claim(claim_id="my own claim 7")["session_id"] == first["session_id"]


def test_without_a_session_there_is_none_to_go_on_with(host: RestHost) -> None:
    assert host.http.get(f"{QUEUE}/current-session").json() == {"has_active_session": False, "session": None}


def test_a_large_submission_is_stored_whole_with_the_boards_end(host: RestHost) -> None:
    session = host.claim()["session_id"]
    jobs = [_job(number) for number in range(450)]
    jobs[7]["title"] = ""
    jobs[449]["posted_date"] = "yesterday"
    answer = host.submit(session, jobs=jobs)
    assert answer.status_code == 202
    body = answer.json()
    assert (body["jobs_received"], body["jobs_accepted"], body["jobs_rejected"], body["batches"]) == (450, 448, 2, 3)
    assert [(each["index"], each["field"]) for each in body["errors"]] == [(7, "title"), (449, "posted_date")]
    assert body["progress"] == {
        "platforms_total": 2, "platforms_completed": 1, "platforms_failed": 0, "platforms_pending": 1,
    }  # fmt: skip
    batches = host.batches(session)
    assert [(row.sequence, row.received, row.accepted) for row in batches] == [
        (1, 200, 199),
        (2, 200, 200),
        (3, 50, 49),
    ]
    assert len({row.submission_id for row in batches}) == 1
    assert host.runs(session)["dice"].state == session_pb2.PLATFORM_RUN_STATE_COMPLETED


@guards(
    "P-34",
    file=SERVICE,
    old="            if known is not None:\n                return known.answer\n",
    new="",
)
def test_p34_a_submission_sent_again_gets_the_same_answer_and_is_stored_once(host: RestHost) -> None:
    session = host.claim()["session_id"]
    jobs = [_job(1), _job(2, title="")]
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: host.submit(session, jobs=jobs), range(8)))
    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.content for answer in answers}) == 1
    assert len(host.batches(session)) == 1


def test_other_content_for_a_reported_board_changes_nothing(host: RestHost) -> None:
    session = host.claim()["session_id"]
    assert host.submit(session, jobs=[_job(1)], submission_id="a").status_code == 202
    before = host.batches(session)
    for other in (
        {"jobs": [_job(2)]},
        {"jobs": [_job(2)], "submission_id": "a"},
        {"status": "failed", "error_message": "blocked: 403"},
        {"jobs": []},
    ):
        assert _refused(host.submit(session, **other), 409) == "ALREADY_REPORTED"
    assert host.batches(session) == before
    assert host.runs(session)["dice"].state == session_pb2.PLATFORM_RUN_STATE_COMPLETED


@guards(
    "F-08",
    file=OUTCOMES,
    old="RunState.EMPTY_CONFIRMED if body.empty_confirmed is True else RunState.EMPTY_UNCONFIRMED",
    new="RunState.EMPTY_CONFIRMED",
)
def test_f08_a_board_that_gave_nothing_is_no_success_unless_it_said_so(host: RestHost) -> None:
    session = host.claim()["session_id"]
    assert host.submit(session, "dice", jobs=[]).status_code == 202
    assert host.submit(session, "indeed", jobs=[], empty_confirmed=True).status_code == 202
    states = {name: run.state for name, run in host.runs(session).items()}
    assert states == {
        "dice": session_pb2.PLATFORM_RUN_STATE_EMPTY_UNCONFIRMED,
        "indeed": session_pb2.PLATFORM_RUN_STATE_EMPTY_CONFIRMED,
    }


def test_a_board_that_failed_keeps_its_reason(host: RestHost) -> None:
    session = host.claim()["session_id"]
    answer = host.submit(session, status="failed", error_message="captcha: asked for traffic lights")
    assert answer.status_code == 202
    assert answer.json()["progress"]["platforms_failed"] == 1
    run = host.runs(session)["dice"]
    assert run.state == session_pb2.PLATFORM_RUN_STATE_FAILED
    assert run.failure_reason == session_pb2.FAILURE_REASON_CAPTCHA


def test_when_no_job_can_be_taken_each_is_named_and_nothing_is_stored(host: RestHost) -> None:
    session = host.claim()["session_id"]
    answer = host.submit(session, jobs=[_job(1, title=""), 7])
    assert _refused(answer, 400) == "NO_USABLE_JOB"
    assert [(each["index"], each["reason"]) for each in answer.json()["errors"]] == [
        (0, "INVALID_FIELD"), (1, "INVALID_TYPE"),
    ]  # fmt: skip
    assert host.batches(session) == []
    assert host.runs(session)["dice"].state == session_pb2.PLATFORM_RUN_STATE_PENDING
    assert host.submit(session, jobs=[_job(1)]).status_code == 202


@pytest.mark.parametrize(
    "session_id", ["abc", "", "12345678-1234-1234-1234-12345678901z", "2d9ca10a-d823-4b23-9c3b-4bfe37c1cc06"]
)
def test_an_id_of_no_session_is_never_an_error_of_ours(host: RestHost, session_id: str) -> None:
    status, reason = (404, "SESSION_NOT_FOUND") if session_id else (400, "SESSION_ID_MISSING")
    for answer in (
        host.submit(session_id, jobs=[_job(1)]),
        host.complete(session_id),
        host.http.post(f"{QUEUE}/fail", json={"session_id": session_id}),
        host.http.get("/api/scraper-credentials/queue/dice/next", params={"session_id": session_id}),
    ):
        assert _refused(answer, status) == reason


def test_another_keys_session_looks_absent(host: RestHost, gateway_url: str) -> None:
    session = host.claim()["session_id"]
    other = RestHost(host.scraper, gateway_url, host.scraper.add_key("other"))
    with other.http:
        assert _refused(other.submit(session, jobs=[_job(1)]), 404) == "SESSION_NOT_FOUND"
        assert _refused(other.complete(session), 404) == "SESSION_NOT_FOUND"
    assert host.batches(session) == []


def test_a_board_of_another_assignment_is_refused(host: RestHost) -> None:
    session = host.claim(platforms="dice")["session_id"]
    assert _refused(host.submit(session, "indeed", jobs=[_job(1)]), 400) == "UNKNOWN_PLATFORM"


def test_a_session_completes_when_every_board_is_reported_and_says_so_again(host: RestHost) -> None:
    session = host.claim()["session_id"]
    host.submit(session, "dice", jobs=[_job(1), _job(2)])
    assert _refused(host.complete(session), 400) == "NOT_ALL_REPORTED"
    host.submit(session, "indeed", status="failed", error_message="network: reset")
    first = host.complete(session)
    assert first.status_code == 200
    assert first.json() == {
        "status": "completing",
        "session_id": session,
        "summary": {
            "platforms_total": 2,
            "platforms_completed": 1,
            "platforms_failed": 1,
            "platforms_pending": 0,
            "jobs_received": 2,
            "jobs_by_platform": {"dice": 2, "indeed": 0},
        },
    }
    again = host.complete(session)
    assert (again.status_code, again.content) == (200, first.content)


def test_p33_completing_a_session_that_timed_out_does_not_revive_it(host: RestHost, clock: Any) -> None:
    session = host.claim()["session_id"]
    for platform in ("dice", "indeed"):
        host.submit(session, platform, jobs=[], empty_confirmed=True)
    clock.advance(timedelta(hours=2))
    assert host.review(session).name == "TIMED_OUT"
    answer = host.complete(session)
    assert (answer.status_code, answer.json()["status"]) == (200, "timeout")
    assert host.scraper.session(session).state == session_pb2.SESSION_STATE_TIMED_OUT


@guards(
    "F-15",
    file=SERVICE,
    old="if ended is not None and now - ended > self._late:",
    new="if ended is not None:",
)
def test_f15_a_spool_is_drained_for_a_day_after_the_sessions_end(host: RestHost, clock: Any) -> None:
    session = host.claim()["session_id"]
    clock.advance(timedelta(hours=2))
    assert host.review(session).name == "TIMED_OUT"
    clock.advance(timedelta(hours=20))
    first = host.submit(session, jobs=[_job(1), _job(2)])
    assert (first.status_code, first.json()["jobs_accepted"]) == (202, 2)
    assert host.submit(session, jobs=[_job(1), _job(2)]).content == first.content
    assert [(row.received, row.accepted) for row in host.batches(session)] == [(2, 2)]
    assert host.runs(session)["dice"].state == session_pb2.PLATFORM_RUN_STATE_FAILED, "its outcome stays"
    clock.advance(timedelta(hours=20))
    assert _refused(host.submit(session, "indeed", jobs=[_job(3)]), 400) == "SESSION_ENDED"


def test_a_host_gives_a_session_up(host: RestHost) -> None:
    session = host.claim()["session_id"]
    for _ in range(2):
        answer = host.http.post(
            f"{QUEUE}/fail", json={"session_id": session, "error_message": "browser_crash: all of it"}
        )
        assert (answer.status_code, answer.json()) == (200, {"status": "failed", "session_id": session})
    assert host.review(session).name == "FAILED"
    assert {run.failure_reason for run in host.runs(session).values()} == {session_pb2.FAILURE_REASON_BROWSER_CRASH}


def test_the_queue_is_counted(host: RestHost) -> None:
    stats = host.http.get(f"{QUEUE}/stats").json()
    assert stats["approved"] == 1
    assert host.http.get(f"{QUEUE}/location-stats").json() == stats
