"""The cache: one computation a key, whoever misses, dies, fails or gives up."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Coroutine, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import redis.asyncio
from blacklight_local.servers import ValkeyServer
from blacklight_servicekit import cache as module
from blacklight_servicekit.cache import Cache, cached

CALLER = Path(__file__).parent / "data" / "cache_caller.py"
TTL = timedelta(minutes=1)


@contextlib.asynccontextmanager
async def _caches(url: str, count: int = 1) -> AsyncIterator[list[Cache]]:
    """Caches as so many processes would have them."""
    made = [Cache(url, "test") for _ in range(count)]
    try:
        yield made
    finally:
        for cache in made:
            await cache.close()


class Source:
    """Something slow to compute, that counts how often it was."""

    def __init__(self, value: Any = "the value", seconds: float = 0.05) -> None:
        self.value = value
        self.seconds = seconds
        self.times = 0

    async def __call__(self) -> Any:
        self.times += 1
        await asyncio.sleep(self.seconds)
        if isinstance(self.value, Exception):
            raise self.value
        return self.value


@pytest.fixture(autouse=True)
def _patience(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a busy machine a healthy server may take longer than the half second after which it counts as down."""
    if "own_valkey" not in request.fixturenames:
        monkeypatch.setattr(module, "ANSWER_SECONDS", 20.0)


def _run(work: Coroutine[Any, Any, None]) -> None:
    async def bounded() -> None:
        async with asyncio.timeout(60):
            await work

    asyncio.run(bounded())


def test_computes_once_for_a_thousand_callers_that_miss_at_once(redis_url: str) -> None:
    async def work() -> None:
        source = Source()
        async with _caches(redis_url) as [cache]:
            answers = await asyncio.gather(*(cache.get_or_compute("key", source, TTL) for _ in range(1_000)))
            assert (set(answers), source.times) == ({"the value"}, 1)
            assert await cache.get_or_compute("key", source, TTL) == "the value"
            assert source.times == 1

    _run(work())


@contextlib.contextmanager
def _process(url: str, role: str, log: Path, callers: int = 250, seconds: float = 0.3) -> Iterator[Any]:
    arguments = [sys.executable, str(CALLER), url, role, str(log), str(callers), str(seconds)]
    process = subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        assert process.stdout.readline() == "ready\n"
        yield process
    finally:
        process.kill()
        process.communicate()


def test_computes_once_for_a_thousand_callers_in_four_processes(redis_url: str, tmp_path: Path) -> None:
    log = tmp_path / "computed"
    with contextlib.ExitStack() as stack:
        processes = [stack.enter_context(_process(redis_url, "ask", log)) for _ in range(4)]
        for process in processes:
            process.stdin.write("go\n")
            process.stdin.flush()
        assert [process.stdout.readline() for process in processes] == ["['the value']\n"] * 4
    assert len(log.read_text().splitlines()) == 1


def test_goes_on_when_the_holder_of_the_lock_is_killed(redis_url: str, tmp_path: Path) -> None:
    log = tmp_path / "computed"
    with _process(redis_url, "hang", log, callers=1) as holder, _process(redis_url, "ask", log) as other:
        holder.stdin.write("go\n")
        holder.stdin.flush()
        assert holder.stdout.readline() == "computing\n"
        other.stdin.write("go\n")
        other.stdin.flush()
        os.kill(holder.pid, signal.SIGKILL)
        assert other.stdout.readline() == "['the value']\n"
    assert len(log.read_text().splitlines()) == 2  # the dead one's and one more


