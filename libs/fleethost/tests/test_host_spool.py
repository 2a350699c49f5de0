"""What a host keeps: its spool, its window, its cool-downs."""

from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path

import pytest
from blacklight.scraper.v1 import session_pb2
from blacklight_fleethost.cooldowns import LONGEST_SECONDS as LONGEST_REST_SECONDS
from blacklight_fleethost.cooldowns import Cooldowns, rest_seconds
from blacklight_fleethost.retry import LONGEST_SECONDS, pause
from blacklight_fleethost.spool import Spool, SpoolInUse, digest_of
from blacklight_fleethost.window import Window
from blacklight_testkit.faults import guards


def test_keeps_batches_and_what_was_sent_until_acknowledged_and_finished(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    assert spool.resume("s", 1, 0) == 0
    first = spool.add("s", "dice", b"one", [b"a", b"a"])
    second = spool.add("s", "dice", b"two", [b"b"])
    assert (first.sequence, second.sequence) == (1, 2)
    spool.acknowledged("s", 1)
    spool.close()
    again = Spool(tmp_path)
    assert [(batch.sequence, batch.drafts) for batch in again.unacknowledged("s")] == [(2, b"two")]
    assert again.sent("s", "dice") == Counter({digest_of(b"a"): 2, digest_of(b"b"): 1})
    assert again.sessions() == {"s": 1}
    again.forget("s")
    assert again.sessions() == {}
    assert again.unacknowledged("s") == []
    assert not again.sent("s", "dice")
    again.close()


def test_goes_on_after_the_platforms_number_where_that_is_higher(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    spool.resume("s", 1, 0)
    spool.add("s", "dice", b"one", [b"a"])
    assert spool.resume("s", 2, 5) == 5
    assert spool.unacknowledged("s") == []
    assert spool.add("s", "dice", b"six", [b"f"]).sequence == 6
    assert spool.sessions() == {"s": 2}
    spool.close()


def test_goes_on_after_its_own_number_where_that_is_higher() -> None:
    spool = Spool(None)
    spool.resume("s", 1, 0)
    spool.add("s", "dice", b"one", [b"a"])
    spool.add("s", "dice", b"two", [b"b"])
    assert spool.resume("s", 2, 1) == 2
    assert [batch.sequence for batch in spool.unacknowledged("s")] == [2]


def test_lets_one_host_at_a_time_have_it(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    with pytest.raises(SpoolInUse):
        Spool(tmp_path)
    spool.close()
    Spool(tmp_path).close()


def test_waits_longer_after_each_failure_up_to_a_limit_with_some_chance() -> None:
    assert [pause(failures, lambda: 1.0) for failures in (1, 2, 3)] == [0.5, 1.0, 2.0]
    assert pause(1, lambda: 0.0) == 0.25
    assert pause(50, lambda: 1.0) == LONGEST_SECONDS


def test_counts_a_boards_batches_whether_acknowledged_or_not(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    spool.resume("s", 1, 0)
    spool.add("s", "dice", b"one", [b"a"])
    spool.add("s", "dice", b"twos", [b"b"])
    spool.add("s", "indeed", b"three", [b"c"])
    spool.acknowledged("s", 1)
    assert (spool.batches("s", "dice"), spool.batches("s", "indeed"), spool.batches("s", "other")) == (2, 1, 0)
    assert (spool.depth().batches, spool.depth().bytes) == (2, 9)
    assert [(each.platform, each.batches, each.bytes) for each in spool.waiting()] == [("dice", 1, 4), ("indeed", 1, 5)]
    spool.forget("s")
    assert spool.batches("s", "dice") == 0
    spool.close()


def test_lets_only_so_much_on_the_way_but_always_one() -> None:
    async def play() -> None:
        window = Window(2, 100)
        await window.acquire(500)
        waiting = asyncio.ensure_future(window.acquire(1))
        await asyncio.sleep(0)
        assert not waiting.done(), "bytes count as well"
        window.release(500)
        await waiting
        await window.acquire(99)
        third = asyncio.ensure_future(window.acquire(0))
        await asyncio.sleep(0)
        assert not third.done(), "batches count"
        window.change(3, 100)
        await third
        assert window.batches == 3

    asyncio.run(play())


@guards(
    "F-20",
    file="libs/fleethost/src/blacklight_fleethost/cooldowns.py",
    old="2 ** min(failures - 1, 10), LONGEST_SECONDS))",
    new="2 ** min(failures - 1, 10), LONGEST_SECONDS * 1000))",
)
def test_f20_boards_rest_longer_each_time_but_never_for_good() -> None:
    blocked = session_pb2.FAILURE_REASON_BLOCKED
    rests = [rest_seconds(blocked, failures) for failures in (1, 2, 3, 50)]
    assert rests == [1800, 3600, 7200, LONGEST_REST_SECONDS]
    assert all(rest_seconds(reason, 1) > 0 for reason in session_pb2.FailureReason.values())


def test_rests_as_long_as_the_board_asks_a_day_at_most_and_over_restarts(tmp_path: Path) -> None:
    now = [1000.0]
    limited = session_pb2.FAILURE_REASON_RATE_LIMITED
    cooldowns = Cooldowns(tmp_path, clock=lambda: now[0])
    assert cooldowns.failed("dice", limited, 5000.0) == 5000.0
    assert cooldowns.failed("indeed", limited, 1e12) == 86400.0
    again = Cooldowns(tmp_path, clock=lambda: now[0])
    assert set(again.resting()) == {"dice", "indeed"}
    assert again.seconds_to_next() == 5000.0
    now[0] += 5000.0
    assert set(again.resting()) == {"indeed"}
    assert again.failed("dice", limited, None) == 1800.0, "the second in a row"
    again.succeeded("dice")
    assert again.failed("dice", limited, None) == 900.0
    (tmp_path / "cooldowns.json").write_text('{"dice": 3}')
    assert Cooldowns(tmp_path).resting() == {}
