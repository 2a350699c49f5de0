"""A host of the old kind, through the gateway of the whole stack: it knows paths and JSON, retries blindly, and loses
answers on the way.
"""

from __future__ import annotations

import contextlib
import json
from collections import Counter
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import httpx
import pytest

QUEUE = "/api/scraper/queue"
ACCOUNTS = "/api/scraper-credentials/queue"


class OldHost:
    """Sends everything twice, as a client does whose first answer was lost; both answers must be the same."""

    def __init__(self, fleet: Any, *, login: bool = False) -> None:
        self.platform = f"board_{uuid4().hex[:12]}"
        admin = fleet.admin
        board = {"name": self.platform, "display_name": self.platform, "enabled": True, "priority": 100}
        admin.post("/v1/fleet/platforms", {**board, "login": "PLATFORM_LOGIN_PASSWORD"} if login else board)
        if login:
            secret = {"username": "walker@accounts.example", "password": "correct horse"}
            account = {"platform": self.platform, "name": f"account of {self.platform}", "secret": secret}
            admin.post("/v1/fleet/credentials", account)
        made = admin.post("/v1/fleet/api-keys", {"name": self.platform, "platforms": [self.platform]})
        self.secret = made["secret"]
        self.http = httpx.Client(
            base_url=admin.url, headers={"X-Scraper-API-Key": self.secret}, timeout=30, follow_redirects=False
        )

    def get(self, path: str, **query: str) -> httpx.Response:
        return self.http.get(path, params=query)

    def twice(self, path: str, body: dict[str, Any], status: int) -> Any:
        answers = [self.http.post(path, json=body) for _ in range(2)]
        assert [answer.status_code for answer in answers] == [status, status], answers[0].text
        assert answers[0].content == answers[1].content
        return answers[0].json()

    def jobs(self, session_id: str, numbers: range, **changes: Any) -> dict[str, Any]:
        jobs = [
            {
                "external_job_id": number,
                "title": "Java Developer",
                "company": f"Harbour {self.platform} {number}",
                "location": "Dallas, TX",
                "description": f"Builds payment services in Java on Kafka, team {self.platform} {number}.",
                "url": f"https://{self.platform.replace('_', '-')}.example/jobs/{number}",
                "salary_min": "95,000",
                "is_remote": True,
                "recruiter": {"name": "Ada Example"},
            }
            for number in numbers
        ]
        return {"session_id": session_id, "platform": self.platform, "jobs": jobs, **changes}


@pytest.fixture
def old_host(fleet: Any) -> Iterator[Any]:
    """`old_host(login=False)`: a host with a key and a board of its own."""
    with contextlib.ExitStack() as opened:

        def make(**options: Any) -> OldHost:
            host = OldHost(fleet, **options)
            opened.enter_context(host.http)
            return host

        yield make


def _counts(session: dict[str, Any]) -> dict[str, int]:
    [run] = session["platforms"]
    return {name: int(run[name]) for name in ("received", "new", "refreshed", "duplicate", "rejected")}


def test_a_host_without_a_stream_does_all_of_its_work(fleet: Any, old_host: Any) -> None:
    host = old_host(login=True)
    assert host.get(f"{ACCOUNTS}/availability").json() == {host.platform: 1}
    assert host.get(f"{QUEUE}/next-role", platforms="no_such_board").status_code in (204, 403)
    claimed = host.get(f"{QUEUE}/next-role", platforms=host.platform).json()
    session = claimed["session_id"]
    assert claimed["role"]["name"] == fleet.role_name
    lease = host.get(f"{ACCOUNTS}/{host.platform}/next", session_id=session).json()
    assert (lease["email"], lease["password"]) == ("walker@accounts.example", "correct horse")
    proof = {"lease_token": lease["lease_token"]}
    assert host.http.post(f"{ACCOUNTS}/{lease['id']}/heartbeat", json=proof).json()["held"] is True
    taken = host.twice(f"{QUEUE}/jobs", host.jobs(session, range(45)), 202)
    assert (taken["jobs_accepted"], taken["jobs_rejected"], taken["errors"]) == (45, 0, [])
    cookies = {**proof, "session_id": session, "cookies": [{"name": "sid", "value": "1"}]}
    assert host.http.post(f"{ACCOUNTS}/{lease['id']}/refresh", json=cookies).status_code == 200
    success = {**proof, "session_id": session, "message": "45 jobs"}
    assert host.http.post(f"{ACCOUNTS}/{lease['id']}/success", json=success).status_code == 200
    assert host.twice(f"{QUEUE}/complete", {"session_id": session}, 200)["status"] == "completing"
    ended = fleet.ended(session)
    assert ended["state"] == "SESSION_STATE_COMPLETED"
    assert _counts(ended) == {"received": 45, "new": 45, "refreshed": 0, "duplicate": 0, "rejected": 0}
    assert Counter(posting["platform_job_id"] for posting in fleet.postings(host.platform)) == Counter(
        str(number) for number in range(45)
    )
    assert host.get(f"{QUEUE}/next-role", platforms=host.platform).status_code == 204, "the role rests there"


