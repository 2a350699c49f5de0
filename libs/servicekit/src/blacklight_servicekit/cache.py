"""A cache on Valkey or Redis without stampedes: one computation a key, however many callers miss at once.

Inside a process callers of one key share one flight. Between processes a lock decides who computes; it is renewed
while the computation runs, released only by its holder, and runs out soon after its holder dies. The others are
woken by a message, wait for a bounded time, and then compute for themselves. While the server does not answer,
values come from their source.
"""

from __future__ import annotations

import asyncio
import functools
import json
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any, ParamSpec, Protocol, TypeVar, cast
from uuid import uuid4

import redis.asyncio
from redis.exceptions import RedisError

from blacklight_servicekit import logs

Value = TypeVar("Value")
Args = ParamSpec("Args")
log = logs.get(__name__)

LOCK_MS = 2_000
RENEW_SECONDS = 0.6
WAIT_SECONDS = 10.0
DOWN_SECONDS = 1.0
ANSWER_SECONDS = 0.5
CONNECTIONS = 32

_RELEASE = "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) end return 0"
_RENEW = "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('pexpire', KEYS[1], ARGV[2]) end return 0"

_COUNT = (
    "local n = redis.call('incr', KEYS[1]) if n == 1 then redis.call('pexpire', KEYS[1], ARGV[1]) end"
    " return {n, redis.call('pttl', KEYS[1])}"
)


class _Down(Exception):
    """The cache server does not answer."""


