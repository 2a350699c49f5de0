"""Writes tests/pure/golden_scores.csv: the scores of 10,000 seeded pairs, which pin the scorer's version.

    .venv/bin/python services/matching/tools/golden_scores.py

The pairs depend on nothing but the seed: no taxonomy, no table of vectors, no module `random`. So a changed byte is a
changed score: raise `SCORER_VERSION` and write the file anew.
"""

from __future__ import annotations

import csv
import hashlib
import io
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

import numpy as np
from blacklight_matching.scoring import CandidateSide, PostingSide, score_pair
from numpy.typing import NDArray

GOLDEN = Path(__file__).resolve().parents[1] / "tests" / "pure" / "golden_scores.csv"
PAIRS, SEED = 10_000, "golden"
COLUMNS = ("skills", "experience", "semantic", "overall", "coverage", "confidence", "grade")

SKILLS = [*(f"skill-{n:02}" for n in range(30)), "?quantum widgets", "c-plus-plus", "c"]
YEARS = [None, 0, 0.5, 1, 2.25, 3, 5, 7.5, 10, 18, 35]
RANGES = [(None, None), (0, None), (3, None), (5, 8), (None, 4), (10, 12), (1, 2), (15, None)]

Pairs = list[tuple[CandidateSide, PostingSide]]
Item = TypeVar("Item")


class Draws:
    """Whole numbers from SHA-256 of a seed and a counter: the same everywhere and for ever."""

    def __init__(self, seed: str) -> None:
        self._seed, self._count = seed, 0

    def bytes(self) -> bytes:
        """The next 32 bytes."""
        self._count += 1
        return hashlib.sha256(f"{self._seed}:{self._count}".encode()).digest()

    def below(self, limit: int) -> int:
        """A number from 0 on, below the limit."""
        return int.from_bytes(self.bytes()[:8], "big") % limit

    def one_of(self, items: Sequence[Item]) -> Item:
        """One of them."""
        return items[self.below(len(items))]

    def some_of(self, items: Sequence[Item], count: int) -> list[Item]:
        """So many of them, each once."""
        rest = list(items)
        return [rest.pop(self.below(len(rest))) for _ in range(count)]

    def vector(self) -> NDArray[np.int16] | None:
        """256 times plus or minus 128, which has length 2048; near ones are frequent, some are missing."""
        kind = self.below(20)
        if kind < 2:
            return None
        if kind == 2:
            return np.zeros(256, dtype=np.int16)
        every = self.one_of([2, 3, 5, 9, 40, 200])
        drawn = np.frombuffer(b"".join(self.bytes() for _ in range(8)), dtype=np.uint8)
        return np.where(drawn % every == 0, -128, 128).astype(np.int16)

    def candidate(self) -> CandidateSide:
        """A candidate."""
        return CandidateSide(frozenset(self.some_of(SKILLS, self.below(16))), self.one_of(YEARS), self.vector())

    def posting(self) -> PostingSide:
        """A posting."""
        skills = self.some_of(SKILLS, self.one_of([0, 0, 1, 2, 3, 4, 5, 7, 9]))
        low, high = self.one_of(RANGES)
        return PostingSide(tuple(skills), low, high, self.vector())


def make_pairs(count: int, seed: str) -> Pairs:
    """So many pairs of a seed."""
    draws = Draws(seed)
    return [(draws.candidate(), draws.posting()) for _ in range(count)]


def golden_text(pairs: Pairs) -> str:
    """The file: version, number, parts, sum, coverage, confidence, grade and matched bits of each pair."""
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\n")
    table.writerow(("version", "pair", *COLUMNS, "matched"))
    for number, (one, other) in enumerate(pairs):
        score = score_pair(one, other)
        values = [getattr(score, column) for column in COLUMNS]
        table.writerow((score.version, number, *("" if v is None else v for v in values), score.matched.hex()))
    return out.getvalue()


if __name__ == "__main__":
    GOLDEN.write_text(golden_text(make_pairs(PAIRS, SEED)), encoding="utf-8")
    sys.stdout.write(f"{PAIRS} pairs\n")
