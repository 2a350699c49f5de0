"""What a service may lose at any time, shared between its processes through Valkey or Redis: values that vanish by
themselves, tallies, and allowances for a span of time. For what must not be lost there is the database.

Synchronous, for the pool of unary methods. Raises Unavailable (CACHE_UNAVAILABLE) while the server does not answer.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, cast

import redis
from redis.exceptions import RedisError

from blacklight_servicekit.errors import Unavailable

ANSWER_SECONDS = 2.0
CONNECTIONS = 16

# Two indexes by end of life, of a group and of all; both forget what has ended, here and nowhere else.
_PUT = """
local time = redis.call('time')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('zremrangebyscore', KEYS[1], '-inf', now)
redis.call('zremrangebyscore', KEYS[2], '-inf', now)
if not redis.call('zscore', KEYS[1], ARGV[1]) and redis.call('zcard', KEYS[1]) >= tonumber(ARGV[4]) then return 0 end
for i = 1, 2 do
  redis.call('zadd', KEYS[i], now + ARGV[3], ARGV[i])
  redis.call('pexpire', KEYS[i], ARGV[3])
end
redis.call('set', KEYS[3], ARGV[5], 'px', ARGV[3])
return 1
"""
_SPEND = """
local spent = redis.call('incrby', KEYS[1], ARGV[1])
if spent == tonumber(ARGV[1]) then redis.call('pexpire', KEYS[1], ARGV[3]) end
if spent <= tonumber(ARGV[2]) then return 0 end
redis.call('decrby', KEYS[1], ARGV[1])
return math.max(1, redis.call('pttl', KEYS[1]))
"""


@dataclass(frozen=True, slots=True)
class Kept:
    """A value that is alive, of a group under a name."""

    group: str
    name: str
    value: Any


class Ephemeral:
    """Values as JSON under `namespace:`."""

    def __init__(self, redis_url: str, namespace: str) -> None:
        self._redis = redis.Redis.from_url(
            redis_url,
            decode_responses=True,
            socket_timeout=ANSWER_SECONDS,
            socket_connect_timeout=ANSWER_SECONDS,
            max_connections=CONNECTIONS,
        )
        self._namespace = namespace
        self._all = self._key("all")

    def close(self) -> None:
        """Closes the connections."""
        self._redis.close()

    def put(self, group: str, name: str, value: Any, *, ttl: timedelta, most: int) -> bool:
        """Keeps the value for `ttl` instead of the one before; False when `most` other names of the group are alive."""
        member = json.dumps([group, name])
        keys = (self._key("group", group), self._all, self._key("value", group, name))
        with _answering():
            kept = self._redis.eval(_PUT, 3, *keys, name, member, _milliseconds(ttl), most, json.dumps(value))
        return bool(kept)

    def drop(self, group: str, name: str) -> None:
        """Forgets a value."""
        with _answering(), self._redis.pipeline() as together:
            together.zrem(self._key("group", group), name)
            together.zrem(self._all, json.dumps([group, name]))
            together.delete(self._key("value", group, name))
            together.execute()

    def values(self, most: int) -> Iterator[Kept]:
        """At most so many values that are alive, one read at a time: they may be large."""
        with _answering():
            members = cast(list[str], self._redis.zrange(self._all, 0, most - 1))
        for group, name in sorted(json.loads(member) for member in members):
            with _answering():
                value = cast(str | None, self._redis.get(self._key("value", group, name)))
            if value is not None:
                yield Kept(group, name, json.loads(value))

    def tally(self, name: str, counts: Mapping[str, int]) -> None:
        """Adds to the counts that are kept under a name; they never vanish by themselves, so let there be few."""
        with _answering(), self._redis.pipeline() as together:
            for field, count in counts.items():
                together.hincrby(self._key("tally", name), field, count)
            together.execute()

    def tallies(self, name: str) -> dict[str, int]:
        """The counts under a name."""
        with _answering():
            found = cast(dict[str, str], self._redis.hgetall(self._key("tally", name)))
        return {field: int(count) for field, count in sorted(found.items())}

    def spend(self, name: str, amount: int, *, limit: int, window: timedelta) -> timedelta:
        """Spends of an allowance of `limit` in each `window`; zero, or for how long there is not so much left."""
        with _answering():
            wait = self._redis.eval(_SPEND, 1, self._key("spent", name), amount, limit, _milliseconds(window))
        return timedelta(milliseconds=int(cast(int, wait)))

    def _key(self, *parts: str) -> str:
        return ":".join((self._namespace, *parts))


def _milliseconds(span: timedelta) -> int:
    return max(1, int(span.total_seconds() * 1000))


@contextmanager
def _answering() -> Iterator[None]:
    try:
        yield
    except RedisError as error:
        raise Unavailable("the cache does not answer; try again", reason="CACHE_UNAVAILABLE") from error
