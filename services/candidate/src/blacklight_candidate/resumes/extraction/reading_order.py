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

MIN_GUTTER = 0.5
"""Narrowest gutter, in heights of the median type."""
MIN_ROWS = 2
ALIGNED = 0.35
"""Two lines stand beside each other when their baselines differ by less than this share of the type height."""
MAX_DEPTH = 8
MAX_GUTTERS = 80
MAX_FRAGMENTS = 600
"""Pages of more fragments than this are drawings or attacks; they are read line by line."""
MAX_TRAILING = 3
"""More one-sided lines than this below a grid are no heading but the rest of a column."""
LONG_COLUMN = 9
"""Columns of at least so many lines on both sides are not mistaken for a small grid."""

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
    depth = MAX_DEPTH if len(fragments) <= MAX_FRAGMENTS else 0
    return list(_read(sorted(fragments, key=lambda f: (f.y, f.x0)), heights[len(heights) // 2], depth))


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
        if sum(1 for line in lines if line[-1].x0 >= x) < MIN_ROWS:
            break  # candidates go from left to right: further ones have still less on their right
        for top, bottom in _free_runs(lines, x, height):
            cut = _weighed(lines, x, top, bottom, height)
            if cut is not None and (best is None or cut.weight > best.weight):
                best = cut
    return best


def _gutter_candidates(lines: list[list[Fragment]], height: float) -> list[float]:
    """Places just left of where fragments start, those at the left margin excepted."""
    starts = sorted(fragment.x0 for line in lines for fragment in line)
    candidates: list[float] = []
    for x in starts:
        if x > starts[0] + 2 * height and (not candidates or x - candidates[-1] > 0.4 * height):
            candidates.append(x - 0.1 * height)
    return candidates[:MAX_GUTTERS]


def _free_runs(lines: list[list[Fragment]], x: float, height: float) -> Iterator[tuple[int, int]]:
    """Longest stretches of lines no fragment of which crosses the strip left of x."""
    strip = MIN_GUTTER * height
    headings = _spanning_headings(lines, x)
    top: int | None = None
    for index, line in enumerate(lines):
        crossed = any(f.x0 < x and f.x1 > x - strip for f in line) or index in headings
        if crossed and top is not None:
            yield top, index
            top = None
        elif not crossed and top is None:
            top = index
    if top is not None:
        yield top, len(lines)


def _spanning_headings(lines: list[list[Fragment]], x: float) -> set[int]:
    """Lines that head what stands on both sides below them: alone, set as nothing on the right is, in a gap of both."""
    right_styles = {_style(f) for line in lines for f in line if f.x1 > x and f.x0 >= x}
    left_only = [i for i, line in enumerate(lines) if line[0].x1 <= x and len(line) == 1]
    headings: set[int] = set()
    for i in left_only:
        head = lines[i][0]
        if _style(head) in right_styles or i + 1 >= len(lines) or len(head.text) > 40:
            continue
        after = lines[i + 1]
        if len(after) < 2 or not any(f.x0 >= x for f in after) or not any(f.x1 <= x for f in after):
            continue
        if any(_style(f) == _style(head) for f in after):
            continue
        if i == 0 or head.y - lines[i - 1][0].y > 1.4 * head.height:
            headings.add(i)
    return headings


def _style(fragment: Fragment) -> tuple[int, bool, bool]:
    return round(fragment.height * 2), fragment.bold, fragment.text.isupper()


def _weighed(lines: list[list[Fragment]], x: float, top: int, bottom: int, height: float) -> _Cut | None:
    top, bottom = _trimmed(lines, x, top, bottom)
    left = [i for i in range(top, bottom) if any(f.x1 <= x for f in lines[i])]
    right = [i for i in range(top, bottom) if any(f.x1 > x for f in lines[i])]
    if len(left) < 1 or len(right) < MIN_ROWS:
        return None
    left_side = [f for i in range(top, bottom) for f in lines[i] if f.x1 <= x]
    right_side = [f for i in range(top, bottom) for f in lines[i] if f.x1 > x]
    if _belongs_to_its_lines(left, right, left_side, right_side) or _is_table(left, right, left_side, right_side):
        return None
    if len(right) == MIN_ROWS and not _titled_alike(left_side, right_side):
        return None
    if len(left) < MIN_ROWS and not _is_label_column(left_side, right_side, height):
        return None
    weight = (min(len(left), len(right)) + 0.5 * (bottom - top)) * _flush(lines[top:bottom], x, height)
    weight += 0.3 * min(5.0, (min(f.x0 for f in right_side) - max(f.x1 for f in left_side)) / height)
    if _is_label_column(left_side, right_side, height):
        weight += len(right)  # labels are the outermost division of a page: the body is cut afterwards
    return _Cut(x, top, bottom, weight)


def _flush(lines: list[list[Fragment]], x: float, height: float) -> float:
    """How far the right side begins at one edge, 0.5 to 1.5: columns do, words that happen to part do not."""
    firsts = [min(f.x0 for f in line if f.x1 > x) for line in lines if any(f.x1 > x for f in line)]
    return 0.5 + sum(1 for first in firsts if first - x < 1.1 * height) / len(firsts)


def _trimmed(lines: list[list[Fragment]], x: float, top: int, bottom: int) -> tuple[int, int]:
    """Leave out one-sided lines at the ends that stand apart: headings of what lies above or below the columns."""
    sides = [(any(f.x1 <= x for f in lines[i]), any(f.x1 > x for f in lines[i])) for i in range(top, bottom)]
    both = [i for i, (left, right) in enumerate(sides) if left and right]
    dense = min(sum(left for left, _ in sides), sum(right for _, right in sides)) >= LONG_COLUMN
    if not both or dense:
        return top, bottom
    first, last = both[0], both[-1]
    while first > 0 and not _stands_apart(lines, top + first - 1):
        first -= 1
    while last + 1 < len(sides) and not _stands_apart(lines, top + last):
        last += 1
    if bottom == len(lines) or len(sides) - last > 1 + MAX_TRAILING:
        last = len(sides) - 1
    return top + first, top + last + 1


def _stands_apart(lines: list[list[Fragment]], index: int) -> bool:
    """A visible gap, or a change of type, between a line and the next."""
    upper, lower = lines[index][0], lines[index + 1][0]
    if lower.y - upper.y > 1.9 * max(upper.height, lower.height):
        return True
    return upper.height > 1.4 * lower.height and upper.bold


def _belongs_to_its_lines(
    left: list[int], right: list[int], left_side: list[Fragment], right_side: list[Fragment]
) -> bool:
    """A thin right side, each line of it beside a line of the left: dates and places, not a column."""
    beside = len(set(left) & set(right))
    if beside < 0.75 * len(right):
        return False
    dates = sum(1 for f in right_side if _DATE_OR_LABEL.search(f.text))
    if dates == 0 and _titled_alike(left_side, right_side):
        return False
    return len(right) <= 0.5 * len(left) or dates >= 0.5 * len(right_side)


def _titled_alike(left_side: list[Fragment], right_side: list[Fragment]) -> bool:
    """Both sides begin with a title of the same style, louder than what stands below it: cells of a grid."""
    title, below = right_side[0], right_side[1:]
    louder = all(title.height > f.height + 0.6 or (title.bold and not f.bold) for f in below)
    return _style(left_side[0])[:2] == _style(title)[:2] and louder


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
    beside = sum(
        1 for block in blocks if any(abs(f.y - block[0].y) < 0.9 * max(height, block[0].height) for f in right)
    )
    return beside >= 0.8 * len(blocks)


def _blocks(fragments: list[Fragment]) -> list[list[Fragment]]:
    """Lines standing close below each other."""
    blocks: list[list[Fragment]] = []
    for line in _lines(fragments):
        if blocks and line[0].y - blocks[-1][-1].y < 1.25 * line[0].height:
            blocks[-1].extend(line)
        else:
            blocks.append(list(line))
    return blocks


def _labelled(left: list[Fragment], right: list[Fragment], height: float, depth: int) -> Iterator[Row]:
    """Each label, then the part of the body that stands beside and below it."""
    blocks = _blocks(left)
    tops = [block[0].y - 0.75 * max(height, block[0].height) for block in blocks]
    yield from _fresh(_read([f for f in right if f.y < tops[0]], height, depth - 1))
    for index, block in enumerate(blocks):
        below = tops[index + 1] if index + 1 < len(tops) else float("inf")
        yield from _fresh(iter(_label_rows(block)))
        yield from _read([f for f in right if tops[index] <= f.y < below], height, depth - 1)


def _label_rows(block: list[Fragment]) -> list[Row]:
    """A label on one row: when it is wrapped, its lines are joined; lines set otherwise (a date) stay apart."""
    rows: list[Row] = []
    for fragment in block:
        above = rows[-1].fragments[0] if rows else None
        if above is not None and _style(above)[:2] == _style(fragment)[:2]:
            text, x1 = f"{above.text} {fragment.text}", max(above.x1, fragment.x1)
            rows[-1] = Row((Fragment(text, above.x0, x1, above.y, above.height, above.bold),), rows[-1].gap_above)
        else:
            rows.append(Row((fragment,), not rows))
    return rows
