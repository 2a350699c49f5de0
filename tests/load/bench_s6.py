"""S6: 1,000 callers miss one key at once, over 200 expiries, with a computation of 100 ms.

Ours: `blacklight_servicekit.cache` on a real Valkey, the callers in four processes' worth of cache objects (four
clients that share nothing but the server). Baseline: lock and poll every 500 ms, the way the former system did it, with
as many callers, 10 expiries (it is slow). Figures: the most computations for one expiry, and the 99th percentile of
what a waiter waits beyond the computation.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import redis.asyncio
from blacklight_servicekit.cache import Cache
from blacklight_testkit import servers

from tests.load.calibration import calibration
from tests.load.figures import Figure, verdict

CALLERS = 1_000
CLIENTS = 4
EXPIRIES = 200
BASELINE_EXPIRIES = 10
COMPUTATION = 0.1
ALLOWED_MS = 50.0

Fetch = Callable[[int, str, Callable[[], Awaitable[int]]], Awaitable[int]]


async def _round(fetch: Fetch, key: str) -> tuple[int, list[float]]:
    """All callers at once on a cold key: how often it was computed, and how long each waited, in seconds."""
    computed = 0

    async def compute() -> int:
        nonlocal computed
        computed += 1
        await asyncio.sleep(COMPUTATION)
        return 42

    async def call(number: int) -> float:
        start = time.perf_counter()
        assert await fetch(number % CLIENTS, key, compute) == 42
        return time.perf_counter() - start

    waits = await asyncio.gather(*(call(number) for number in range(CALLERS)))
    return computed, list(waits)


async def _rounds(fetch: Fetch, count: int) -> tuple[int, float]:
    """The most computations of a round, and the 99th percentile of waiting beyond the computation, in ms."""
    most, waits = 0, []
    for _ in range(count):
        computed, waited = await _round(fetch, uuid4().hex)
        most = max(most, computed)
        waits += waited
    waits.sort()
    return most, (waits[int(len(waits) * 0.99)] - COMPUTATION) * 1000


async def _ours(url: str) -> tuple[int, float]:
    caches = [Cache(url, "bench") for _ in range(CLIENTS)]
    ttl = timedelta(seconds=30)
    try:
        return await _rounds(lambda n, key, compute: caches[n].get_or_compute(key, compute, ttl), EXPIRIES)
    finally:
        for cache in caches:
            await cache.close()


async def _lock_and_poll(url: str) -> tuple[int, float]:
    """SET NX for ten seconds, else look again every half a second, ten times; then compute anyway."""
    client = redis.asyncio.Redis.from_url(url, decode_responses=True, max_connections=2 * CALLERS)

    async def fetch(number: int, key: str, compute: Callable[[], Awaitable[int]]) -> int:
        for _ in range(10):
            found = await client.get(key)
            if found is not None:
                return int(found)
            if await client.set(f"{key}:lock", "1", nx=True, ex=10):
                value = await compute()
                await client.set(key, value, ex=30)
                await client.delete(f"{key}:lock")
                return value
            await asyncio.sleep(0.5)
        return await compute()

    try:
        return await _rounds(fetch, BASELINE_EXPIRIES)
    finally:
        await client.aclose()


def run(root: Path) -> list[str]:
    """One line."""
    with servers.folder() as base, servers.valkey(base) as valkey:
        url = valkey.url
        factor = calibration()
        most, wait = asyncio.run(_ours(url))
        base_most, base_wait = asyncio.run(_lock_and_poll(url))
    figure = Figure(
        "S6",
        f"{most} computation, waiter p99 computation + {wait:.0f} ms ({CALLERS} callers, {EXPIRIES} expiries)",
        f"lock-and-poll: {base_most} computation, p99 computation + {base_wait:.0f} ms",
        f"{base_wait / max(wait, 0.1):.1f}x",
        f"1 (2 at most), p99 ≤ computation + {ALLOWED_MS:.0f} ms",
        factor,
        verdict(most <= 2 and wait <= ALLOWED_MS * max(1.0, factor)),
    )
    return [str(figure)]