def test_computes_once_when_the_computation_outlasts_the_lock(redis_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LOCK_MS", 150)
    monkeypatch.setattr(module, "RENEW_SECONDS", 0.05)

    async def work() -> None:
        source = Source(seconds=1.0)
        async with _caches(redis_url, 4) as caches:
            asked = [cache.get_or_compute("key", source, TTL) for cache in caches]
            assert await asyncio.gather(*asked) == ["the value"] * 4
            assert source.times == 1

    _run(work())


def test_releases_only_a_lock_of_its_own(redis_url: str) -> None:
    async def work() -> None:
        client = redis.asyncio.Redis.from_url(redis_url, decode_responses=True)

        async def robbed() -> str:
            await client.set("test:key:lock", "somebody else's", px=60_000)
            return "the value"

        async with _caches(redis_url) as [cache]:
            assert await cache.get_or_compute("key", robbed, TTL) == "the value"
            assert await client.get("test:key:lock") == "somebody else's"
            await client.delete("test:key:lock", "test:key")
            await cache.get_or_compute("key", Source(), TTL)
            assert await client.get("test:key:lock") is None
        await client.aclose()

    _run(work())


@pytest.mark.parametrize("value", [None, False, 0, "", [], {"a": [1, None]}], ids=repr)
def test_keeps_values_that_look_like_nothing(redis_url: str, value: Any) -> None:
    async def work() -> None:
        source = Source(value)
        async with _caches(redis_url) as [cache]:
            for _ in range(3):
                assert await cache.get_or_compute("key", source, TTL) == value
        assert source.times == 1

    _run(work())


def test_raises_an_error_to_every_caller_and_keeps_none(redis_url: str) -> None:
    async def work() -> None:
        source = Source(KeyError("no"))
        async with _caches(redis_url) as [cache]:
            asked = [cache.get_or_compute("key", source, TTL) for _ in range(10)]
            failed = await asyncio.gather(*asked, return_exceptions=True)
            assert [type(error) for error in failed] == [KeyError] * 10
            assert source.times == 1
            source.value = "better"
            assert await cache.get_or_compute("key", source, TTL) == "better"

    _run(work())


def test_waits_for_a_bounded_time_and_then_computes(redis_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "WAIT_SECONDS", 0.3)

    async def work() -> None:
        slow, own = Source(seconds=30), Source("my own")
        async with _caches(redis_url, 2) as [holder, waiter]:
            held = asyncio.create_task(holder.get_or_compute("key", slow, TTL))
            while not slow.times:
                await asyncio.sleep(0.01)
            assert await waiter.get_or_compute("key", own, TTL) == "my own"
            assert not held.done()
            await _forsake(holder, held)

    _run(work())


async def _forsake(cache: Cache, asked: asyncio.Task[Any]) -> None:
    """Cancels the flight itself, as the end of the process would."""
    for task in (*cache._flights.values(), asked):
        task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await asked


def test_answers_rightly_when_the_server_is_flushed_midway(redis_url: str) -> None:
    async def work() -> None:
        client = redis.asyncio.Redis.from_url(redis_url)
        source = Source(seconds=0.3)
        async with _caches(redis_url, 3) as caches:
            asked = [asyncio.ensure_future(cache.get_or_compute("key", source, TTL)) for cache in caches]
            while not source.times:
                await asyncio.sleep(0.01)
            await client.flushall()
            assert await asyncio.gather(*asked) == ["the value"] * 3
            assert source.times <= 3
            before = source.times
            await client.flushall()
            assert await caches[0].get_or_compute("key", source, TTL) == "the value"
            assert source.times == before + 1
        await client.aclose()

    _run(work())


@pytest.fixture
def own_valkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ValkeyServer]:
    """A server for one test to stop and start."""
    folder = tmp_path_factory.mktemp("valkey")
    server = ValkeyServer(folder / "data", folder / "logs", durable=False)
    server.start()
    server.wait_ready()
    try:
        yield server
    finally:
        server.stop()


def test_is_served_from_the_source_while_the_server_is_stopped(
    own_valkey: ValkeyServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "DOWN_SECONDS", 0.05)

    async def work() -> None:
        source = Source(seconds=0.0)
        async with _caches(own_valkey.url) as [cache]:
            await cache.get_or_compute("key", source, TTL)
            await asyncio.to_thread(own_valkey.stop)
            for number in range(2, 5):
                assert await cache.get_or_compute("key", source, TTL) == "the value"
                assert source.times == number
            await cache.delete("key")
            await asyncio.to_thread(own_valkey.start)
            await asyncio.to_thread(own_valkey.wait_ready)
            await asyncio.sleep(0.1)
            await cache.get_or_compute("key", source, TTL)
            before = source.times
            await cache.get_or_compute("key", source, TTL)
            assert source.times == before

    _run(work())


