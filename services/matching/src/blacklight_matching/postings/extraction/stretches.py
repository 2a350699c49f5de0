"""Where in a long text a rule has to look at all: around words that its expressions cannot do without.

Most sentences of a posting say nothing of pay or visas; looking for a few plain words is a hundred times faster than
trying an expression at every letter.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

_SHORT = 300
_MARGIN = 110
_MOST = 400


@lru_cache(maxsize=1)  # several rules look at one text, one after the other
def _lowered(text: str) -> str:
    return text.lower()


def stretches(text: str, words: Sequence[str]) -> list[tuple[int, int]]:
    """[start, end) of what lies within 110 characters of one of the words (lower case), in order, none overlapping."""
    lowered = _lowered(text) if len(text) > _SHORT else text.lower()
    if len(lowered) != len(text):  # a few letters are two in lower case
        return [(0, len(text))]
    places = sorted(place for word in words for place in _places(lowered, word))
    found: list[tuple[int, int]] = []
    for place in places:
        start, end = max(0, place - _MARGIN), min(len(text), place + _MARGIN)
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], end)
        else:
            found.append((start, end))
    return found


def find_all(pattern: re.Pattern[str], text: str, where: Sequence[tuple[int, int]]) -> Iterator[re.Match[str]]:
    """The matches of an expression in these stretches."""
    for start, end in where:
        yield from pattern.finditer(text, start, end)


def find_first(pattern: re.Pattern[str], text: str, where: Sequence[tuple[int, int]]) -> re.Match[str] | None:
    """The first match of an expression in these stretches."""
    return next(find_all(pattern, text, where), None)


def _places(lowered: str, word: str) -> Iterator[int]:
    if word[0] == " " and lowered.startswith(word[1:]):
        yield 0  # a word that begins with a blank may begin the text
    place = lowered.find(word)
    for _ in range(_MOST):
        if place < 0:
            return
        yield place
        place = lowered.find(word, place + 1)
