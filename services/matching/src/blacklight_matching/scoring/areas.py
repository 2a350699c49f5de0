"""How near two places must be for a person to work there: the same state, or states that share a metropolitan area.

A filter excludes, so it must be sure. Cities alone are not: people commute from Plano to Dallas, and over the river
from New Jersey to New York. An area is "US-TX" or, where there are no states or none is known, "DE".
"""

from __future__ import annotations

from collections.abc import Iterable

_SHARED_METROS = (
    "NY NJ CT PA", "PA NJ DE MD", "DC VA MD WV", "IL IN WI", "MO KS", "MO IL", "OH KY IN", "KY IN", "MA NH RI CT",
    "OR WA", "TN MS AR", "TN GA", "NC SC", "GA SC", "GA AL", "MN WI", "NE IA", "IA IL", "VA NC", "TX AR", "OK AR",
    "ID WA", "ND MN", "UT ID", "KY TN", "NV CA", "ME NH", "MI IN", "WV OH", "ON QC",
)  # fmt: skip
"""States and provinces that one metropolitan area lies in (delineation of the U.S. Census Bureau, 2023)."""

NEAR: dict[str, frozenset[str]] = {}
for _group in _SHARED_METROS:
    for _state in _group.split():
        NEAR[_state] = NEAR.get(_state, frozenset()) | frozenset(_group.split())


def reach(areas: Iterable[str]) -> frozenset[str]:
    """Everything that people in these areas can work at, as marks; `marks` of a posting meets it or does not."""
    reached: set[str] = set()
    for area in areas:
        country, _, state = area.partition("-")
        reached.add(country)
        reached.update(
            [f"{country}-{near}" for near in NEAR.get(state, frozenset({state}))] if state else [f"{country}*"]
        )
    return frozenset(reached)


def marks(areas: Iterable[str]) -> frozenset[str]:
    """What a place is found by: itself, and the mark of its country for people of whom only that is known."""
    return frozenset(areas) | {f"{area.partition('-')[0]}*" for area in areas}