def test_is_served_from_the_source_when_the_server_stops_while_it_waits(own_valkey: ValkeyServer) -> None:
    async def work() -> None:
        slow, own = Source(seconds=30), Source("my own")
        async with _caches(own_valkey.url, 2) as [holder, waiter]:
            held = asyncio.create_task(holder.get_or_compute("key", slow, TTL))
            while not slow.times:
                await asyncio.sleep(0.01)
            waiting = asyncio.create_task(waiter.get_or_compute("key", own, TTL))
            await asyncio.sleep(0.1)
            await asyncio.to_thread(own_valkey.stop)
            assert await waiting == "my own"
            await _forsake(holder, held)

    _run(work())


def test_is_served_from_the_source_while_the_server_hangs(own_valkey: ValkeyServer) -> None:
    async def work() -> None:
        slow, own = Source(seconds=30), Source("my own")
        async with _caches(own_valkey.url, 2) as [holder, waiter]:
            held = asyncio.create_task(holder.get_or_compute("key", slow, TTL))
            while not slow.times:
                await asyncio.sleep(0.01)
            waiting = asyncio.create_task(waiter.get_or_compute("key", own, TTL))
            await asyncio.sleep(0.1)
            os.kill(own_valkey.process.pid, signal.SIGSTOP)
            try:
                assert await waiting == "my own"
                assert await waiter.get_or_compute("another", own, TTL) == "my own"
            finally:
                os.kill(own_valkey.process.pid, signal.SIGCONT)
            await _forsake(holder, held)

    _run(work())


def test_a_caller_that_gives_up_takes_nothing_from_the_others(redis_url: str) -> None:
    async def work() -> None:
        source = Source(seconds=0.2)
        async with _caches(redis_url) as [cache]:
            asked = [asyncio.create_task(cache.get_or_compute("key", source, TTL)) for _ in range(10)]
            await asyncio.sleep(0.05)
            asked[0].cancel()  # the one that started the computation
            assert await asyncio.gather(*asked[1:]) == ["the value"] * 9
            assert (asked[0].cancelled(), source.times) == (True, 1)

    _run(work())


def test_keeps_many_different_keys_at_once(redis_url: str) -> None:
    async def work() -> None:
        sources = {f"key {number}": Source(number) for number in range(500)}
        async with _caches(redis_url) as [cache]:
            for _ in range(2):
                asked = [cache.get_or_compute(key, source, TTL) for key, source in sources.items()]
                assert await asyncio.gather(*asked) == list(range(500))
        assert {source.times for source in sources.values()} == {1}

    _run(work())


def test_forgets_after_its_time_and_when_told(redis_url: str) -> None:
    async def work() -> None:
        source = Source()
        async with _caches(redis_url) as [cache]:
            await cache.get_or_compute("key", source, TTL)
            await cache.delete("key")
            await cache.get_or_compute("key", source, timedelta(milliseconds=50))
            assert source.times == 2
            await asyncio.sleep(0.1)
            await cache.get_or_compute("key", source, TTL)
            assert source.times == 3

    _run(work())


def test_decorates_a_method_under_a_key_of_its_arguments(redis_url: str) -> None:
    class Shelf:
        def __init__(self, cache: Cache) -> None:
            self.cache = cache
            self.asked: list[str] = []

        @cached(ttl=TTL, key=lambda self, title: f"book:{title}")
        async def find(self, title: str) -> str:
            """Finds a book."""
            self.asked.append(title)
            return title.upper()

    async def work() -> None:
        async with _caches(redis_url) as [cache]:
            shelf = Shelf(cache)
            assert [await shelf.find(title) for title in ("a", "b", "a")] == ["A", "B", "A"]
            assert shelf.asked == ["a", "b"]
            assert shelf.find.__doc__ == "Finds a book."

    _run(work())
