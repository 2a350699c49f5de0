"""Demands told in many spellings, counted once each (P-42). Pure."""

from __future__ import annotations

from collections.abc import Iterable

from blacklight_scraper.queue.places import canonical_place, canonical_query
from blacklight_scraper.queue.states import Demand

Key = tuple[str, str]
"""A place and a query in their canonical spelling; neither is ever absent, only empty (F-11)."""


def key_of(location: str, candidate_query: str) -> Key:
    """What tells a target of a role from its others."""
    return canonical_place(location), canonical_query(candidate_query)


def merged(demands: Iterable[Demand]) -> dict[Key, int]:
    """How many candidates want each target; a demand for neither place nor query is the role's own, told otherwise."""
    counts: dict[Key, int] = {}
    for demand in demands:
        key = key_of(demand.location, demand.candidate_query)
        if any(key):
            counts[key] = counts.get(key, 0) + demand.candidate_count
    return counts
