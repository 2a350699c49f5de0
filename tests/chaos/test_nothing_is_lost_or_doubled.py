"""R1 in small: 50 of its runs, ten that kill a process and forty that cut streams and fail commits."""

from __future__ import annotations

import asyncio

from tests.chaos.r1 import trial


def test_nothing_is_lost_or_doubled_whatever_is_cut_and_killed() -> None:
    outcome = asyncio.run(trial(seed=50, runs=50, kills=10))
    assert list(outcome.faults) == []
    assert outcome.process_kills == 10
    assert outcome.failed_commits > 0
    assert outcome.resent > 0
