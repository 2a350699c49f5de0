"""Seeded pairs for the scorer's tests, drawn without `random`: the golden file must not depend on its version."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from typing import TypeVar

import numpy as np
import pytest
from blacklight_matching.scoring import CandidateSide, PostingSide
from hypothesis import settings
from numpy.typing import NDArray

# The first example of a process loads the taxonomy or the table.
settings.register_profile("pure", deadline=None)
settings.load_profile("pure")

Pairs = list[tuple[CandidateSide, PostingSide]]
Item = TypeVar("Item")

SKILLS = [*(f"skill-{n:02}" for n in range(30)), "?quantum widgets", "c-plus-plus", "c"]
YEARS = [None, 0, 0.5, 1, 2.25, 3, 5, 7.5, 10, 18, 35]
RANGES = [(None, None), (0, None), (3, None), (5, 8), (None, 4), (10, 12), (1, 2), (15, None)]


class Draws:
    """Whole numbers from SHA-256 of a seed and a counter: the same everywhere and for ever."""

    def __init__(self, seed: str) -> None:
        self._seed, self._count = seed, 0

    def below(self, limit: int) -> int:
        self._count += 1
        digest = hashlib.sha256(f"{self._seed}:{self._count}".encode()).digest()
        return int.from_bytes(digest[:8], "big") % limit

    def one_of(self, items: Sequence[Item]) -> Item:
        return items[self.below(len(items))]

    def some_of(self, items: Sequence[Item], count: int) -> list[Item]:
        rest = list(items)
        return [rest.pop(self.below(len(rest))) for _ in range(count)]

    def vector(self) -> NDArray[np.int16] | None:
        """256 times plus or minus 128, which has length 2048; near ones are frequent, some are missing."""
        kind = self.below(20)
        if kind < 2:
            return None
        if kind == 2:
            return np.zeros(256, dtype=np.int16)
        every = self.one_of([2, 3, 5, 9, 40, 1000])
        return np.array([-128 if self.below(every) == 0 else 128 for _ in range(256)], dtype=np.int16)

    def candidate(self) -> CandidateSide:
        return CandidateSide(frozenset(self.some_of(SKILLS, self.below(16))), self.one_of(YEARS), self.vector())

    def posting(self) -> PostingSide:
        skills = self.some_of(SKILLS, self.one_of([0, 0, 1, 2, 3, 4, 5, 7, 9]))
        low, high = self.one_of(RANGES)
        return PostingSide(tuple(skills), low, high, self.vector())


@pytest.fixture
def score_pairs() -> Callable[[int, str], Pairs]:
    """Makes so many pairs of a seed."""

    def make(count: int, seed: str) -> Pairs:
        draws = Draws(seed)
        return [(draws.candidate(), draws.posting()) for _ in range(count)]

    return make
