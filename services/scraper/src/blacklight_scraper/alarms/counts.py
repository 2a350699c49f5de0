"""How many postings a run gives: negative binomial about what its target usually gives. Pure.

A target's mean is drawn to the platform's by credibility (H. Bühlmann, "Experience rating and credibility", ASTIN
Bulletin 4 (1967)), so that a target met twice is not taken at its word; times of the week and the last days' level are
factors on it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, log
from uuid import UUID

from blacklight_scraper.alarms.runs import Run, by_target, part_of_week

UNBROKEN = 0.8
"""A run that gives so much of what is expected is as good as any: levels drift."""
BROKEN = (0.3, 0.03)
"""What a broken run gives, as parts of what is expected."""
LAST_DAYS = 200
_FEWEST_SHAPE, _MOST_SHAPE = 0.5, 50.0
_SEASON_RUNS = 20
HIGHEST_RATIO = 1e6


@dataclass(frozen=True, slots=True)
class Expectation:
    """What a run should give: `mean` postings, and `shape` of its negative binomial (variance mean + mean²/shape)."""

    mean: float
    shape: float


@dataclass(frozen=True, slots=True)
class CountModel:
    """What a platform's runs give.

    Attributes:
        mean: of a target that nobody has met yet.
        spread: squared coefficient of variation between targets.
        noise: 1/shape of one target's runs.
        targets: of each target, its factor to the mean and how far that can be believed, 0 to 1.
        seasons: factor of each part of the week.
        level: factor of the last days.
    """

    mean: float
    spread: float
    noise: float
    targets: dict[UUID, tuple[float, float]]
    seasons: tuple[float, ...]
    level: float

    def expect(self, run: Run) -> Expectation:
        """What a run of this target at this time should give."""
        factor, credibility = self.targets.get(run.target_id, (1.0, 0.0))
        mean = self.mean * factor * self.seasons[part_of_week(run.report_time)] * self.level
        shape = 1 / (self.noise + self.spread * (1 - credibility))
        return Expectation(max(mean, 0.01), min(max(shape, _FEWEST_SHAPE), _MOST_SHAPE))

    def ratio(self, run: Run) -> float:
        """The likelihood of a run's count when the platform is broken over that when it is not."""
        expected = self.expect(run)
        whole = expected.mean * UNBROKEN
        return sum(_ratio(run.taken, expected.mean * part, whole, expected.shape) for part in BROKEN) / len(BROKEN)


def fit_counts(runs: Sequence[Run]) -> CountModel:
    """What a platform's good runs, in their order, say about the next ones."""
    mean = max(sum(run.taken for run in runs) / len(runs), 0.01)
    model = CountModel(mean, 0.5, 0.5, {}, (1.0,) * 12, 1.0)
    for _ in range(2):
        targets, spread = _targets(runs, model)
        model = CountModel(mean, spread, model.noise, targets, model.seasons, 1.0)
        model = CountModel(mean, spread, model.noise, targets, _seasons(runs, model), 1.0)
        model = CountModel(mean, spread, _noise(runs, model), targets, model.seasons, 1.0)
    last = runs[-LAST_DAYS:]
    level = _quotient(last, model, _SEASON_RUNS)
    return CountModel(mean, model.spread, model.noise, model.targets, model.seasons, min(max(level, 0.5), 2.0))


def _targets(runs: Sequence[Run], model: CountModel) -> tuple[dict[UUID, tuple[float, float]], float]:
    """Each target's factor with its credibility, and the spread between targets."""
    groups = by_target(runs)
    raw = {
        target: sum(run.taken / model.seasons[part_of_week(run.report_time)] for run in group) / len(group) / model.mean
        for target, group in groups.items()
    }
    within = model.noise + 1 / model.mean
    usual = len(groups) / sum(1 / len(group) for group in groups.values())
    middle = sum(raw.values()) / len(raw)
    variance = sum((factor - middle) ** 2 for factor in raw.values()) / max(len(raw) - 1, 1)
    spread = max(variance - within / usual, 0.02)
    found = {}
    for target, group in groups.items():
        credibility = len(group) / (len(group) + within / spread)
        found[target] = (credibility * raw[target] + (1 - credibility), credibility)
    return found, spread


def _seasons(runs: Sequence[Run], model: CountModel) -> tuple[float, ...]:
    flat = CountModel(model.mean, model.spread, model.noise, model.targets, (1.0,) * 12, 1.0)
    parts: list[list[Run]] = [[] for _ in range(12)]
    for run in runs:
        parts[part_of_week(run.report_time)].append(run)
    return tuple(_quotient(part, flat, _SEASON_RUNS) for part in parts)


def _quotient(runs: Sequence[Run], model: CountModel, weight: float) -> float:
    """What came over what was expected, drawn to 1 as by `weight` runs more; no run counts for more than four."""
    expected = [model.expect(run).mean for run in runs]
    came = sum(min(run.taken, 4 * mean) for run, mean in zip(runs, expected, strict=True))
    return (came + weight * model.mean) / (sum(expected) + weight * model.mean)


def _noise(runs: Sequence[Run], model: CountModel) -> float:
    """1/shape by moments."""
    above = squares = 0.0
    for run in runs:
        mean = model.expect(run).mean
        above += min((run.taken - mean) ** 2, 9 * mean**2 + 9 * mean) - mean
        squares += mean**2
    return min(max(above / squares, 1 / _MOST_SHAPE), 1 / _FEWEST_SHAPE)


def _ratio(count: int, broken: float, whole: float, shape: float) -> float:
    """NB(count; broken, shape) / NB(count; whole, shape)."""
    wider = log((shape + whole) / (shape + broken))
    value = shape * wider + count * (log(broken / whole) + wider)
    return min(exp(min(value, 14.0)), HIGHEST_RATIO)
