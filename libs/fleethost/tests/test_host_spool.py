"""The spool: what survives a crash, and what leaves it."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from blacklight_fleethost.retry import LONGEST_SECONDS, pause
from blacklight_fleethost.spool import Spool, SpoolInUse, digest_of


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
