"""The outbox and its relay: at least once, one effect, later and later, dead letters in sight."""

from __future__ import annotations

import asyncio
import contextlib
import os
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from blacklight_servicekit import outbox
from blacklight_servicekit.clock import utc_now
from blacklight_servicekit.relay import MAX_ATTEMPTS, DeadLetter, Event, Relay, pause_after
from sqlalchemy import text

DATA = Path(__file__).parent / "data"


def _add(database: Any, tenant: UUID, kind: str = "book.created", count: int = 1) -> list[UUID]:
    with database.transaction(tenant) as session:
        return [outbox.add(session, kind, {"number": number}, tenant_id=tenant) for number in range(count)]


def _waiting(database: Any) -> list[Any]:
    with database.platform_transaction() as session:
        return list(session.execute(text("SELECT * FROM outbox ORDER BY id")).all())


def _tally(database: Any, table: str) -> Counter[UUID]:
    with database.platform_transaction() as session:
        return Counter(session.execute(text(f"SELECT event_id FROM {table}")).scalars())


@contextlib.asynccontextmanager
async def _relaying(*relays: Relay) -> AsyncIterator[None]:
    tasks = [asyncio.create_task(relay.run()) for relay in relays]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not await asyncio.to_thread(true):
            await asyncio.sleep(0.02)


def test_does_one_effect_each_though_the_relay_is_killed_fifty_times(database_urls: Any) -> None:
    from blacklight_library.app import APP
    from blacklight_library.receiving import Receiver
    from blacklight_servicekit.database import Database

    urls = database_urls(APP)
    killing = [sys.executable, "-m", "blacklight_library.kill_relay", urls.app, urls.platform, "50"]
    done = subprocess.run(
        killing,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([os.environ.get("PYTHONPATH", ""), str(DATA)])},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.stdout == "50\n", done.stderr
    database = Database(urls.app, urls.platform)
    try:
        assert [row.attempts for row in _waiting(database)] == [0] * 50  # none was marked
        delivered_before = _tally(database, "deliveries")
        assert len(delivered_before) == 50  # each was delivered before its relay died
        with database.platform_transaction() as session:
            session.execute(text("UPDATE outbox SET next_time = now()"))
        relay = Relay(database, "library", {"book.created": Receiver(database).receive}, utc_now)

        async def drain() -> None:
            async with _relaying(relay):
                await _until(lambda: not _waiting(database))

        asyncio.run(drain())
        assert set((_tally(database, "deliveries") - delivered_before).values()) == {1}
        effects = _tally(database, "effects")
        assert (len(effects), set(effects.values())) == (50, {1})
    finally:
        database.dispose()


def test_delivers_soon_after_the_commit_and_nothing_that_was_rolled_back(library_database: Any, tenant: UUID) -> None:
    got: list[Event] = []

    async def receive(event: Event) -> None:
        got.append(event)

    def forsake() -> None:
        with library_database.transaction(tenant) as session:
            outbox.add(session, "book.created", {"number": -1}, tenant_id=tenant)
            raise ZeroDivisionError

    async def run() -> None:
        async with _relaying(Relay(library_database, "library", {"book.created": receive}, utc_now)):
            with contextlib.suppress(ZeroDivisionError):
                await asyncio.to_thread(forsake)
            ids = await asyncio.to_thread(_add, library_database, tenant)
            await _until(lambda: not _waiting(library_database))
            assert [(event.id, event.tenant_id, event.payload, event.attempt) for event in got] == [
                (ids[0], tenant, {"number": 0}, 1)
            ]

    asyncio.run(run())


