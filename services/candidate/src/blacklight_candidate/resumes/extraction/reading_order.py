"""The order in which a person reads a page: columns, label columns and grids before plain top to bottom.

A page is cut recursively. Wherever a stretch of lines leaves an empty vertical strip (a gutter), the two sides
are weighed: two dense sides are columns, read one after the other; a thin left side whose lines stand beside
lines of the right one holds labels, each read before its part of the body; a thin right side (dates) belongs
to the lines it stands on.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from .fragments import Fragment

MIN_GUTTER = 0.9
"""Narrowest gutter, in heights of the median type."""
MIN_ROWS = 2
ALIGNED = 0.35
"""Two lines stand beside each other when their baselines differ by less than this share of the type height."""
MAX_DEPTH = 12

_DATE_OR_LABEL = re.compile(r"(?:19|20)\d\d|:$|present|current", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Row:
    """Fragments standing on one line of one column, left to right."""

    fragments: tuple[Fragment, ...]
    gap_above: bool

    @property
    def text(self) -> str:
        return "\t".join(fragment.text for fragment in self.fragments)


@dataclass(frozen=True, slots=True)
class _Cut:
    x: float
    top: int
    bottom: int
    weight: float


def reading_order(fragments: Sequence[Fragment]) -> list[Row]:
    """Rows of a page in reading order."""
    if not fragments:
        return []
    heights = sorted(fragment.height for fragment in fragments)
    return list(_read(sorted(fragments, key=lambda f: (f.y, f.x0)), heights[len(heights) // 2], MAX_DEPTH))


def _read(region: list[Fragment], height: float, depth: int) -> Iterator[Row]:
    lines = _lines(region)
    cut = _best_cut(lines, height) if depth > 0 else None
    if cut is None:
        yield from _plain(lines)
        return
    yield from _read([f for line in lines[: cut.top] for f in line], height, depth - 1)
    middle = [f for line in lines[cut.top : cut.bottom] for f in line]
    left = [f for f in middle if f.x1 <= cut.x]
    right = [f for f in middle if f.x1 > cut.x]
    if _is_label_column(left, right, height):
        yield from _labelled(left, right, height, depth)
    else:
        yield from _fresh(_read(left, height, depth - 1))
        yield from _fresh(_read(right, height, depth - 1))
    yield from _fresh(_read([f for line in lines[cut.bottom :] for f in line], height, depth - 1))


def _fresh(rows: Iterator[Row]) -> Iterator[Row]:
    """The same rows, the first one set apart from what stands before it."""
    for index, row in enumerate(rows):
        yield Row(row.fragments, True) if index == 0 else row


def _lines(region: list[Fragment]) -> list[list[Fragment]]:
    lines: list[list[Fragment]] = []
    for fragment in sorted(region, key=lambda f: (f.y, f.x0)):
        if lines and fragment.y - lines[-1][0].y <= ALIGNED * min(fragment.height, lines[-1][0].height):
            lines[-1].append(fragment)
        else:
            lines.append([fragment])
    for line in lines:
        line.sort(key=lambda f: f.x0)
    return lines


def _plain(lines: list[list[Fragment]]) -> Iterator[Row]:
    previous: Fragment | None = None
    for line in lines:
        first = line[0]
        gap = previous is not None and first.y - previous.y > 1.75 * max(first.height, previous.height)
        yield Row(tuple(line), gap)
        previous = first


def _best_cut(lines: list[list[Fragment]], height: float) -> _Cut | None:
    """The gutter that parts the most text, among those that make columns or labels."""
    best: _Cut | None = None
    for x in _gutter_candidates(lines, height):
        for top, bottom in _free_runs(lines, x, height):
            cut = _weighed(lines, x, top, bottom, height)
            if cut is not None and (best is None or cut.weight > best.weight):
                best = cut
    return best


def _gutter_candidates(lines: list[list[Fragment]], height: float) -> list[float]:
    """Left edges at which at least two fragments start, as the places just left of them."""
    starts = sorted(fragment.x0 for line in lines for fragment in line)
    candidates: list[float] = []
    count = 0
    for index, x in enumerate(starts):
        count = count + 1 if index and x - starts[index - 1] < 0.3 * height else 1
        if count == MIN_ROWS:
            edge = starts[index - MIN_ROWS + 1] - 0.1 * height
            candidates.append(edge)
    return candidates


def _free_runs(lines: list[list[Fragment]], x: float, height: float) -> Iterator[tuple[int, int]]:
    """Longest stretches of lines no fragment of which crosses the strip left of x."""
    strip = MIN_GUTTER * height
    top: int | None = None
    for index, line in enumerate(lines):
        crossed = any(f.x0 < x and f.x1 > x - strip for f in line)
        if crossed and top is not None:
            yield top, index
            top = None
        elif not crossed and top is None:
            top = index
    if top is not None:
        yield top, len(lines)


def _weighed(lines: list[list[Fragment]], x: float, top: int, bottom: int, height: float) -> _Cut | None:
    top, bottom = _trimmed(lines, x, top, bottom)
    left = [i for i in range(top, bottom) if any(f.x1 <= x for f in lines[i])]
    right = [i for i in range(top, bottom) if any(f.x1 > x for f in lines[i])]
    if len(left) < 1 or len(right) < MIN_ROWS:
        return None
    left_side = [f for i in range(top, bottom) for f in lines[i] if f.x1 <= x]
    right_side = [f for i in range(top, bottom) for f in lines[i] if f.x1 > x]
    if _belongs_to_its_lines(left, right, right_side) or _is_table(left, right, left_side, right_side):
        return None
    if len(left) < MIN_ROWS and not _is_label_column(left_side, right_side, height):
        return None
    return _Cut(x, top, bottom, min(len(left), len(right)) + 0.5 * (bottom - top))


def _trimmed(lines: list[list[Fragment]], x: float, top: int, bottom: int) -> tuple[int, int]:
    """Leave out lines at both ends that have only one side: they may be a header or a footer across both."""
    both = [
        i for i in range(top, bottom) if any(f.x1 > x for f in lines[i])
    ]
    if not both:
        return top, top
    first = both[0]
    lefts = [i for i in range(top, bottom) if any(f.x1 <= x for f in lines[i])]
    if lefts and lefts[0] < first:
        # keep left-only lines above the first right line only when they stand close to it
        start = first
        while start - 1 >= top and lines[start][0].y - lines[start - 1][0].y < 2.2 * lines[start][0].height:
            start -= 1
        if start > top and start < first:
            start = first
        top = max(top, start if start < first and first - start <= 1 else first)
    return top, bottom


def _belongs_to_its_lines(left: list[int], right: list[int], right_side: list[Fragment]) -> bool:
    """A thin right side, each line of it beside a line of the left: dates and places, not a column."""
    beside = len(set(left) & set(right))
    if beside < 0.75 * len(right):
        return False
    dates = sum(1 for f in right_side if _DATE_OR_LABEL.search(f.text))
    return len(right) <= 0.5 * len(left) or dates >= 0.5 * len(right_side)


def _is_table(left: list[int], right: list[int], left_side: list[Fragment], right_side: list[Fragment]) -> bool:
    """Rows of label and value: nearly every left line has a right one beside it, in another style."""
    beside = len(set(left) & set(right))
    if beside < 0.9 * len(left) or len(left) < MIN_ROWS or len(right) > 2.5 * len(left):
        return False
    labels = sum(1 for f in left_side if f.text.endswith(":") or _DATE_OR_LABEL.search(f.text))
    if labels >= 0.6 * len(left_side):
        return True
    if any(f.text.startswith("•") for f in right_side):
        return False
    bold_left = sum(f.bold for f in left_side) / len(left_side)
    bold_right = sum(f.bold for f in right_side) / len(right_side)
    return bold_left > 0.7 and bold_right < 0.2


def _is_label_column(left: list[Fragment], right: list[Fragment], height: float) -> bool:
    """A thin left side whose blocks each start beside a line of the right side."""
    if not left or not right:
        return False
    rows_left, rows_right = len(_lines(left)), len(_lines(right))
    if rows_left > 0.45 * rows_right or any(len(f.text) > 40 for f in left):
        return False
    blocks = _blocks(left)
    beside = sum(1 for block in blocks if any(abs(f.y - block[0].y) < 0.6 * height for f in right))
    return beside >= 0.8 * len(blocks)


def _blocks(fragments: list[Fragment]) -> list[list[Fragment]]:
    """Lines standing close below each other."""
    blocks: list[list[Fragment]] = []
    for line in _lines(fragments):
        if blocks and line[0].y - blocks[-1][-1].y < 1.5 * line[0].height:
            blocks[-1].extend(line)
        else:
            blocks.append(list(line))
    return blocks


def _labelled(left: list[Fragment], right: list[Fragment], height: float, depth: int) -> Iterator[Row]:
    """Each label, then the part of the body that stands beside and below it."""
    blocks = _blocks(left)
    tops = [block[0].y - 0.6 * height for block in blocks]
    yield from _fresh(_read([f for f in right if f.y < tops[0]], height, depth - 1))
    for index, block in enumerate(blocks):
        below = tops[index + 1] if index + 1 < len(tops) else float("inf")
        yield from _fresh(iter(_label_rows(block)))
        yield from _read([f for f in right if tops[index] <= f.y < below], height, depth - 1)


def _label_rows(block: list[Fragment]) -> list[Row]:
    """A label on one row: when it is wrapped, its lines are joined."""
    if len(block) == 1:
        return [Row((block[0],), True)]
    first, last = block[0], block[-1]
    text = " ".join(f.text for f in block)
    joined = Fragment(text, first.x0, max(f.x1 for f in block), first.y, first.height, first.bold)
    del last
    return [Row((joined,), True)]
