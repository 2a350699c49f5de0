"""Counts of postings, and their sum. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class PostingCounts:
    """How many postings, by what they are; `count_time` is ISO 8601."""

    total: int = 0
    recent: int = 0
    by_platform: Mapping[str, int] = field(default_factory=dict)
    by_state: Mapping[str, int] = field(default_factory=dict)
    by_origin: Mapping[str, int] = field(default_factory=dict)
    by_workplace: Mapping[str, int] = field(default_factory=dict)
    count_time: str = ""

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> PostingCounts:
        """From the plain values of `asdict`, as a cache keeps them."""
        return cls(**told)


def summed(one: PostingCounts, other: PostingCounts) -> PostingCounts:
    """Both together; as old as the older one."""
    return PostingCounts(
        total=one.total + other.total,
        recent=one.recent + other.recent,
        by_platform=_added(one.by_platform, other.by_platform),
        by_state=_added(one.by_state, other.by_state),
        by_origin=_added(one.by_origin, other.by_origin),
        by_workplace=_added(one.by_workplace, other.by_workplace),
        count_time=min(one.count_time, other.count_time),
    )


def _added(one: Mapping[str, int], other: Mapping[str, int]) -> dict[str, int]:
    return dict(Counter(one) + Counter(other))
