"""Whether a printed line goes on in the next one or ends by itself."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

_CONNECTORS = re.compile(r"(?:\s(?:at|of|and|for|in|the|with|by|from|de)|\s&)$")
_URL = re.compile(r"https?://|www\.", re.IGNORECASE)
_SEPARATORS = (",", "-", "–", "·")
_LONG = 35
"""Characters from which a full line is text that ran into the margin rather than one item of a list."""


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
    """How far lines starting about the same left edge reach, per page."""

    reach: dict[tuple[int, int], float]

    @staticmethod
    def of(lines: Sequence[Printed]) -> Edges:
        reach: dict[tuple[int, int], float] = {}
        for line in lines:
            if line.x is not None and line.x_end is not None:
                for near in (-1, 0, 1):
                    key = (line.page, round(line.x / 24) + near)
                    reach[key] = max(reach.get(key, 0.0), line.x_end)
        return Edges(reach)

    def fits_after(self, line: Printed, word: str) -> bool:
        """The word would still have had room behind the line."""
        if line.x is None or line.x_end is None:
            return True
        width = (line.x_end - line.x) / max(1, len(line.text))
        return line.x_end + width * (len(word) + 1) <= self.reach.get((line.page, round(line.x / 24)), 0.0)


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
    return word[:1].islower() or len(line.text) >= _LONG
