"""Sixty planted breaks and thousands of good runs: what detection finds, and what it says without cause.

The boards are made up by a seed; the constants of detection were chosen on other seeds than these. A good run of a
target is negative binomial about the target's own mean (hundreds of targets, log-normal), moved by night, weekend and
a slow drift, and sometimes empty for no reason; shares of fields differ by target and run beyond chance.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from blacklight_scraper.alarms.detection import NEW_RUNS, Usual, fit, judge
from blacklight_scraper.alarms.runs import Run
from blacklight_scraper.intake.fills import FIELDS
from blacklight_testkit.faults import guards

USUAL_RUNS = 1200
GOOD_RUNS = 500
BOUND = 100
"""Runs of its platform within which a break has to be found."""
GOOD_STEP, BREAK_STEP = 10, 5
BOARDS, BREAKS = 6, 10


@dataclass(frozen=True)
class Planted:
    """A break: `thinned` says what part of a target's postings still comes; `place` loses `emptied` of its values."""

    name: str
    thinned: Callable[[UUID], float] = lambda _: 1.0
    place: int | None = None
    emptied: float = 0.0


class Board:
    """A job board's runs, one after the other."""

    def __init__(self, seed: str) -> None:
        self.random = random.Random(seed)
        draw = self.random.uniform
        self.targets = [UUID(int=self.random.getrandbits(128)) for _ in range(self.random.randint(200, 500))]
        usual = draw(15, 40)
        self.means = {each: min(200.0, usual * math.exp(self.random.gauss(0, 0.8))) for each in self.targets}
        self.shape, self.empty, self.runs_a_day = draw(1.5, 6), draw(0, 0.05), draw(150, 1500)
        self.night, self.weekend, self.drift = draw(0, 0.3), draw(0.65, 1), 0.0
        self.shares = [1.0, 1.0, 0.98, 0.05, 0.3, *(draw(0.05, 1) for _ in FIELDS[5:])]
        self.own = {each: [self._near(share, draw(10, 60)) for share in self.shares] for each in self.targets}
        self.now = datetime(2026, 3, 2, tzinfo=UTC) + timedelta(hours=draw(0, 168))
        self.upcoming: list[UUID] = []

    def run(self, planted: Planted | None = None) -> Run:
        self.now += timedelta(days=self.random.expovariate(self.runs_a_day))
        self.drift = 0.999 * self.drift + self.random.gauss(0, 0.006)
        if not self.upcoming:
            self.upcoming = self.random.sample(self.targets, len(self.targets))
        target = self.upcoming.pop()
        count = 0 if self.random.random() < self.empty else self._count(self.means[target] * self._level())
        if planted is not None:
            count = self._binomial(count, planted.thinned(target))
        shares = [self._near(share, 60) for share in self.own[target]]
        if planted is not None and planted.place is not None:
            shares[planted.place] *= 1 - planted.emptied
        return Run(target, self.now, count, count, tuple(self._binomial(count, share) for share in shares))

    def _level(self) -> float:
        hour = self.now.hour + self.now.minute / 60
        level = 1 + self.night * math.cos((hour - 15) / 12 * math.pi)
        return level * (self.weekend if self.now.weekday() >= 5 else 1) * math.exp(self.drift)

    def _near(self, share: float, size: float) -> float:
        return share if share >= 0.98 or share <= 0 else self.random.betavariate(share * size, (1 - share) * size)

    def _count(self, mean: float) -> int:
        rate = self.random.gammavariate(self.shape, mean / self.shape)
        if rate > 50:
            return min(400, max(0, round(self.random.gauss(rate, math.sqrt(rate)))))
        count, product, least = 0, self.random.random(), math.exp(-rate)
        while product > least:
            count, product = count + 1, product * self.random.random()
        return count

    def _binomial(self, count: int, share: float) -> int:
        if share >= 1:
            return count
        variance = count * share * (1 - share)
        if variance > 9:
            return min(count, max(0, round(self.random.gauss(count * share, math.sqrt(variance)))))
        return sum(self.random.random() < share for _ in range(count))


def breaks_of(board: Board, number: int) -> list[Planted]:
    """Ten breaks: to nothing, to a part of the usual, of some targets only; and five fields that empty."""
    draw = random.Random(f"breaks {number}")
    some = {each for each in board.targets if draw.random() < draw.uniform(0.4, 0.6)}
    weak, left = draw.uniform(0.1, 0.3), draw.uniform(0, 0.3)
    counts = [
        Planted("nothing comes", lambda _: 0.0),
        Planted("a part comes", lambda _: weak),
        Planted("three tenths come", lambda _: 0.3),
        Planted("some targets give a part", lambda target: left if target in some else 1.0),
        Planted("some targets give nothing", lambda target: 0.0 if target in some else 1.0),
    ]
    places = draw.sample(range(len(FIELDS)), 5)
    return counts + [Planted(f"{FIELDS[place]} empties", place=place, emptied=draw.uniform(0.6, 1)) for place in places]


