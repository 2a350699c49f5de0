"""The reference host against the served scraper: cuts, crashes, take-overs; nothing lost, nothing twice."""

from __future__ import annotations

import asyncio
import hashlib
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import grpc
import pytest
from blacklight.matching.v1.posting_pb2 import PostingDrafts
from blacklight.scraper.v1 import session_pb2
from blacklight_fleethost.events import HostEvent, HostEventKind
from blacklight_fleethost.host import FleetHost
from blacklight_fleethost.link import HostRefused, TakenOver
from blacklight_fleethost.reader import NothingThere, PlatformFailed

COMPLETED = session_pb2.PLATFORM_RUN_STATE_COMPLETED


class Killed(BaseException):
    """Stands for a SIGKILL: nothing of the host gets to clean up after itself in good order."""


class PlannedReader:
    """Yields `count` postings a board; may be told to break off after so many, once."""

    def __init__(self, draft: Any, count: int = 23, *, dies_after: int | None = None) -> None:
        self.draft = draft
        self.count = count
        self.dies_after = dies_after
        self.failure: Exception | None = None

    async def read(self, assignment: Any, platform: str) -> AsyncIterator[Any]:
        if self.failure is not None:
            raise self.failure
        for number in range(self.count):
            if self.dies_after == number:
                self.dies_after = None
                await asyncio.sleep(0.2)  # lets what was sent arrive
                raise Killed
            yield self.draft(number, platform_job_id=f"{platform}-{number}")


def delivered(scraper: Any) -> Counter[str]:
    """How often each posting is stored, over all batches."""
    found: Counter[str] = Counter()
    for row in scraper.rows("SELECT payload FROM scraper.batches"):
        found.update(draft.platform_job_id for draft in PostingDrafts.FromString(bytes(row.payload)).postings)
    return found


def expected(count: int, platforms: tuple[str, ...] = ("dice", "indeed")) -> Counter[str]:
    return Counter(f"{platform}-{number}" for platform in platforms for number in range(count))


@pytest.fixture
def own_settings() -> dict[str, Any]:
    return {"scraper_max_batch_postings": 5, "scraper_window": 2, "scraper_claim_retry_seconds": 1}


@pytest.fixture
def host_on(scraper: Any, tmp_path: Path) -> Any:
    """`host_on(reader, secret)`: a host with a spool of its own, and what it told."""

    def make(reader: Any, secret: str, *, name: str = "host-1", address: str = "", spool: str = "spool") -> Any:
        told: list[HostEvent] = []
        host = FleetHost(
            address or scraper.app.address,
            secret,
            name,
            reader,
            spool=tmp_path / spool,
            watch=told.append,
            chance=lambda: 0.0,
            rest=lambda reason, failures: 0.0,
        )
        return host, told

    return make


def test_delivers_every_posting_of_every_board_once(scraper: Any, host_on: Any, draft: Any) -> None:
    scraper.add_role("Java Developer")
    scraper.add_role("Nurse")
    host, told = host_on(PlannedReader(draft), scraper.add_key())
    asyncio.run(host.run(once=True))
    assert delivered(scraper) == Counter({key: 2 for key in expected(23)})
    assert Counter(event.kind for event in told)[HostEventKind.SESSION_FINISHED] == 2


def test_tells_the_three_ways_of_finding_nothing_apart(scraper: Any, host_on: Any, draft: Any) -> None:
    class Empty(PlannedReader):
        async def read(self, assignment: Any, platform: str) -> AsyncIterator[Any]:
            if assignment.role_name == "confirmed":
                raise NothingThere
            if assignment.role_name == "blocked":
                raise PlatformFailed(session_pb2.FAILURE_REASON_BLOCKED, "403")
            if assignment.role_name == "broken":
                raise KeyError("bug")
            nothing: list[Any] = []
            for never in nothing:
                yield never

    for name in ("confirmed", "blocked", "broken", "silent"):
        scraper.add_role(name)
    host, _ = host_on(Empty(draft), scraper.add_key(platforms=["dice"]))
    asyncio.run(host.run(once=True))
    rows = scraper.rows(
        "SELECT role_name, run.state, failure_reason FROM scraper.platform_runs AS run"
        " JOIN scraper.sessions USING (session_id)"
    )
    assert {row.role_name: (row.state, row.failure_reason) for row in rows} == {
        "confirmed": (session_pb2.PLATFORM_RUN_STATE_EMPTY_CONFIRMED, 0),
        "blocked": (session_pb2.PLATFORM_RUN_STATE_FAILED, session_pb2.FAILURE_REASON_BLOCKED),
        "broken": (session_pb2.PLATFORM_RUN_STATE_FAILED, session_pb2.FAILURE_REASON_UNKNOWN),
        "silent": (session_pb2.PLATFORM_RUN_STATE_EMPTY_UNCONFIRMED, 0),
    }


