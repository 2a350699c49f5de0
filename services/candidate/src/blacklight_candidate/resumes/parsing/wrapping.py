"""Whether a printed line goes on in the next one or ends by itself."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

_CONNECTORS = re.compile(r"(?:\s(?:at|of|and|for|in|the|with|by|from|de)|\s&)$")
_URL = re.compile(r"https?://|www\.", re.IGNORECASE)
_LABEL = re.compile(r"[A-Z][^,.;]{1,40}:")
_SEPARATORS = (",", "-", "–", "·")
_LONG = 30
"""Characters from which a full line is text that ran into the margin rather than one item of a list."""


_NEAR = 24
"""Points within which left edges count as the same column."""


class Printed(Protocol):
    """What of a line the rules look at."""

    @property
    def text(self) -> str: ...
    @property
    def bullet(self) -> bool: ...
    @property
    def gap(self) -> bool: ...
    @property
    def size(self) -> float | None: ...
    @property
    def bold(self) -> bool: ...
    @property
    def heading(self) -> int: ...
    @property
    def x(self) -> float | None: ...
    @property
    def x_end(self) -> float | None: ...
    @property
    def page(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Edges:
    """Where lines starting about the same left edge end, the farthest first, per page."""

    ends: dict[tuple[int, int], list[float]]

    @staticmethod
    def of(lines: Sequence[Printed]) -> Edges:
        ends: dict[tuple[int, int], list[float]] = {}
        for line in lines:
            if line.x is not None and line.x_end is not None:
                for near in (-1, 0, 1):
                    ends.setdefault((line.page, round(line.x / _NEAR) + near), []).append(line.x_end)
        return Edges({key: sorted(values, reverse=True)[:2] for key, values in ends.items()})

    def fits_after(self, line: Printed, word: str) -> bool:
        """The word would still have had room behind the line."""
        if line.x is None or line.x_end is None:
            return True
        width = (line.x_end - line.x) / max(1, len(line.text))
        return line.x_end + width * (len(word) + 1) <= self._ends(line)[0]

    def is_margin(self, line: Printed) -> bool:
        """The line is not the longest of its column, or is hardly longer than another: it ran into a margin."""
        farthest, second = self._ends(line)
        if line.x is None or line.x_end is None:
            return False
        return line.x_end < farthest - 0.5 or farthest - second <= 0.07 * (farthest - line.x)

    def _ends(self, line: Printed) -> tuple[float, float]:
        ends = self.ends.get((line.page, round((line.x or 0.0) / _NEAR)), [])
        return (ends[0], ends[1]) if len(ends) > 1 else (ends[0], 0.0) if ends else (0.0, 0.0)


def goes_on(line: Printed, following: Printed, edges: Edges) -> bool:
    """The following line continues this one: same type, no gap, and the break was forced by the margin."""
    if following.bullet or following.gap or following.heading or line.heading:
        return False
    if abs((line.size or 0) - (following.size or 0)) > 0.6 and not line.text.endswith("·"):
        return False
    word = following.text.split()[0]
    if line.text.endswith((".", ":", "!", "?")) and word[:1].isupper() and len(line.text) < _LONG:
        return False
    if "@" in word or _URL.match(word) or _URL.match(line.text.split()[-1]):
        return False
    if line.x_end is None:
        return word[:1].islower() and len(line.text) >= _LONG and line.bold == following.bold
    if _CONNECTORS.search(line.text) and line.bold == following.bold:
        return True
    if edges.fits_after(line, word):
        return False
    if line.text.endswith(_SEPARATORS):
        return True
    if line.bold != following.bold:
        return line.bold and len(line.text) >= _LONG and len(following.text.split()) <= 2
    if word[:1].islower():
        return True
    if _LABEL.match(following.text):
        return False
    return len(line.text) >= _LONG and edges.is_margin(line) and word != line.text.split()[0]