def found_after(board: Board, usual: Usual, runs: list[Run], planted: Planted) -> int | None:
    """Runs after which a planted break is found; None when not within BOUND."""
    state = board.random.getstate(), board.now, board.drift, list(board.upcoming)
    later = list(runs)
    found = None
    for count in range(1, BOUND + 1):
        later.append(board.run(planted))
        if count % BREAK_STEP == 0 and planted.place in {each.place for each in judge(usual, later[-NEW_RUNS:])}:
            found = count
            break
    board.random.setstate(state[0])
    board.now, board.drift, board.upcoming = state[1:]
    return found


def false_alarms(board: Board, runs: list[Run]) -> int:
    """Alarms that good runs raise."""
    raised, held = 0, frozenset[int | None]()
    usual = fit(runs[:-NEW_RUNS])
    for count in range(1, GOOD_RUNS + 1):
        runs.append(board.run())
        if count % 100 == 0:
            usual = fit(runs[:-NEW_RUNS])
        if count % GOOD_STEP == 0:
            assert usual is not None
            now = frozenset(each.place for each in judge(usual, runs[-NEW_RUNS:], held))
            raised, held = raised + len(now - held), now
    return raised


@pytest.mark.parametrize("seed", [11, 12, 13])
def test_finds_58_of_60_planted_breaks_with_at_most_one_false_alarm_in_1000_good_runs(seed: int) -> None:
    found, false, good, missed = [], 0, 0, []
    for number in range(BOARDS):
        board = Board(f"{seed}/{number}")
        runs = [board.run() for _ in range(USUAL_RUNS)]
        usual = fit(runs[:-NEW_RUNS])
        assert usual is not None
        for planted in breaks_of(board, seed * 100 + number):
            after = found_after(board, usual, runs, planted)
            found += [] if after is None else [after]
            missed += [] if after is not None else [planted.name]
        false += false_alarms(board, runs)
        good += GOOD_RUNS
    print(  # noqa: T201 - the figures are the point
        f"seed {seed}: found {len(found)}/{BOARDS * BREAKS} (median after {sorted(found)[len(found) // 2]} runs, "
        f"last after {max(found)}; missed: {missed}), false alarms {false} in {good} good runs"
    )
    assert len(found) >= 58
    assert false * 1000 <= good


@guards(
    "F-18",
    file="services/scraper/src/blacklight_scraper/alarms/counts.py",
    old="_ratio(run.taken, ",
    new="_ratio(run.received, ",
)
def test_f18_postings_that_are_all_refused_since_a_field_moved_raise_an_alarm() -> None:
    """The hosts send as many as ever, and none is taken."""
    board = Board("moved")
    runs = [board.run() for _ in range(USUAL_RUNS)]
    usual = fit(runs)
    assert usual is not None
    moved = [board.run() for _ in range(20)]
    refused = [Run(run.target_id, run.report_time, run.received, 0, run.fills) for run in moved]
    [found] = judge(usual, refused)
    assert found.place is None
    assert found.observed == 0
    assert found.expected > 10


def test_a_field_that_moves_to_another_is_found_by_its_name() -> None:
    board = Board("by name")
    runs = [board.run() for _ in range(USUAL_RUNS)]
    usual = fit(runs)
    place = FIELDS.index("company")
    moved = [board.run(Planted("company", place=place, emptied=1.0)) for _ in range(20)]
    assert usual is not None
    [found] = judge(usual, moved)
    assert FIELDS[found.place or 0] == "company"
    assert (found.observed, found.runs >= 3) == (0, True)
    assert found.expected > 0.9


def test_says_nothing_of_a_platform_with_few_runs() -> None:
    board = Board("young")
    assert fit([board.run() for _ in range(100)]) is None


def test_an_alarm_holds_until_the_score_has_fallen_far_below_the_limit() -> None:
    board = Board("recovers")
    runs = [board.run() for _ in range(USUAL_RUNS)]
    usual = fit(runs)
    assert usual is not None
    runs += [board.run(Planted("nothing comes", lambda _: 0.0)) for _ in range(30)]
    assert judge(usual, runs[-NEW_RUNS:])
    held, cleared = frozenset[int | None]({None}), 0
    while held:
        runs.append(board.run())
        cleared += 1
        held = frozenset(each.place for each in judge(usual, runs[-NEW_RUNS:], held))
        assert cleared <= NEW_RUNS
    assert cleared > 3
