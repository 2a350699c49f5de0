"""How much of the shorter of two descriptions the other repeats, in five-word sequences."""

from __future__ import annotations

import re

Shingles = frozenset[tuple[str, ...]]
LENGTH = 5


def shingles(description: str) -> Shingles:
    """The five-word sequences of the lowercased text; none for a text of fewer than five words."""
    words = re.findall(r"\w+", description.lower())
    return frozenset(tuple(words[at : at + LENGTH]) for at in range(len(words) - LENGTH + 1))


def overlap(one: Shingles, other: Shingles) -> float:
    """Shared sequences over those of the shorter text, 0..1; 0 when either has none."""
    shorter = min(len(one), len(other))
    return len(one & other) / shorter if shorter else 0.0