def test_a_lost_claim_is_found_again_and_worked_once(fleet: Any, old_host: Any) -> None:
    host = old_host()
    with contextlib.suppress(httpx.TimeoutException):  # the host hangs up; the claim is made all the same, or not
        host.http.get(f"{QUEUE}/next-role", params={"platforms": host.platform}, timeout=0.001)
    again = host.get(f"{QUEUE}/next-role", platforms=host.platform).json()
    found = host.get(f"{QUEUE}/current-session").json()["session"]
    assert found["session_id"] == again["session_id"]
    assert found["pending_platforms"] == [host.platform]
    host.twice(f"{QUEUE}/jobs", host.jobs(found["session_id"], range(3)), 202)
    host.twice(f"{QUEUE}/complete", {"session_id": found["session_id"]}, 200)
    assert _counts(fleet.ended(found["session_id"]))["new"] == 3
    sessions = [one for one in fleet.admin.pages("/v1/fleet/sessions", "sessions")]
    assert sum(one["platforms"][0]["platform"] == host.platform for one in sessions) == 1


def test_an_account_given_to_another_is_lost_for_its_former_holder(fleet: Any, old_host: Any) -> None:
    host, thief = old_host(login=True), old_host()
    session = host.get(f"{QUEUE}/next-role", platforms=host.platform).json()["session_id"]
    lease = host.get(f"{ACCOUNTS}/{host.platform}/next", session_id=session).json()
    proof = {"lease_token": lease["lease_token"]}
    for verb in ("heartbeat", "success", "failure", "release"):
        answer = thief.http.post(f"{ACCOUNTS}/{lease['id']}/{verb}", json=proof)
        assert (answer.status_code, answer.json()["reason"]) == (409, "LEASE_LOST")
    assert host.http.post(f"{ACCOUNTS}/{lease['id']}/release", json=proof).status_code == 200
    late = host.http.post(f"{ACCOUNTS}/{lease['id']}/heartbeat", json=proof)
    assert (late.status_code, late.json()["reason"]) == (409, "LEASE_LOST")


def test_a_board_that_may_have_blocked_the_host_is_no_success(fleet: Any, old_host: Any) -> None:
    host = old_host()
    session = host.get(f"{QUEUE}/next-role").json()["session_id"]
    host.twice(f"{QUEUE}/jobs", {"session_id": session, "platform": host.platform, "jobs": []}, 202)
    host.twice(f"{QUEUE}/complete", {"session_id": session}, 200)
    ended = fleet.ended(session)
    assert ended["state"] == "SESSION_STATE_FAILED"
    assert ended["platforms"][0]["state"] == "PLATFORM_RUN_STATE_EMPTY_UNCONFIRMED"


def test_a_hosts_metrics_reach_an_administrator(fleet: Any, old_host: Any) -> None:
    host = old_host()
    sent = host.http.post(
        "/api/scraper/telemetry/metrics",
        content="# TYPE sessions_total counter\nsessions_total 7\n",
        headers={"instance": "host-1", "mode": "poll"},
    )
    assert sent.status_code == 202, sent.text
    headers = {"authorization": f"Bearer {fleet.admin.token}"}
    text = httpx.get(f"{fleet.admin.url}/v1/fleet/metrics", headers=headers, timeout=30).text
    assert f'sessions_total{{api_key="{host.platform}",instance="host-1",mode="poll"}} 7\n' in text


def test_what_goes_wrong_is_said_in_the_form_that_hosts_read(old_host: Any) -> None:
    host = old_host()
    for answer, status, reason in (
        (host.http.post(f"{QUEUE}/complete", json={"session_id": "abc"}), 404, "SESSION_NOT_FOUND"),
        (host.http.post(f"{QUEUE}/jobs", content=b"{"), 400, "INVALID_JSON"),
        (httpx.get(f"{host.http.base_url}{QUEUE}/next-role"), 401, "API_KEY_MISSING"),
        (host.http.post("/api/scraper/queue/nothing"), 404, "UNKNOWN_PATH"),
    ):
        body = json.loads(answer.content)
        assert (answer.status_code, body["status"], body["reason"]) == (status, status, reason)
        assert body["error"]
        assert body["message"]