def test_goes_on_from_its_spool_when_killed_and_started_again(scraper: Any, host_on: Any, draft: Any) -> None:
    scraper.add_role()
    secret = scraper.add_key()
    reader = PlannedReader(draft, dies_after=13)
    host, _ = host_on(reader, secret)
    with pytest.raises(BaseException) as caught:  # noqa: PT011 - a group around Killed
        asyncio.run(host.run(once=True))
    assert not isinstance(caught.value, Exception)
    assert delivered(scraper) != expected(23)
    again, told = host_on(reader, secret)
    asyncio.run(again.run(once=True))
    assert delivered(scraper) == expected(23)
    assert HostEventKind.RESUMED in {event.kind for event in told}


class Cutter:
    """A relay of bytes between host and server that cuts every connection after so many bytes, `cuts` times."""

    def __init__(self, address: str, cuts: list[int]) -> None:
        self.host, port = address.rsplit(":", 1)
        self.port = int(port)
        self.cuts = cuts

    async def start(self) -> str:
        self.server = await asyncio.start_server(self._relay, "127.0.0.1", 0)
        return f"127.0.0.1:{self.server.sockets[0].getsockname()[1]}"

    async def _relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        left = self.cuts.pop(0) if self.cuts else None
        there_reader, there_writer = await asyncio.open_connection(self.host, self.port)

        async def up() -> None:
            nonlocal left
            while data := await reader.read(1024):
                if left is not None:
                    left -= len(data)
                    if left < 0:
                        return
                there_writer.write(data)
                await there_writer.drain()

        async def down() -> None:
            while data := await there_reader.read(1024):
                writer.write(data)
                await writer.drain()

        tasks = {asyncio.create_task(up()), asyncio.create_task(down())}
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for each in (writer, there_writer):
            each.transport.abort()


@pytest.mark.parametrize("seed", range(4))
def test_loses_and_doubles_nothing_when_its_stream_is_cut(scraper: Any, host_on: Any, draft: Any, seed: int) -> None:
    scraper.add_role()
    secret = scraper.add_key()
    cuts = [900 + int.from_bytes(hashlib.sha256(f"{seed}/{n}".encode()).digest()[:2], "big") % 4000 for n in range(4)]

    async def run() -> Any:
        cutter = Cutter(scraper.app.address, cuts)
        address = await cutter.start()
        host, told = host_on(PlannedReader(draft, 60), secret, address=address)
        await host.run(once=True)
        cutter.server.close()
        return told

    told = asyncio.run(run())
    assert delivered(scraper) == expected(60)
    assert HostEventKind.RECONNECTING in {event.kind for event in told}
    assert scraper.rows("SELECT count(*) AS n FROM scraper.sessions")[0].n == 1


def test_ends_when_another_host_of_its_key_and_name_takes_over(scraper: Any, host_on: Any, draft: Any) -> None:
    scraper.add_role()
    secret = scraper.add_key()
    first = scraper.connect(secret)
    first.hello("host-1")
    assignment = first.assignment()
    host, _ = host_on(PlannedReader(draft), secret)
    asyncio.run(host.run(once=True))
    assert delivered(scraper) == expected(23)
    assert scraper.session(assignment.session_id).state == session_pb2.SESSION_STATE_FINISHING
    with pytest.raises(grpc.RpcError) as caught:
        first.receive()
    assert caught.value.code() == grpc.StatusCode.ABORTED


def test_says_that_it_was_taken_over(scraper: Any, host_on: Any, draft: Any) -> None:
    secret = scraper.add_key()

    async def run() -> None:
        host, told = host_on(PlannedReader(draft), secret)
        running = asyncio.create_task(host.run())
        while not any(event.kind is HostEventKind.NOTHING_TO_CLAIM for event in told):
            await asyncio.sleep(0.01)
        await asyncio.to_thread(scraper.connect(secret).hello, "host-1")
        with pytest.raises(TakenOver):
            await running

    asyncio.run(run())


def test_ends_at_once_with_a_key_that_is_not_admitted(host_on: Any, draft: Any) -> None:
    host, _ = host_on(PlannedReader(draft), "blk_" + "x" * 43)
    with pytest.raises(HostRefused):
        asyncio.run(host.run())


def test_brings_late_what_was_spooled_for_a_session_that_ended(
    scraper: Any, host_on: Any, draft: Any, clock: Any
) -> None:
    from datetime import timedelta
    from uuid import UUID

    scraper.add_role()
    secret = scraper.add_key()
    stream = scraper.connect(secret)
    stream.hello("host-1")
    assignment = stream.assignment("dice")
    stream.batch(assignment, 1, draft(0, platform_job_id="dice-0"))
    stream.close()

    from blacklight_fleethost.spool import Spool

    host, _ = host_on(PlannedReader(draft), secret)
    spool = Spool(host._spool_folder)
    spool.resume(assignment.session_id, assignment.fencing_token, 1)
    late = draft(1, platform_job_id="dice-1")
    spool.add(
        assignment.session_id,
        "dice",
        PostingDrafts(postings=[late]).SerializeToString(),
        [late.SerializeToString()],
    )
    spool.close()
    clock.advance(timedelta(minutes=11))
    sessions = scraper.ends
    sessions.review(None, session_id=UUID(assignment.session_id))
    assert scraper.session(assignment.session_id).state == session_pb2.SESSION_STATE_TIMED_OUT
    host.drain()
    asyncio.run(host.run(once=True))
    assert delivered(scraper) == expected(2, ("dice",))
