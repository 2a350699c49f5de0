"""Finds breaks of a platform in its runs: far fewer postings than usual, or a field that has become empty. Pure.

A model of the earlier runs says what to expect of each new run; CUSUM sums up how far the new ones speak for a break
(see `evidence`). Several things are watched at once, so each has to say so louder, by the logarithm of their number
(Bonferroni's correction, as the false alarms of CUSUM fall exponentially with its limit), and louder than the
platform's good runs ever did.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import log

from blacklight_scraper.alarms.counts import CountModel, fit_counts
from blacklight_scraper.alarms.evidence import Chart, highest_score, last_score, share_of_odd
from blacklight_scraper.alarms.runs import Run
from blacklight_scraper.alarms.shares import ShareModel, fit_shares

NEW_RUNS = 120
"""So many of a platform's last runs are judged; those before them say what is usual."""
FEWEST_USUAL = 150
"""Earlier runs without which nothing is said."""
LIMIT = 5.0
HIGHEST_LIMIT = 18.0
CLEARED = 0.25


@dataclass(frozen=True, slots=True)
class Watch:
    """One thing that is watched: the count (`place` None) or a field's share, with the chart it is scored on."""

    model: CountModel | ShareModel
    chart: Chart


@dataclass(frozen=True, slots=True)
class Usual:
    """What is usual for a platform."""

    watches: tuple[Watch, ...]


@dataclass(frozen=True, slots=True)
class Break:
    """A break.

    Attributes:
        place: of the field among those counted; None for the count.
        observed: postings a run, or the share of postings that hold the field.
        expected: what it would be.
        runs: that it rests on.
    """

    place: int | None
    observed: float
    expected: float
    runs: int


def fit(runs: Sequence[Run]) -> Usual | None:
    """What is usual, from a platform's good runs in their order; None where they are too few."""
    if len(runs) < FEWEST_USUAL:
        return None
    models: list[CountModel | ShareModel] = [fit_counts(runs)]
    counted = [run for run in runs if run.received and run.fills]
    if len(counted) >= FEWEST_USUAL:
        places = min(len(run.fills) for run in counted)
        shares = (fit_shares(counted, place) for place in range(places))
        models += [model for model in shares if model is not None]
    limit = LIMIT + log(len(models))
    return Usual(tuple(Watch(model, _chart(model, runs, limit)) for model in models))


def judge(usual: Usual, runs: Sequence[Run], open_places: frozenset[int | None] = frozenset()) -> list[Break]:
    """The breaks that a platform's newest runs, in their order, show; `open_places` are those known already.

    A known one holds until the score has fallen far below the limit, so that it does not come and go.
    """
    found = []
    for watch in usual.watches:
        place = watch.model.place if isinstance(watch.model, ShareModel) else None
        judged = _told(watch.model, runs)
        steps = [watch.chart.step(watch.model.ratio(run)) for run in judged]
        score, length = last_score(steps, most=1.5 * watch.chart.limit)
        if score >= watch.chart.limit * (CLEARED if place in open_places else 1):
            found.append(_break(watch.model, place, judged[-length:]))
    return found


def _chart(model: CountModel | ShareModel, runs: Sequence[Run], limit: float) -> Chart:
    ratios = [model.ratio(run) for run in _told(model, runs)]
    chart = Chart(share_of_odd(ratios), limit)
    highest = highest_score(chart.step(ratio) for ratio in ratios)
    return Chart(chart.odd, min(max(limit, highest), HIGHEST_LIMIT))


def _told(model: CountModel | ShareModel, runs: Sequence[Run]) -> list[Run]:
    """The runs that say something: of a field only those with postings, counted."""
    if isinstance(model, CountModel):
        return list(runs)
    return [run for run in runs if run.received and len(run.fills) > model.place]


def _break(model: CountModel | ShareModel, place: int | None, runs: Sequence[Run]) -> Break:
    if isinstance(model, CountModel):
        observed = sum(run.taken for run in runs) / len(runs)
        expected = sum(model.expect(run).mean for run in runs) / len(runs)
        return Break(None, observed, expected, len(runs))
    received = sum(run.received for run in runs)
    observed = sum(run.fills[model.place] for run in runs) / received
    expected = sum(model.expect(run) * run.received for run in runs) / received
    return Break(place, observed, expected, len(runs))
