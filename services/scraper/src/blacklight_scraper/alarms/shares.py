"""Which share of a run's postings hold a field: beta-binomial about its target's usual share. Pure.

The beta-binomial says how shares of runs vary more than chance would (J. G. Skellam, "A probability distribution
derived from the binomial distribution by regarding the probability of success as variable between the sets of trials",
Journal of the Royal Statistical Society B 10 (1948)); a target's share is drawn to the platform's by credibility.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, lgamma
from uuid import UUID

from blacklight_scraper.alarms.runs import Run, by_target

UNBROKEN = 0.9
BROKEN = (0.35, 0.03)
"""What holds the field in a broken run, as parts of what did: a field empty in 60 to 100 of 100 postings."""
RAREST = 0.02
"""A field held by fewer is not watched."""
_LEAST, _MOST = 0.004, 0.996


@dataclass(frozen=True, slots=True)
class ShareModel:
    """Which share of a platform's postings hold a field.

    Attributes:
        place: of the field among those counted.
        share: of a target that nobody has met yet.
        between: correlation of postings of one target.
        within: correlation of postings of one run, beyond that.
        targets: of each target, its share and how far that can be believed, 0 to 1.
    """

    place: int
    share: float
    between: float
    within: float
    targets: dict[UUID, tuple[float, float]]

    def expect(self, run: Run) -> float:
        """The share that a run of this target should have."""
        return self.targets.get(run.target_id, (self.share, 0.0))[0]

    def ratio(self, run: Run) -> float:
        """The likelihood of a run's share when the field is broken over that when it is not."""
        share, credibility = self.targets.get(run.target_id, (self.share, 0.0))
        alike = min(max(self.within + self.between * (1 - credibility), 0.002), 0.8)
        held, size = run.fills[self.place], 1 / alike - 1
        whole = _likelihood(held, run.received, _inside(share * UNBROKEN), size)
        broken = [_likelihood(held, run.received, _inside(share * part), size) for part in BROKEN]
        return sum(exp(min(each - whole, 14.0)) for each in broken) / len(broken)


def fit_shares(runs: Sequence[Run], place: int) -> ShareModel | None:
    """What good runs say of a field; None where hardly any posting holds it. `runs` have postings, counted."""
    received = sum(run.received for run in runs)
    share = sum(run.fills[place] for run in runs) / received
    if share < RAREST:
        return None
    variance = max(share * (1 - share), 1e-4)
    raw = {
        target: (sum(run.fills[place] for run in group), sum(run.received for run in group))
        for target, group in by_target(runs).items()
    }
    between = _correlation(list(raw.values()), share, variance)
    within = _correlation(
        [
            (run.fills[place] - (raw[run.target_id][0] / raw[run.target_id][1] - share) * run.received, run.received)
            for run in runs
        ],
        share,
        variance,
    )
    strength = (1 - between) / between
    targets = {
        target: ((held + strength * share) / (count + strength), count / (count + strength))
        for target, (held, count) in raw.items()
    }
    return ShareModel(place, share, between, within, targets)


def _correlation(groups: Sequence[tuple[float, int]], share: float, variance: float) -> float:
    """How alike the postings of a group are, by moments; 0.002 to 0.8."""
    above = weight = 0.0
    for held, count in groups:
        above += (held - count * share) ** 2 - count * variance
        weight += count * (count - 1) * variance
    return min(max(above / weight if weight else 0.0, 0.002), 0.8)


def _inside(share: float) -> float:
    return min(max(share, _LEAST), _MOST)


def _likelihood(held: int, count: int, share: float, size: float) -> float:
    """Logarithm of the beta-binomial's likelihood, but for terms that do not depend on the share."""
    one, other = share * size, (1 - share) * size
    return lgamma(held + one) + lgamma(count - held + other) - lgamma(one) - lgamma(other)
