"""How many calls a minute a caller may begin."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from blacklight_servicekit import call_limit
from blacklight_servicekit.cache import Cache
from blacklight_servicekit.call_limit import CallLimit
from blacklight_servicekit.caller import Caller, CallerKind
from blacklight_servicekit.errors import Exhausted


def caller(limit: int, name: str = "key-1") -> Caller:
    return Caller(CallerKind.HOST, name, calls_per_minute=limit)


@asynccontextmanager
async def caches(url: str, number: int = 1) -> AsyncIterator[list[Cache]]:
    made = [Cache(url, "test") for _ in range(number)]
    try:
        yield made
    finally:
        for cache in made:
            await cache.close()


async def refusals(limits: list[CallLimit], who: Caller, calls: int) -> list[Exhausted]:
    """How the calls failed that did, all begun at once, shared out among processes."""
    begun = [limits[number % len(limits)].check(who) for number in range(calls)]
    answers = await asyncio.gather(*begun, return_exceptions=True)
    failed = [answer for answer in answers if answer is not None]
    assert all(isinstance(answer, Exhausted) for answer in failed), failed
    return [answer for answer in failed if isinstance(answer, Exhausted)]


def test_admits_exactly_so_many_of_calls_that_begin_at_once_in_several_processes(redis_url: str) -> None:
    async def run() -> None:
        async with caches(redis_url, 4) as made:
            limits = [CallLimit(cache) for cache in made]
            assert len(await refusals(limits, caller(30), 100)) == 70
            assert await refusals(limits, caller(30, "another"), 30) == []

    asyncio.run(run())


def test_says_when_to_try_again(redis_url: str) -> None:
    async def run() -> None:
        async with caches(redis_url) as [cache]:
            [refused] = await refusals([CallLimit(cache)], caller(1), 2)
            assert (refused.code, refused.reason) == ("RESOURCE_EXHAUSTED", "RATE_LIMITED")
            assert 1 <= int(refused.metadata["retry_after_seconds"]) <= 60

    asyncio.run(run())


def test_admits_again_when_the_window_is_over(redis_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(call_limit, "WINDOW", timedelta(milliseconds=200))

    async def run() -> None:
        async with caches(redis_url) as [cache]:
            limit = CallLimit(cache)
            assert len(await refusals([limit], caller(1), 3)) == 2
            async with asyncio.timeout(20):
                while await refusals([limit], caller(1), 1):
                    await asyncio.sleep(0.05)

    asyncio.run(run())


def test_limits_nobody_without_a_limit_nor_while_the_cache_is_away() -> None:
    async def run() -> None:
        async with caches("redis://127.0.0.1:9/0") as [cache]:
            assert await refusals([CallLimit(cache)], caller(0), 5) == []
            assert await refusals([CallLimit(cache)], caller(1), 5) == []

    asyncio.run(run())
