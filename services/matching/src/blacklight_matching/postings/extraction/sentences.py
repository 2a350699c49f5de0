"""Sentences of a plain text with their character spans."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from functools import lru_cache

_BREAK = re.compile(r"\n+|(?<=[.!?])[\"')\]]?\s+(?=[A-Z0-9•(\"'-])|\s*[•·▪●]\s*")
_ABBREVIATION = re.compile(
    r"(?:\b(?:e\.g|i\.e|etc|sr|jr|inc|ltd|co|corp|dept|approx|yrs?|exp|no|vs|st|u\.s)|\b[A-Z])\.$", re.I
)
_LONGEST = 400


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch [start, end) of a text."""

    start: int
    end: int


def sentences(text: str) -> list[Span]:
    """Sentences and list items in order, without outer blanks. Very long runs are cut at blanks."""
    return list(_cut(text))


@lru_cache(maxsize=1)  # several readers ask for those of one text, one after the other
def _cut(text: str) -> tuple[Span, ...]:
    spans: list[Span] = []
    start = 0
    for gap in _BREAK.finditer(text):
        before = text[max(start, gap.start() - 12) : gap.start()]
        if "\n" not in gap.group() and _ABBREVIATION.search(before):
            continue
        spans.extend(_trimmed(text, start, gap.start()))
        start = gap.end()
    spans.extend(_trimmed(text, start, len(text)))
    return tuple(spans)


def sentence_at(spans: list[Span], position: int) -> Span | None:
    """The sentence that contains a character position."""
    index = bisect_right(spans, position, key=lambda span: span.start) - 1
    return spans[index] if index >= 0 and position < spans[index].end else None


def _trimmed(text: str, start: int, end: int) -> list[Span]:
    while start < end and (text[start].isspace() or text[start] in "-*•–"):
        start += 1
    while start < end and text[end - 1].isspace():
        end -= 1
    spans: list[Span] = []
    while end - start > _LONGEST:
        cut = text.rfind(" ", start, start + _LONGEST)
        cut = cut if cut > start else start + _LONGEST
        spans.append(Span(start, cut))
        start = cut + (text[cut] == " ")
    return [*spans, Span(start, end)] if start < end else spans
