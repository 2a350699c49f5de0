"""Pay of postings that state a rate for each way of being paid: "W2 $55/hr, C2C $65/hr".

A posting has one pay. It is the rate of the ways that the posting offers; where it offers several, the range from the
lowest rate to the highest. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from blacklight_matching.postings.extraction.contract import C2C, FORM_1099, W2, find_contracts
from blacklight_matching.postings.extraction.pay import Pay, best_pay, pays_in, pays_in_field
from blacklight_matching.postings.extraction.sentences import Span

PAID_AS = frozenset({W2, C2C, FORM_1099})
_NEAR = 40
"""Characters between an amount and the words that say how it is paid."""
_APART = 120
"""Characters between two rates of one job."""


def find_rate(text: str, country: str = "", offered: Iterable[str] = ()) -> Pay | None:
    """The pay a posting states, or None.

    Args:
        country: ISO 3166-1, where the work is.
        offered: the kinds of contract that the posting offers; empty where it does not say.
    """
    pays = pays_in(text, country)
    return across_ways(text, pays, offered) or best_pay(pays)


def rate_in_field(value: str, country: str = "", offered: Iterable[str] = ()) -> Pay | None:
    """The pay in a field that is only about pay: "60-70/hr", "W2 $55/hr, C2C $65/hr"."""
    pays = pays_in_field(value, country)
    return across_ways(value, pays, offered) or best_pay(pays)


def across_ways(text: str, pays: Sequence[Pay], offered: Iterable[str] = ()) -> Pay | None:
    """One pay out of those that stand side by side, each for another way of being paid; None where there are none."""
    for first in range(len(pays)):
        group = _side_by_side(pays, first)
        if len(group) < 2:
            continue
        ways = _ways(text, group)
        if all(ways) and len({frozenset(way) for way in ways}) == len(ways):
            wanted = PAID_AS.intersection(offered)
            chosen = [pay for pay, way in zip(group, ways, strict=True) if way & wanted] or group
            return _range(chosen)
    return None


def _side_by_side(pays: Sequence[Pay], first: int) -> list[Pay]:
    group = [pays[first]]
    for pay in pays[first + 1 :]:
        same = (pay.currency, pay.period) == (group[0].currency, group[0].period)
        if not same or pay.span.start - group[-1].span.end > _APART:
            break
        group.append(pay)
    return group


def _ways(text: str, group: Sequence[Pay]) -> list[set[str]]:
    """How each amount is paid, as the words before each of them say, else those behind each."""
    bounds = [text.rfind("\n", 0, group[0].span.start) + 1, *(pay.span.end for pay in group)]
    before = [
        _paid_as(text[max(bound, pay.span.start - _NEAR) : pay.span.start])
        for bound, pay in zip(bounds, group, strict=False)
    ]
    if all(before):
        return before
    end = text.find("\n", group[-1].span.end)
    limits = [*(pay.span.start for pay in group[1:]), len(text) if end < 0 else end]
    return [
        _paid_as(text[pay.span.end : min(limit, pay.span.end + _NEAR)])
        for pay, limit in zip(group, limits, strict=True)
    ]


def _paid_as(words: str) -> set[str]:
    return {found.kind for found in find_contracts(words)} & PAID_AS


def _range(pays: Sequence[Pay]) -> Pay:
    """From the lowest to the highest of them."""
    if len(pays) == 1:
        return pays[0]
    amounts = [amount for pay in pays for amount in (pay.min, pay.max) if amount is not None]
    return replace(pays[0], min=min(amounts), max=max(amounts), span=Span(pays[0].span.start, pays[-1].span.end))
