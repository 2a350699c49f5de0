"""Accounts: kept alive while used, reported on before they go back, given back however the work ends."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from blacklight.matching.v1.posting_pb2 import PostingDraft
from blacklight.scraper.v1 import fleet_service_pb2 as pb
from blacklight.scraper.v1 import session_pb2
from blacklight_fleethost.events import HostEventKind
from blacklight_fleethost.reader import NothingThere, PlatformFailed
from blacklight_testkit.faults import guards

CREDENTIAL = "01a20000-0000-7000-8000-0000000000c1"
SECRETS = ("hunter2", "session=abc", "user:pw@proxy", "token-1")


def lease(number: int = 1, platform: str = "dice") -> pb.Lease:
    return pb.Lease(
        credential_id=f"{CREDENTIAL[:-1]}{number}",
        platform=platform,
        lease_token=f"token-{number}",
        name=f"account {number}",
        username="who@example.org",
        password="hunter2",
        cookies='{"c": "session=abc"}',
        proxy="http://user:pw@proxy",
        profile_key="warm-1",
    )


class Board:
    """Does with its account what `use` does, and yields one posting."""

    def __init__(self, use: Callable[[Any], Any] | None = None) -> None:
        self.use = use
        self.accounts: list[Any] = []

    async def read(self, search: Any, platform: str) -> AsyncIterator[PostingDraft]:
        self.accounts.append(search.account)
        yield PostingDraft(platform_job_id="1", title="T")
        if self.use is not None:
            await self.use(search.account)


def said_of_work(peer: Any) -> list[str]:
    return [kind for kind in peer.kinds() if kind not in ("hello", "claim")]


@pytest.fixture(autouse=True)
def leased(peer: Any) -> None:
    """The one assignment comes with an account."""
    peer.assignments = [peer.assignment(leases=[lease()])]


def test_gives_a_reader_its_account(play: Any) -> None:
    board = Board()
    play(board)
    [account] = board.accounts
    assert (account.name, account.username, account.password) == ("account 1", "who@example.org", "hunter2")
    assert (account.cookies, account.proxy) == ('{"c": "session=abc"}', "http://user:pw@proxy")
    assert account.profile_key == "warm-1"


@guards(
    "F-19",
    file="libs/fleethost/src/blacklight_fleethost/board_work.py",
    old="            self._note(outcome)\n",
    new="            await self._accounts[self._platform].release()\n",
)
def test_f19_reports_land_before_the_lease_is_released(play: Any, peer: Any) -> None:
    play(Board())
    assert said_of_work(peer) == ["batch", "success", "report", "release", "finish"]
    assert not peer.heard("lease")[0].success.terminal


@pytest.mark.parametrize(
    ("failed", "said"),
    [
        (session_pb2.FAILURE_REASON_BLOCKED, pb.LeaseFailure(cooldown_minutes=60)),
        (session_pb2.FAILURE_REASON_AUTH_REQUIRED, pb.LeaseFailure(auth_dead=True)),
    ],
)
def test_f19_blames_the_account_before_it_reports_the_board(play: Any, peer: Any, failed: Any, said: Any) -> None:
    async def fail(_: Any) -> None:
        raise PlatformFailed(failed, "no")

    play(Board(fail))
    assert said_of_work(peer) == ["batch", "failure", "lease_request", "report", "finish"]
    failure = peer.heard("lease")[0].failure
    assert failure == pb.LeaseFailure(
        failure_reason=failed, message="no", cooldown_minutes=said.cooldown_minutes, auth_dead=said.auth_dead
    )
    assert peer.heard("report")[0].failure_reason == failed


@guards(
    "F-22",
    file="libs/fleethost/src/blacklight_fleethost/session_work.py",
    old="                await account.release()\n",
    new="                pass\n",
)
@pytest.mark.parametrize("refused", ["batch", "report"])
def test_f22_gives_accounts_back_when_the_session_is_lost(play: Any, peer: Any, refused: str) -> None:
    peer.assignments = [
        peer.assignment(peer.assignment().session_id, "dice", "indeed", leases=[lease(), lease(2, "indeed")])
    ]
    peer.answers = {refused: lambda _: peer.refusal("SESSION_NOT_FOUND")}
    play(Board())
    released = [said.lease_token for said in peer.heard("lease") if said.WhichOneof("action") == "release"]
    assert sorted(released) == ["token-1", "token-2"]
    assert len(peer.heard("abandon")) == 1


@pytest.mark.parametrize(
    "error", [KeyError("bug"), PlatformFailed(session_pb2.FAILURE_REASON_NETWORK, "cut"), NothingThere()]
)
def test_f22_gives_the_account_back_when_reading_fails(play: Any, peer: Any, error: Exception) -> None:
    async def fail(_: Any) -> None:
        raise error

    play(Board(fail))
    assert [said.WhichOneof("action") for said in peer.heard("lease")][-1] == "release"


@guards(
    "F-04",
    file="libs/fleethost/src/blacklight_fleethost/leases.py",
    old="            self.lost.set()\n",
    new="            pass\n",
)
@guards(
    "F-14",
    file="libs/fleethost/src/blacklight_fleethost/shift.py",
    old="                await account.alive()\n",
    new="                pass\n",
)
def test_f04_f14_stops_reading_as_soon_as_the_account_is_lost(play: Any, peer: Any) -> None:
    closed: list[str] = []

    async def forever(_: Any) -> None:
        try:
            async with asyncio.timeout(20):
                await asyncio.Event().wait()
        finally:
            closed.append("closed")

    peer.welcome.heartbeat_seconds = 1
    peer.answers = {"lease": lambda _: peer.refusal("LEASE_LOST")}
    played = play(Board(forever))
    assert closed == ["closed"]
    assert len(played.messages(HostEventKind.ACCOUNT_LOST)) == 1
    [report] = peer.heard("report")
    assert report.failure_reason == session_pb2.FAILURE_REASON_CREDENTIAL_MISSING
    assert "release" not in peer.kinds(), "what is another's is not given back"


@guards(
    "F-24",
    file="libs/fleethost/src/blacklight_fleethost/board_work.py",
    old="MOST_ACCOUNTS = 3\n",
    new="MOST_ACCOUNTS = 300\n",
)
def test_f24_asks_for_another_account_a_few_times_and_no_more(play: Any, peer: Any) -> None:
    numbers = iter(range(2, 200))

    async def dead(account: Any) -> None:
        await account.auth_dead("sign in again")
        raise PlatformFailed(session_pb2.FAILURE_REASON_AUTH_REQUIRED, "signed out")

    peer.answers = {
        "lease_request": lambda _: pb.ConnectResponse(lease=pb.LeaseAnswer(held=True, lease=lease(next(numbers) % 10)))
    }
    board = Board(dead)
    play(board)
    assert [account.name for account in board.accounts] == ["account 1", "account 2", "account 3"]
    assert all(said.failure.auth_dead for said in peer.heard("lease"))
    assert len(peer.heard("report")) == 1


def test_goes_on_with_another_account_and_sends_nothing_twice(play: Any, peer: Any) -> None:
    async def first_fails(account: Any) -> None:
        if account.name == "account 1":
            await account.failed(session_pb2.FAILURE_REASON_RATE_LIMITED, "slow down", cooldown_minutes=5)
            raise PlatformFailed(session_pb2.FAILURE_REASON_RATE_LIMITED, "slow down")

    peer.answers = {"lease_request": lambda _: pb.ConnectResponse(lease=pb.LeaseAnswer(held=True, lease=lease(2)))}
    play(Board(first_fails))
    assert peer.delivered() == ["1"]
    [report] = peer.heard("report")
    assert (report.outcome, report.batches) == (session_pb2.PLATFORM_RUN_STATE_COMPLETED, 1)
    assert [said.WhichOneof("action") for said in peer.heard("lease")] == ["failure", "success", "release"]


def test_stores_renewed_cookies_and_says_when_they_are_refused(play: Any, peer: Any) -> None:
    async def renew(account: Any) -> None:
        await account.refreshed('{"li_at": "new"}')

    play(Board(renew))
    assert peer.heard("lease")[0].refresh.cookies == '{"li_at": "new"}'
    peer.assignments = [peer.assignment(leases=[lease()])]
    peer.said.clear()
    peer.answers = {
        "lease": lambda said: peer.refusal("NO_SESSION_COOKIE") if said.HasField("refresh") else peer.usual(said)
    }
    play(Board(renew))
    assert peer.heard("report")[0].message == "the cookies were refused: NO_SESSION_COOKIE"


@guards(
    "F-30",
    file="libs/fleethost/src/blacklight_fleethost/leases.py",
    old='return f"HeldAccount({self._lease.name!r})"',
    new='return f"HeldAccount({self._lease!r})"',
)
def test_f30_tells_no_secret_of_an_account(play: Any, capsys: pytest.CaptureFixture[str]) -> None:
    async def fail(account: Any) -> None:
        raise KeyError(account)

    board = Board(fail)
    played = play(board)
    said = repr(played.told) + repr(board.accounts) + str(board.accounts[0]) + "".join(capsys.readouterr())
    assert not [secret for secret in SECRETS if secret in said]
