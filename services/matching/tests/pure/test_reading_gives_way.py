"""Reading rests while postings pour in, never for long, and not for the few."""

from __future__ import annotations

from blacklight_matching.postings.reading.pace import Pace


def test_a_few_postings_a_second_are_read_at_once() -> None:
    pace = Pace()
    assert [pace.rests(50 * second, float(second)) for second in range(1, 100)] == [False] * 99


def test_the_first_look_reads_whatever_waits() -> None:
    assert not Pace().rests(1_000_000, 5.0)


def test_a_burst_long_after_the_last_look_is_read_at_once() -> None:
    pace = Pace()
    pace.rests(1, 0.0)
    assert not pace.rests(5_000, 60.0)


def test_reading_rests_while_postings_pour_in_but_for_a_page_now_and_then() -> None:
    pace = Pace()
    read = [second for second in range(61) if not pace.rests(1 + 2_000 * second, float(second))]
    assert read == [0, 15, 30, 45, 60]


def test_pages_are_short_while_postings_pour_in_and_whole_again_afterwards() -> None:
    pace = Pace()
    pages = []
    for second, ticket in enumerate((*range(1, 34_000, 2_000), 32_101)):
        if not pace.rests(ticket, float(second)):
            pages.append((second, pace.page))
    assert pages == [(0, 500), (15, 50), (17, 500)]


def test_reading_goes_on_when_it_is_over() -> None:
    pace = Pace()
    rested = [pace.rests(ticket, float(second)) for second, ticket in enumerate((1, 3_001, 6_001, 6_101, 6_101))]
    assert rested == [False, True, True, False, False]


def test_many_at_once_within_one_look_are_a_rush_however_short_it_was() -> None:
    pace = Pace()
    pace.rests(1, 0.0)
    assert not pace.rests(400, 0.2)
    assert pace.rests(1_000, 0.4)


def test_a_look_that_finds_none_waiting_does_not_make_the_next_one_a_rush() -> None:
    pace = Pace()
    assert [pace.rests(ticket, float(second)) for second, ticket in enumerate((80_000, 0, 80_050, 0, 80_100))] == [
        False
    ] * 5
    assert pace.page == 500
