"""A section cut into entries, each with its dated head and its body.

Résumés repeat one pattern: what stands above the date in the first entry stands above it in all of them. So the
first entry tells how the head begins, by the style of its first line where that style is distinct, else by the
number of lines above the date.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from .dates import DateRange, Point, find_dates, find_ranges
from .job_words import title_score
from .lines import Line, Style

MAX_HEAD_ABOVE = 6
MAX_HEAD_BELOW = 4


@dataclass(frozen=True, slots=True)
class Entry:
    """One dated entry. `head` lines hold names and dates, `body` lines tell about it."""

    head: tuple[Line, ...]
    body: tuple[Line, ...]
    anchor: Line
    span: DateRange | None
    point: Point | None


def split_entries(lines: Sequence[Line]) -> list[Entry]:
    """Entries of a section in order."""
    anchors = [index for index, line in enumerate(lines) if _is_anchor(line)]
    if anchors:
        ranged = set(anchors)
        anchors = [i for i, line in enumerate(lines) if i in ranged or (i > anchors[0] and _is_single_date(line))]
    if not anchors:
        return []
    starts = _starts(lines, anchors)
    entries: list[Entry] = []
    for number, anchor in enumerate(anchors):
        end = starts[number + 1] if number + 1 < len(anchors) else len(lines)
        head_end = _head_end(lines, anchor, end)
        ranges = find_ranges(lines[anchor].text)
        points = find_dates(lines[anchor].text)
        entries.append(
            Entry(
                head=tuple(lines[starts[number] : head_end]),
                body=tuple(lines[head_end:end]),
                anchor=lines[anchor],
                span=ranges[0] if ranges else None,
                point=points[-1] if points and not ranges else None,
            )
        )
    return entries


def _is_single_date(line: Line) -> bool:
    """'Engineering Intern    Summer 2011': one date behind a title and nothing else."""
    dates = find_dates(line.text)
    if len(dates) != 1 or line.bullet or line.is_prose or find_ranges(line.text):
        return False
    rest = line.text[: dates[0].start].strip(" \t,|–—-(")
    return not line.text[dates[0].end :].strip(" )") and title_score(rest) >= 1.0 and len(rest.split()) <= 6


def _is_anchor(line: Line) -> bool:
    """A line that dates an entry: a range, and little else but names."""
    ranges = find_ranges(line.text)
    if not ranges:
        return False
    rest = line.text[: ranges[0].start] + " " + line.text[ranges[0].end :]
    words = len(rest.split())
    if line.bullet:
        return words <= 9 and "\t" in line.text
    if rest.rstrip().endswith(".") and words > 6 and not rest.rstrip().endswith(("Inc.", "Ltd.", "Co.", "Corp.")):
        return False
    return words <= 18 and not (rest.strip()[:1].islower() and words > 4)


def _starts(lines: Sequence[Line], anchors: Sequence[int]) -> list[int]:
    """Index of the first head line of every entry."""
    first = 0
    if anchors[0] > MAX_HEAD_ABOVE:
        first = _up_while_head(lines, anchors[0], 0)
    above = anchors[0] - first
    style = _distinct_style(lines, [lines[first].style], anchors)
    starts = [first]
    for previous, anchor in pairwise(anchors):
        starts.append(_start_of(lines, previous, anchor, above, style))
    return starts


def _distinct_style(lines: Sequence[Line], styles: Sequence[Style], anchors: Sequence[int]) -> Style | None:
    """The style of the first head line, unless body text is set the same way."""
    del anchors
    common = Counter(line.style for line in lines)
    style = styles[0]
    prose = sum(1 for line in lines if line.style == style and (line.is_prose or line.bullet))
    return style if prose == 0 and common[style] <= 0.5 * len(lines) else None


def _start_of(lines: Sequence[Line], previous: int, anchor: int, above: int, style: Style | None) -> int:
    lowest = previous + 1
    if style is not None:
        top = anchor
        while top > lowest and anchor - top <= above + 3 and lines[top].style != style:
            top -= 1
        if lines[top].style == style:
            while top > lowest and anchor - top < above + 2 and lines[top - 1].style == style:
                top -= 1
            if above > 0 or top == anchor:
                return top
    if above == 0:
        return anchor
    top = max(lowest, anchor - above)
    while top < anchor and (lines[top].bullet or lines[top].is_prose):
        top += 1
    gaps = [index for index in range(top, anchor + 1) if lines[index].gap]
    if gaps and above > 1 and not lines[top].gap:
        return gaps[0]
    return top


def _up_while_head(lines: Sequence[Line], anchor: int, lowest: int) -> int:
    top = anchor
    while top > lowest and anchor - top < MAX_HEAD_ABOVE:
        if lines[top - 1].bullet or lines[top - 1].is_prose:
            break
        top -= 1
        if lines[top].gap and anchor - top >= 1:
            break
    return top


def _head_end(lines: Sequence[Line], anchor: int, end: int) -> int:
    """The head goes on below the date until a bullet, prose or a gap after something was found."""
    index = anchor + 1
    while index < end and index - anchor <= MAX_HEAD_BELOW:
        line = lines[index]
        if line.bullet or line.is_prose:
            break
        index += 1
    return index