class Cache:
    """Values as JSON under `namespace:key`. Keys must hold tenant and version where the value depends on them."""

    def __init__(self, redis_url: str, namespace: str) -> None:
        # More callers than connections wait for one; that is no lack of an answer either.
        pool = redis.asyncio.BlockingConnectionPool.from_url(
            redis_url,
            decode_responses=True,
            socket_timeout=ANSWER_SECONDS,
            socket_connect_timeout=ANSWER_SECONDS,
            retry=None,
            max_connections=CONNECTIONS,
            timeout=WAIT_SECONDS,
        )
        self._redis = redis.asyncio.Redis.from_pool(pool)
        # Waiting for a message is no lack of an answer: those connections have no time limit of their own.
        self._waiting = redis.asyncio.Redis.from_url(
            redis_url, decode_responses=True, socket_connect_timeout=ANSWER_SECONDS, retry=None
        )
        self._namespace = namespace
        self._flights: dict[str, asyncio.Future[Any]] = {}
        self._down_until = 0.0

    async def close(self) -> None:
        """Closes the connections."""
        await self._redis.aclose()
        await self._waiting.aclose()

    async def get_or_compute(self, key: str, compute: Callable[[], Awaitable[Value]], ttl: timedelta) -> Value:
        """The cached value, or a computed one, kept for `ttl`. What `compute` raises is raised and not kept."""
        flight = self._flights.get(key)
        if flight is None:
            flight = asyncio.ensure_future(self._fly(key, compute, ttl))
            self._flights[key] = flight
            flight.add_done_callback(functools.partial(self._landed, key))
        # A caller that gives up must not take the flight away from the others.
        return cast(Value, await asyncio.shield(flight))

    async def delete(self, key: str) -> None:
        """Forgets a key, if the server answers."""
        try:
            await self._ask(self._redis.delete(self._name(key)))
        except _Down:
            log.warning("cache.delete_missed")

    async def count(self, key: str, window: timedelta) -> tuple[int, float] | None:
        """Counts one more in the key's window, which the first one opens: how many, and the seconds it still lasts.

        One step on the server, so no two callers are counted as one. None while the server does not answer.
        """
        try:
            milliseconds = int(window.total_seconds() * 1000)
            counted, left = await self._ask(self._redis.eval(_COUNT, 1, self._name(key), milliseconds))
        except _Down:
            return None
        return int(counted), max(0.0, left / 1000)

    def _name(self, key: str) -> str:
        return f"{self._namespace}:{key}"

    def _landed(self, key: str, flight: asyncio.Future[Any]) -> None:
        self._flights.pop(key, None)
        if not flight.cancelled():
            flight.exception()  # marks it as seen when every caller has gone

    async def _fly(self, key: str, compute: Callable[[], Awaitable[Value]], ttl: timedelta) -> Value:
        name = self._name(key)
        give_up = time.monotonic() + WAIT_SECONDS
        try:
            while time.monotonic() < give_up:
                found = await self._ask(self._redis.get(name))
                if found is not None:
                    return cast(Value, json.loads(found)["v"])
                token = uuid4().hex
                if await self._ask(self._redis.set(f"{name}:lock", token, nx=True, px=LOCK_MS)):
                    return await self._compute_locked(name, token, compute, ttl)
                await self._wait(name, give_up)
        except _Down:
            return await compute()
        log.warning("cache.wait_ended")
        return await compute()

    async def _compute_locked(
        self, name: str, token: str, compute: Callable[[], Awaitable[Value]], ttl: timedelta
    ) -> Value:
        renewal = asyncio.create_task(self._renew(name, token))
        try:
            value = await compute()
            try:
                await self._ask(
                    self._redis.set(name, json.dumps({"v": value}), px=max(1, int(ttl.total_seconds() * 1000)))
                )
            except _Down:
                log.warning("cache.store_missed")
            return value
        finally:
            renewal.cancel()
            try:
                await self._ask(self._redis.eval(_RELEASE, 1, f"{name}:lock", token))
                await self._ask(self._redis.publish(f"{name}:done", "1"))
            except _Down:
                log.warning("cache.release_missed")  # the lock runs out by itself

    async def _renew(self, name: str, token: str) -> None:
        while True:
            await asyncio.sleep(RENEW_SECONDS)
            try:
                await self._ask(self._redis.eval(_RENEW, 1, f"{name}:lock", token, LOCK_MS))
            except _Down:
                log.warning("cache.renew_missed")

    async def _wait(self, name: str, give_up: float) -> None:
        """Returns when the holder is done, when its lock is gone, or when waiting has lasted long enough."""
        try:
            async with self._waiting.pubsub(ignore_subscribe_messages=True) as subscription:
                async with asyncio.timeout(ANSWER_SECONDS):
                    await subscription.subscribe(f"{name}:done")
                while time.monotonic() < give_up:
                    # Asked after subscribing, so that a release in between is not missed.
                    left = await self._ask(self._redis.pttl(f"{name}:lock"))
                    if left < 0:
                        return
                    pause = min(left / 1000 + 0.01, max(0.0, give_up - time.monotonic()))
                    if await subscription.get_message(timeout=pause) is not None:
                        return
        except (RedisError, OSError, TimeoutError) as error:
            self._mark_down(error)
            raise _Down from error

    async def _ask(self, request: Any) -> Any:
        if time.monotonic() < self._down_until:
            request.close()
            raise _Down
        try:
            return await request
        except (RedisError, OSError, TimeoutError) as error:
            self._mark_down(error)
            raise _Down from error

    def _mark_down(self, error: BaseException) -> None:
        """Leaves the server alone for a moment, so that not every call waits for its time-out."""
        self._down_until = time.monotonic() + DOWN_SECONDS
        log.warning("cache.down", error=type(error).__name__)


class HasCache(Protocol):
    """What `cached` needs of the object whose method it wraps."""

    @property
    def cache(self) -> Cache:
        """The cache to use."""


def cached(
    *, ttl: timedelta, key: Callable[..., str]
) -> Callable[[Callable[Args, Awaitable[Value]]], Callable[Args, Awaitable[Value]]]:
    """Caches an async method of an object with a `cache`; `key` gets the method's arguments, `self` included.

    The value must be JSON: None, bool, number, str, and lists and dicts of them.
    """

    def wrap(method: Callable[Args, Awaitable[Value]]) -> Callable[Args, Awaitable[Value]]:
        @functools.wraps(method)
        async def call(*args: Args.args, **kwargs: Args.kwargs) -> Value:
            owner = cast(HasCache, args[0])

            async def compute() -> Value:
                return await method(*args, **kwargs)

            return await owner.cache.get_or_compute(key(*args, **kwargs), compute, ttl)

        return call

    return wrap
