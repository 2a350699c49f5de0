"""What becomes of a batch, over every standing of its session."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from blacklight_scraper.fleet.verdicts import Acknowledged, BatchWrite, Take, judge
from blacklight_scraper.intake.posted_date import is_iso_date
from blacklight_scraper.intake.states import KeptBatch
from blacklight_scraper.sessions.refusals import RefusalView
from blacklight_scraper.sessions.states import Holding
from blacklight_testkit.faults import guards
from hypothesis import given
from hypothesis import strategies as st

KEY, ROLE, SESSION = UUID(int=1), UUID(int=2), UUID(int=3)
NOW = datetime(2026, 3, 14, tzinfo=UTC)
LATE = timedelta(hours=24)
HOLDING = Holding(KEY, ROLE, 4, ("dice",), last_sequence=7, end_time=None)
WRITE = BatchWrite(KEY, SESSION, 4, 8, "dice", b"x", b"sum", 1, 1, b"ack")


def verdict(write: BatchWrite = WRITE, holding: Holding | None = HOLDING, kept: KeptBatch | None = None) -> object:
    return judge(write, holding, kept, now=NOW, late=LATE)


def test_takes_the_next_number() -> None:
    assert verdict() == Take(HOLDING)


@pytest.mark.parametrize(
    ("write", "holding", "reason"),
    [
        (WRITE, None, "SESSION_NOT_FOUND"),
        (replace(WRITE, api_key_id=UUID(int=9)), HOLDING, "SESSION_NOT_FOUND"),
        (replace(WRITE, fencing_token=3), HOLDING, "STALE_FENCING_TOKEN"),
        (replace(WRITE, platform="indeed"), HOLDING, "UNKNOWN_PLATFORM"),
        (replace(WRITE, sequence=9), HOLDING, "SEQUENCE_GAP"),
        (WRITE, replace(HOLDING, end_time=NOW - LATE - timedelta(seconds=1)), "SESSION_ENDED"),
    ],
)
def test_refuses_what_does_not_fit(write: BatchWrite, holding: Holding | None, reason: str) -> None:
    found = verdict(write, holding)
    assert isinstance(found, RefusalView)
    assert found.reason == reason


@guards(
    "F-15",
    file="services/scraper/src/blacklight_scraper/fleet/verdicts.py",
    old="if holding.end_time is not None and now - holding.end_time > late:",
    new="if holding.end_time is not None:",
)
@pytest.mark.parametrize("hours", [0, 23, 24])
def test_f15_takes_a_spooled_batch_for_a_day_after_its_session_has_ended(hours: int) -> None:
    ended = replace(HOLDING, end_time=NOW - timedelta(hours=hours))
    assert verdict(WRITE, ended) == Take(ended)


def test_acknowledges_a_repeat_as_before_even_long_after_the_end() -> None:
    ended = replace(HOLDING, end_time=NOW - timedelta(days=30))
    kept = KeptBatch(b"sum", "dice", b"first ack")
    assert verdict(replace(WRITE, sequence=7), ended, kept) == Acknowledged(b"first ack")


@pytest.mark.parametrize("kept", [None, KeptBatch(b"other", "dice", b"a"), KeptBatch(b"sum", "indeed", b"a")])
def test_refuses_other_content_under_a_taken_number(kept: KeptBatch | None) -> None:
    found = verdict(replace(WRITE, sequence=7), kept=kept)
    assert isinstance(found, RefusalView)
    assert (found.reason, found.expected_sequence) == ("SEQUENCE_REUSED", 8)


@given(st.lists(st.integers(min_value=1, max_value=12), max_size=60))
def test_takes_each_number_once_and_in_order_whatever_a_host_sends(sequences: list[int]) -> None:
    holding, taken = replace(HOLDING, last_sequence=0), list[int]()
    kept: dict[int, KeptBatch] = {}
    for sequence in sequences:
        write = replace(WRITE, sequence=sequence)
        found = judge(write, holding, kept.get(sequence), now=NOW, late=LATE)
        if isinstance(found, Take):
            taken.append(sequence)
            holding = replace(holding, last_sequence=sequence)
            kept[sequence] = KeptBatch(write.sha256, write.platform, b"ack")
    assert taken == list(range(1, len(taken) + 1))


@pytest.mark.parametrize(
    "text", ["2026-03-14", "2026-03-14T09:26:53Z", "2026-03-14T09:26:53+01:00", "2026-03-14 09:26"]
)
def test_reads_dates_and_times_of_iso_8601(text: str) -> None:
    assert is_iso_date(text)


@pytest.mark.parametrize("text", ["14/03/2026", "2026-02-30", "20260314", "3 days ago", "2026-03", "2026-03-14T25:00"])
def test_refuses_other_dates(text: str) -> None:
    assert not is_iso_date(text)
