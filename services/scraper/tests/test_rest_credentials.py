"""Accounts by REST, through a real gateway: leased for a session, lost for good once lost, never another host's."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
from blacklight.scraper.v1 import (
    credential_pb2,
    credential_service_pb2,
    credential_service_pb2_grpc,
    platform_service_pb2,
)
from blacklight_testkit import gateways

BASE = "/api/scraper-credentials/queue"
VERBS = ("heartbeat", "success", "failure", "refresh", "release")


class Board:
    """A board that needs an account, and hosts that know nothing but paths and JSON."""

    def __init__(self, scraper: Any, url: str) -> None:
        self.scraper = scraper
        self.url = url
        self.clients: list[httpx.Client] = []
        platform = platform_service_pb2.Platform(
            name="linkedin",
            display_name="LinkedIn",
            enabled=True,
            priority=1,
            max_in_flight=5,
            login=platform_service_pb2.PLATFORM_LOGIN_PASSWORD,
            session_cookie="li_at",
        )
        request = platform_service_pb2.CreatePlatformRequest(platform=platform)
        scraper.platforms.CreatePlatform(request, metadata=scraper.admin)

    def account(self, name: str) -> None:
        stub = credential_service_pb2_grpc.CredentialServiceStub(self.scraper.app.channel)
        secret = credential_pb2.CredentialSecret(
            username=f"{name}@accounts.example", password="correct horse", proxy="http://u:p@proxy.example:1"
        )
        request = credential_service_pb2.CreateCredentialRequest(platform="linkedin", name=name, secret=secret)
        stub.CreateCredential(request, metadata=self.scraper.admin)

    def host(self, name: str, platforms: tuple[str, ...] = ("linkedin",)) -> httpx.Client:
        headers = {"x-scraper-api-key": self.scraper.add_key(name, platforms)}
        self.clients.append(httpx.Client(base_url=self.url, headers=headers, timeout=30))
        return self.clients[-1]

    def states(self) -> list[tuple[int, int, bool]]:
        """State, failures and whether it is leased, of every account: everything that a report may change."""
        rows = self.scraper.rows(
            "SELECT state, failure_count, lease_token FROM scraper.credentials ORDER BY credential_id"
        )
        return [(row.state, row.failure_count, row.lease_token is not None) for row in rows]


@pytest.fixture
def board(scraper: Any, session_folder: Any) -> Iterator[Board]:
    with gateways.gateway(session_folder, {"scraper": scraper.app.address}) as running:
        made = Board(scraper, running.url)
        made.account("first")
        yield made
        for client in made.clients:
            client.close()


@pytest.fixture
def host(board: Board) -> httpx.Client:
    board.scraper.add_role()
    return board.host("residential")


def _session(host: httpx.Client) -> str:
    answer = host.get("/api/scraper/queue/next-role")
    assert answer.status_code == 200, answer.text
    return str(answer.json()["session_id"])


def _lease(host: httpx.Client, session: str) -> dict[str, Any]:
    answer = host.get(f"{BASE}/linkedin/next", params={"session_id": session})
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def _tell(host: httpx.Client, lease: dict[str, Any], verb: str, **body: Any) -> httpx.Response:
    said = {"lease_token": lease["lease_token"], **body}
    return host.post(f"{BASE}/{lease['id']}/{verb}", json=said)


def _reason(answer: httpx.Response, status: int) -> str:
    assert answer.status_code == status, answer.text
    return str(answer.json()["reason"])


def test_availability_counts_what_can_be_leased(board: Board) -> None:
    host = board.host("both", ("dice", "linkedin"))
    assert host.get(f"{BASE}/availability").json() == {"dice": 999, "linkedin": 1}
    board.account("second")
    assert host.get(f"{BASE}/availability").json()["linkedin"] == 2
    pause = platform_service_pb2.PausePlatformRequest(name="linkedin", pause_reason="blocked everywhere")
    board.scraper.platforms.PausePlatform(pause, metadata=board.scraper.admin)
    assert host.get(f"{BASE}/availability").json() == {"dice": 999, "linkedin": 0}


def test_a_lease_brings_the_secret_and_the_same_one_when_asked_again(board: Board, host: httpx.Client) -> None:
    session = _session(host)
    lease = _lease(host, session)
    assert (lease["platform"], lease["name"], lease["session_id"]) == ("linkedin", "first", session)
    assert (lease["email"], lease["password"]) == ("first@accounts.example", "correct horse")
    assert lease["proxy"] == "http://u:p@proxy.example:1"
    again = _lease(host, session)
    assert again["expire_time"] >= lease["expire_time"]
    assert {**again, "expire_time": ""} == {**lease, "expire_time": ""}
    assert host.get(f"{BASE}/availability").json() == {"linkedin": 0}


def test_a_board_without_a_free_account_is_not_claimed(board: Board, host: httpx.Client) -> None:
    _lease(host, _session(host))
    board.scraper.add_role("Go Developer")
    host.post("/api/scraper/queue/jobs", json={})
    other = board.host("other")
    assert other.get("/api/scraper/queue/next-role").status_code == 204


def test_no_account_is_answered_with_nothing(board: Board, host: httpx.Client) -> None:
    session = _session(host)
    lease = _lease(host, session)
    assert _tell(host, lease, "failure", error_message="auth: dead", auth_dead=True).status_code == 200
    answer = host.get(f"{BASE}/linkedin/next", params={"session_id": session})
    assert (answer.status_code, answer.content) == (204, b"")


def test_a_key_leases_only_what_it_may_and_for_its_own_sessions(board: Board, host: httpx.Client) -> None:
    session = _session(host)
    stranger = board.host("stranger", ("dice",))
    asked = {"session_id": session}
    assert _reason(stranger.get(f"{BASE}/linkedin/next", params=asked), 403) == "PLATFORM_NOT_ALLOWED"
    other = board.host("other")
    assert _reason(other.get(f"{BASE}/linkedin/next", params=asked), 404) == "SESSION_NOT_FOUND"


def test_success_keeps_the_lease_when_it_is_not_the_end(board: Board, host: httpx.Client) -> None:
    lease = _lease(host, _session(host))
    kept = _tell(host, lease, "success", terminal=False)
    assert (kept.status_code, kept.json()["status"]) == (200, "held")
    ended = _tell(host, lease, "success")
    assert (ended.json()["status"], ended.json()["held"]) == ("released", False)
    assert _reason(_tell(host, lease, "success"), 409) == "LEASE_LOST"


def test_cookies_are_renewed_only_with_the_boards_session_cookie(board: Board, host: httpx.Client) -> None:
    lease = _lease(host, _session(host))
    refused = _tell(host, lease, "refresh", cookies=[{"name": "other", "value": "1"}])
    assert refused.status_code == 400
    missing = _tell(host, lease, "refresh")
    assert _reason(missing, 400) == "COOKIES_MISSING"
    cookies = [{"name": "li_at", "value": "renewed"}]
    assert _tell(host, lease, "refresh", cookies=cookies).status_code == 200
    assert _lease(host, lease["session_id"])["credentials"] == cookies


@pytest.mark.parametrize("verb", VERBS)
def test_a_missing_token_is_said_to_be_missing(board: Board, host: httpx.Client, verb: str) -> None:
    lease = _lease(host, _session(host))
    before = board.states()
    for answer in (host.post(f"{BASE}/{lease['id']}/{verb}", json={}), _tell(host, {**lease, "lease_token": ""}, verb)):
        assert _reason(answer, 400) == "LEASE_TOKEN_MISSING"
    assert board.states() == before


@pytest.mark.parametrize("verb", VERBS)
def test_who_does_not_hold_the_lease_changes_nothing(board: Board, host: httpx.Client, verb: str) -> None:
    lease = _lease(host, _session(host))
    before = board.states()
    thief = board.host("thief")
    body = {"cookies": [{"name": "li_at"}], "error_message": "blocked: 403"}
    assert _reason(_tell(thief, lease, verb, **body), 409) == "LEASE_LOST"
    for forged in ({"lease_token": str(uuid4())}, {"lease_token": "guess"}, {"id": str(uuid4())}, {"id": "7"}):
        assert _reason(_tell(host, {**lease, **forged}, verb, **body), 409) == "LEASE_LOST"
    assert board.states() == before
    assert _tell(host, lease, "heartbeat").json()["held"] is True


def test_a_lease_that_ran_out_is_lost_before_anybody_reaped_it(board: Board, host: httpx.Client, clock: Any) -> None:
    lease = _lease(host, _session(host))
    clock.advance(timedelta(minutes=30))
    before = board.states()
    for verb in VERBS:
        assert _reason(_tell(host, lease, verb, cookies=[{"name": "li_at"}]), 409) == "LEASE_LOST"
    assert board.states() == before
