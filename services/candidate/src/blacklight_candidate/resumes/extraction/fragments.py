"""Characters of a page put together into fragments: runs of text with no wide gap inside."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import NamedTuple

SAME_LINE = 0.3
"""Two baselines closer than this share of the type height are one line."""
WORD_GAP = 0.11
TAG_GAP = 0.47
FRAGMENT_GAP = 1.0
"""Gaps as shares of the em: a new word (beyond the usual gap of the row), a clearly wider gap, a new fragment."""

BULLETS = "•●▪■◦○‣∙⁃◆◇➢➤►▶✓✔❖⦁·–-*"
_SYMBOL_FONT_BULLETS = {"\uf0b7": "•", "\uf0a7": "▪", "\uf0d8": "➢", "\uf076": "❖", "\uf0fc": "✓", "\uf0a8": "•"}


class Glyph(NamedTuple):
    """One character: its box in points, y downwards from the top of the page, y being the baseline."""

    char: str
    x0: float
    x1: float
    y: float
    height: float
    bold: bool


@dataclass(frozen=True, slots=True)
class Fragment:
    """A run of text on one line with no wide gap inside."""

    text: str
    x0: float
    x1: float
    y: float
    height: float
    bold: bool

    @property
    def is_bullet(self) -> bool:
        return len(self.text) == 1 and self.text in BULLETS


@cache
def normalised(char: str) -> str:
    """A character as the canonical text keeps it; '' for icons and control characters."""
    if char in _SYMBOL_FONT_BULLETS:
        return _SYMBOL_FONT_BULLETS[char]
    code = ord(char)
    if char in ("\x02", "\u2010", "\u2011", "\u00ad"):
        return "-"
    if 0xE000 <= code <= 0xF8FF or code in (0xFFFD, 0xFEFF, 0x200B, 0x200C, 0x200D, 0x2060) or code > 0xEFFFF:
        return ""
    if char in ("\t", "\r", "\n", "\u00a0") or char.isspace():
        return " "
    return char if code >= 32 and not 0x7F <= code < 0xA0 else ""


def fragments_of(glyphs: Iterable[Glyph]) -> list[Fragment]:
    """Fragments of a page, from the top; a list bullet is joined to the text behind it."""
    found: list[Fragment] = []
    for row in rows_of(sorted(glyphs, key=lambda glyph: (glyph.y, glyph.x0))):
        found.extend(_with_bullets_joined(_fragments_of_row(row)))
    return found


def rows_of(glyphs: list[Glyph]) -> list[list[Glyph]]:
    """Glyphs sorted by baseline, cut into rows; each row sorted by x."""
    rows: list[list[Glyph]] = []
    for glyph in glyphs:
        if rows and glyph.y - rows[-1][0].y <= SAME_LINE * max(glyph.height, rows[-1][0].height):
            rows[-1].append(glyph)
        else:
            rows.append([glyph])
    for row in rows:
        row.sort(key=lambda glyph: glyph.x0)
    return rows


def _fragments_of_row(row: list[Glyph]) -> list[Fragment]:
    pieces: list[Fragment] = []
    letters: list[str] = []
    first = last = None
    space = False
    usual = _usual_gap(row)
    for glyph in row:
        if glyph.char == " ":
            space = True
            continue
        if first is None or last is None:
            first, letters = glyph, [glyph.char]
        else:
            if glyph.char == last.char and abs(glyph.x0 - last.x0) < 0.1 * glyph.height:
                continue  # the same letter printed twice, an old way of setting bold
            em = max(last.height, glyph.height) / 1.15
            gap = glyph.x0 - last.x1
            if gap > FRAGMENT_GAP * em:
                pieces.append(_fragment(letters, first, last))
                first, letters = glyph, [glyph.char]
            else:
                letters.append("  " if gap > TAG_GAP * em else " " if space or gap - usual > WORD_GAP * em else "")
                letters.append(glyph.char)
        last, space = glyph, False
    if first is not None and last is not None:
        pieces.append(_fragment(letters, first, last))
    return pieces


def _usual_gap(row: list[Glyph]) -> float:
    """The median gap between neighbours of a row: below zero for tight type, above it for spaced letters."""
    printed = [glyph for glyph in row if glyph.char != " "]
    gaps = sorted(right.x0 - left.x1 for left, right in pairwise(printed))
    if len(gaps) < 5:
        return 0.0
    em = printed[0].height / 1.15
    return max(-0.15 * em, min(0.3 * em, gaps[len(gaps) // 2]))


def _fragment(letters: list[str], first: Glyph, last: Glyph) -> Fragment:
    """A fragment is as bold as its beginning: a bold title may be followed by a plain employer."""
    text = _unspaced("".join(letters))
    return Fragment(text, first.x0, last.x1, first.y, max(first.height, last.height), first.bold)


def _unspaced(text: str) -> str:
    """'E D U C AT I O N' set with wide letter spacing is one word; two spaces part words there."""
    words = text.split(" ")
    letters = sum(1 for word in words if len(word) == 1)
    if len(words) < 4 or 2 * letters < len(words) or not text.replace(" ", "").isalpha() or not text.isupper():
        return text
    return re.sub(r"(?<=\S) (?=\S)", "", text).replace("  ", " ")


def _with_bullets_joined(pieces: list[Fragment]) -> list[Fragment]:
    joined: list[Fragment] = []
    waiting: Fragment | None = None
    for piece in pieces:
        if waiting is not None:
            piece = Fragment(f"• {piece.text}", waiting.x0, piece.x1, piece.y, piece.height, piece.bold)
            waiting = None
        elif piece.is_bullet and piece.text not in "·":
            waiting = piece
            continue
        joined.append(piece)
    return joined
