"""The reference host against the served scraper: accounts, pauses, drains, terminations, folders."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from blacklight.matching.v1.posting_pb2 import PostingDrafts
from blacklight.scraper.v1 import (
    credential_pb2,
    credential_service_pb2,
    credential_service_pb2_grpc,
    monitor_service_pb2,
    monitor_service_pb2_grpc,
    platform_service_pb2,
    session_pb2,
    session_service_pb2,
)
from blacklight_fleethost.events import HostEvent, HostEventKind
from blacklight_fleethost.folder.reader import FolderReader
from blacklight_fleethost.host import FleetHost
from blacklight_fleethost.link import LeaseStarved
from blacklight_fleethost.reader import PlatformFailed


@pytest.fixture
def own_settings() -> dict[str, Any]:
    return {"scraper_max_batch_postings": 2, "scraper_window": 2, "scraper_claim_retry_seconds": 1}


class Board:
    """Yields postings for ever, or as many as it is told, then does what it is told with its account."""

    def __init__(self, draft: Any, count: int | None = None, after: Any = None) -> None:
        self.draft = draft
        self.count = count
        self.after = after
        self.closed = 0

    async def read(self, search: Any, platform: str) -> AsyncIterator[Any]:
        number = 0
        try:
            while self.count is None or number < self.count:
                yield self.draft(number, platform_job_id=f"{platform}-{number}")
                number += 1
                await asyncio.sleep(0.001)
            if self.after is not None:
                await self.after(search.account)
        finally:
            self.closed += 1


@pytest.fixture
def work(scraper: Any, tmp_path: Path) -> Callable[..., list[HostEvent]]:
    """`work(reader, meanwhile)`: runs a host with a key of its own to its end; what it told."""

    def run(reader: Any, meanwhile: Any = None, *, once: bool = True, platforms: Any = ("dice",)) -> list[HostEvent]:
        told: list[HostEvent] = []
        secret = scraper.add_key(platforms=platforms)

        async def both() -> None:
            host = FleetHost(scraper.app.address, secret, "host-1", reader, spool=tmp_path / "spool", watch=told.append)
            running = asyncio.ensure_future(host.run(once=once))
            async with asyncio.timeout(120):
                while meanwhile and not any(event.kind is HostEventKind.BATCH_ACKNOWLEDGED for event in told):
                    assert not running.done()
                    await asyncio.sleep(0.01)
                if meanwhile:
                    await asyncio.to_thread(meanwhile)
                await running

        asyncio.run(both())
        return told

    return run


@pytest.fixture
def account(scraper: Any) -> Callable[[], Any]:
    """`account()`: adds a board that needs an account and one for it; then answers how that is."""
    stub = credential_service_pb2_grpc.CredentialServiceStub(scraper.app.channel)
    request = platform_service_pb2.UpdatePlatformRequest(
        platform=platform_service_pb2.Platform(name="dice", login=platform_service_pb2.PLATFORM_LOGIN_PASSWORD)
    )
    request.update_mask.paths.append("login")
    scraper.platforms.UpdatePlatform(request, metadata=scraper.admin)
    made: list[str] = []

    def state() -> Any:
        if not made:
            secret = credential_pb2.CredentialSecret(username="who", password="hunter2")
            created = stub.CreateCredential(
                credential_service_pb2.CreateCredentialRequest(platform="dice", name="one", secret=secret),
                metadata=scraper.admin,
            )
            made.append(created.credential_id)
        return stub.GetCredential(
            credential_service_pb2.GetCredentialRequest(credential_id=made[0]), metadata=scraper.admin
        )

    return state


def delivered(scraper: Any) -> list[str]:
    """The ids of all stored postings, by batch."""
    rows = scraper.rows("SELECT payload FROM scraper.batches ORDER BY batch_id")
    return [draft.platform_job_id for row in rows for draft in PostingDrafts.FromString(bytes(row.payload)).postings]


def test_reads_with_an_account_and_gives_it_back(scraper: Any, work: Any, account: Any, draft: Any) -> None:
    scraper.add_role()
    account()
    used: list[Any] = []

    async def note(given: Any) -> None:
        used.append((given.username, given.password))

    work(Board(draft, 5, note))
    assert used == [("who", "hunter2")]
    found = account()
    assert (found.state, found.success_count) == (credential_pb2.CREDENTIAL_STATE_AVAILABLE, 1)
    assert not found.HasField("lease")
    assert len(delivered(scraper)) == 5


def test_claims_nothing_that_it_has_no_account_for(scraper: Any, work: Any, account: Any, draft: Any) -> None:
    role = scraper.add_role()
    with pytest.raises(LeaseStarved):
        work(Board(draft, 5))
    assert scraper.rows("SELECT count(*) AS n FROM scraper.sessions")[0].n == 0
    assert scraper.role(role).role_id == role


@pytest.mark.parametrize(
    ("reason", "state"),
    [
        (session_pb2.FAILURE_REASON_BLOCKED, credential_pb2.CREDENTIAL_STATE_COOLDOWN),
        (session_pb2.FAILURE_REASON_AUTH_REQUIRED, credential_pb2.CREDENTIAL_STATE_NEEDS_RELOGIN),
        (session_pb2.FAILURE_REASON_NETWORK, credential_pb2.CREDENTIAL_STATE_AVAILABLE),
    ],
)
def test_blames_the_account_for_what_is_about_it(
    scraper: Any, work: Any, account: Any, draft: Any, reason: Any, state: Any
) -> None:
    scraper.add_role()
    account()

    async def fail(_: Any) -> None:
        raise PlatformFailed(reason, "no")

    work(Board(draft, 3, fail))
    assert account().state == state
    [run] = scraper.rows("SELECT state, failure_reason FROM scraper.platform_runs")
    assert (run.state, run.failure_reason) == (session_pb2.PLATFORM_RUN_STATE_FAILED, reason)
    assert delivered(scraper) == ["dice-0", "dice-1", "dice-2"]


def test_stops_when_its_session_is_terminated_and_loses_nothing(scraper: Any, work: Any, draft: Any) -> None:
    scraper.add_role()
    board = Board(draft)

    def terminate() -> None:
        [session] = scraper.rows("SELECT session_id FROM scraper.sessions")
        request = session_service_pb2.TerminateScrapeSessionRequest(session_id=str(session.session_id))
        scraper.sessions.TerminateScrapeSession(request, metadata=scraper.admin)

    told = work(board, terminate)
    assert board.closed == 1
    assert HostEventKind.SESSION_ENDED in {event.kind for event in told}
    assert HostEventKind.BATCH_SET_ASIDE not in {event.kind for event in told}
    ids = delivered(scraper)
    assert ids == [f"dice-{number}" for number in range(len(ids))]


def test_finishes_and_leaves_when_it_is_drained(scraper: Any, work: Any, draft: Any) -> None:
    scraper.add_role()
    monitor = monitor_service_pb2_grpc.FleetMonitorServiceStub(scraper.app.channel)

    def drain() -> None:
        [host] = scraper.rows("SELECT host_id FROM scraper.hosts")
        monitor.DrainHost(monitor_service_pb2.DrainHostRequest(host_id=str(host.host_id)), metadata=scraper.admin)

    told = work(Board(draft, 200), drain, once=False)
    assert "drain" in [event.message.partition(" ")[0] for event in told if event.kind is HostEventKind.TOLD]
    assert len(delivered(scraper)) == 200
    assert HostEventKind.SESSION_FINISHED in {event.kind for event in told}


def test_delivers_a_folder_of_saved_files(scraper: Any, work: Any, tmp_path: Path) -> None:
    scraper.add_role("Nurse")
    folder = tmp_path / "saved" / "dice"
    folder.mkdir(parents=True)
    page = {
        "@type": "JobPosting", "title": "ICU Nurse", "hiringOrganization": {"name": "Mercy"}, "identifier": "p1",
        "description": "Cares for patients.", "url": "https://mercy.example/1",
    }  # fmt: skip
    (folder / "page.html").write_text(f'<script type="application/ld+json">{json.dumps(page)}</script>')
    job = {"jobId": 2, "jobTitle": "Nurse", "companyName": "Mercy", "body": "Cares.", "link": "https://mercy.example/2"}
    (folder / "jobs.json").write_text(json.dumps({"jobs": [job, {**job, "jobId": 3, "link": "no address"}]}))
    told = work(FolderReader(tmp_path / "saved", print))
    [refused] = [event.message for event in told if event.kind is HostEventKind.POSTING_REFUSED]
    assert "url" in refused
    assert sorted(delivered(scraper)) == ["2", "3", "p1"]
