"""What may be lost: values that vanish by themselves, bounded groups, tallies and allowances, on a real server."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest
import redis
from blacklight_servicekit.ephemeral import Ephemeral, Kept
from blacklight_servicekit.errors import Unavailable

LONG = timedelta(minutes=5)


@pytest.fixture
def ephemeral(redis_url: str) -> Iterator[Ephemeral]:
    made = Ephemeral(redis_url, "library")
    yield made
    made.close()


def _alive(ephemeral: Ephemeral) -> list[Kept]:
    return list(ephemeral.values(100))


def test_a_value_replaces_the_one_before_and_is_dropped(ephemeral: Ephemeral) -> None:
    for value in ({"n": 1}, {"n": 2}):
        assert ephemeral.put("shelf:1", "a:b", value, ttl=LONG, most=5)
    assert _alive(ephemeral) == [Kept("shelf:1", "a:b", {"n": 2})]
    ephemeral.drop("shelf:1", "a:b")
    assert _alive(ephemeral) == []


def test_a_value_vanishes_by_itself_and_makes_room(ephemeral: Ephemeral, redis_url: str) -> None:
    assert ephemeral.put("shelf", "old", 1, ttl=timedelta(milliseconds=1), most=1)
    with redis.Redis.from_url(redis_url) as server:
        while server.exists("library:value:shelf:old"):
            pass
    assert _alive(ephemeral) == []
    assert ephemeral.put("shelf", "new", 2, ttl=LONG, most=1)
    assert _alive(ephemeral) == [Kept("shelf", "new", 2)]


def test_a_group_holds_no_more_names_than_it_may(ephemeral: Ephemeral) -> None:
    assert [ephemeral.put("shelf", str(n), n, ttl=LONG, most=3) for n in range(5)] == [True] * 3 + [False] * 2
    assert ephemeral.put("shelf", "1", "again", ttl=LONG, most=3), "a name that is there is no new one"
    assert ephemeral.put("other", "1", 0, ttl=LONG, most=3), "another group has room of its own"
    assert len(list(ephemeral.values(2))) == 2


def test_tallies_add_up_between_threads(ephemeral: Ephemeral) -> None:
    threads = [threading.Thread(target=ephemeral.tally, args=("lines", {"error": 2, "info": 5})) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert ephemeral.tallies("lines") == {"error": 16, "info": 40}
    assert ephemeral.tallies("nothing") == {}


def test_an_allowance_is_spent_up_to_its_limit_and_comes_back(ephemeral: Ephemeral, redis_url: str) -> None:
    assert ephemeral.spend("lines", 60, limit=100, window=LONG) == timedelta()
    assert timedelta() < ephemeral.spend("lines", 60, limit=100, window=LONG) <= LONG
    assert ephemeral.spend("lines", 40, limit=100, window=LONG) == timedelta(), "what was refused was not spent"
    with redis.Redis.from_url(redis_url) as server:
        server.delete("library:spent:lines")
    assert ephemeral.spend("lines", 100, limit=100, window=LONG) == timedelta()


def test_a_server_that_does_not_answer_is_no_bug() -> None:
    with pytest.raises(Unavailable, match="cache"):
        Ephemeral("redis://127.0.0.1:9", "library").tally("lines", {"info": 1})