def test_is_woken_by_the_commit_rather_than_by_its_poll(
    library_database: Any, tenant: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    from blacklight_servicekit import relay as module

    monkeypatch.setattr(module, "POLL_SECONDS", 3600.0)
    got: list[UUID] = []

    async def receive(event: Event) -> None:
        got.append(event.id)

    def listening() -> bool:
        with library_database.platform_transaction() as session:
            found = session.scalar(
                text(
                    "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'LISTEN%' AND datname = current_database()"
                )
            )
            return bool(found)

    async def run() -> None:
        async with _relaying(Relay(library_database, "library", {"book.created": receive}, utc_now)):
            await _until(listening)
            for number in range(1, 4):
                await asyncio.to_thread(_add, library_database, tenant)
                await _until(lambda wanted=number: len(got) == wanted)

    asyncio.run(run())


def test_tries_again_later_and_later(library_database: Any, tenant: UUID) -> None:
    now = [utc_now() + timedelta(seconds=5)]
    attempts: list[int] = []

    async def fail(event: Event) -> None:
        attempts.append(event.attempt)
        raise RuntimeError("a name that stays out of the row")

    relay = Relay(library_database, "library", {"book.created": fail}, lambda: now[0])
    _add(library_database, tenant)

    async def deliver() -> int:
        return await relay.deliver_due()

    waits = []
    for attempt in range(1, 6):
        assert asyncio.run(deliver()) == 1
        assert asyncio.run(deliver()) == 0, "not due yet"
        [row] = _waiting(library_database)
        assert (row.attempts, row.error, row.dead_time) == (attempt, "RuntimeError", None)
        waits.append(row.next_time - now[0])
        now[0] = row.next_time
    assert attempts == [1, 2, 3, 4, 5]
    assert waits == [timedelta(seconds=seconds) for seconds in (0.2, 0.4, 0.8, 1.6, 3.2)]


def test_never_waits_longer_than_five_minutes() -> None:
    assert [pause_after(attempt) for attempt in (12, 40, 10_000)] == [timedelta(minutes=5)] * 3


@pytest.mark.parametrize("why", ["said", "unknown", "worn out"])
def test_leaves_a_dead_letter_in_sight(library_database: Any, tenant: UUID, why: str) -> None:
    async def refuse(event: Event) -> None:
        if why == "said":
            raise DeadLetter("the book is gone")
        raise RuntimeError

    kind = "book.unheard_of" if why == "unknown" else "book.created"
    _add(library_database, tenant, kind)
    now = utc_now() + timedelta(days=1)
    if why == "worn out":
        with library_database.platform_transaction() as session:
            session.execute(text("UPDATE outbox SET attempts = :n"), {"n": MAX_ATTEMPTS - 1})
    relay = Relay(library_database, "library", {"book.created": refuse}, lambda: now)
    asyncio.run(relay.deliver_due())
    [row] = _waiting(library_database)
    expected = {
        "said": "the book is gone",
        "unknown": "no handler for book.unheard_of",
        "worn out": "RuntimeError",
    }
    assert (row.dead_time, row.error) == (now, expected[why])
    assert asyncio.run(relay.deliver_due()) == 0


def test_one_bad_event_does_not_hold_up_the_others(library_database: Any, tenant: UUID) -> None:
    got: list[int] = []

    async def receive(event: Event) -> None:
        if event.payload["number"] == 3:
            raise RuntimeError
        got.append(event.payload["number"])

    _add(library_database, tenant, count=8)
    asyncio.run(
        Relay(
            library_database, "library", {"book.created": receive}, lambda: datetime(2100, 1, 1, tzinfo=UTC)
        ).deliver_due()
    )
    assert sorted(got) == [0, 1, 2, 4, 5, 6, 7]
    assert [row.payload["number"] for row in _waiting(library_database)] == [3]


def test_two_relays_never_deliver_an_event_twice_at_once(library_database: Any, tenant: UUID) -> None:
    present: Counter[UUID] = Counter()
    delivered: Counter[UUID] = Counter()
    overlaps: list[UUID] = []
    relays_at_work: set[int] = set()

    def handler(relay: int) -> Any:
        async def receive(event: Event) -> None:
            relays_at_work.add(relay)
            present[event.id] += 1
            if present[event.id] > 1:
                overlaps.append(event.id)
            await asyncio.sleep(0.01)
            present[event.id] -= 1
            delivered[event.id] += 1

        return receive

    ids = _add(library_database, tenant, count=400)

    async def run() -> None:
        relays = [Relay(library_database, "library", {"book.created": handler(n)}, utc_now) for n in range(2)]
        async with _relaying(*relays):
            await _until(lambda: not _waiting(library_database))

    asyncio.run(run())
    assert (overlaps, relays_at_work) == ([], {0, 1})
    assert delivered == Counter(ids)


def test_goes_on_after_the_database_was_away(library_database: Any, postgres_server: Any, tenant: UUID) -> None:
    got: list[UUID] = []

    async def receive(event: Event) -> None:
        got.append(event.id)

    def break_connections() -> None:
        with library_database.platform_transaction() as session:
            session.execute(
                text(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = current_user"
                    " AND datname = current_database() AND pid <> pg_backend_pid()"
                )
            )

    async def run() -> None:
        async with _relaying(Relay(library_database, "library", {"book.created": receive}, utc_now)):
            await asyncio.to_thread(_add, library_database, tenant)
            await _until(lambda: len(got) == 1)
            await asyncio.to_thread(break_connections)
            await asyncio.to_thread(_add, library_database, tenant)
            await _until(lambda: len(got) == 2)

    asyncio.run(run())


def test_gives_up_an_event_whole_when_it_is_stopped(library_database: Any, tenant: UUID) -> None:
    _add(library_database, tenant, count=40)
    reached: list[UUID] = []

    async def hang(event: Event) -> None:
        reached.append(event.id)
        await asyncio.Event().wait()

    async def run() -> None:
        async with _relaying(Relay(library_database, "library", {"book.created": hang}, utc_now)):
            await _until(lambda: len(reached) > 16)

    asyncio.run(run())
    assert [row.attempts for row in _waiting(library_database)] == [0] * 40
    assert library_database._platform.pool.checkedout() == 0
