"""The text of a résumé with what its layout tells about each line."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

MAX_CHARACTERS = 200_000


@dataclass(frozen=True, slots=True)
class LayoutLine:
    """One line of the canonical text and how it was set.

    `start` and `end` are offsets into the text (newline excluded). `size` is the height of the type and `x` the
    left edge, `x_end` the right one, all in points, None where the format does not say. `heading` is the level the
    file itself gives the line as a heading (DOCX styles; 1 is the highest), 0 for other lines. `page` counts from 1;
    0 where the format has no pages.
    """

    start: int
    end: int
    page: int = 0
    x: float | None = None
    size: float | None = None
    bold: bool = False
    heading: int = 0
    x_end: float | None = None


@dataclass(frozen=True, slots=True)
class ExtractedText:
    """Canonical text of a résumé: every span of a parsed field points into `text`.

    Within a line a tab stands for a wide gap (a right-hand date, a table cell), two spaces for a gap clearly
    wider than a word space (a row of tags). Blank lines are kept where the page has visible space.
    """

    text: str
    lines: tuple[LayoutLine, ...]
    kind: str = "TEXT"
    pages: int = 0
    truncated: bool = False

    @staticmethod
    def plain(text: str) -> ExtractedText:
        """Text without layout, each line taken as it stands."""
        return assemble([DraftLine(line) for line in text.split("\n")], kind="TEXT", pages=0)


@dataclass(slots=True)
class DraftLine:
    """A line before its place in the text is known; empty text makes a blank line."""

    text: str
    page: int = 0
    x: float | None = None
    size: float | None = None
    bold: bool = False
    heading: int = 0
    x_end: float | None = None


def assemble(drafts: Iterable[DraftLine], *, kind: str, pages: int) -> ExtractedText:
    """Join lines into the canonical text, stopping at MAX_CHARACTERS."""
    parts: list[str] = []
    lines: list[LayoutLine] = []
    offset = 0
    truncated = False
    for draft in drafts:
        text = draft.text
        room = MAX_CHARACTERS - offset
        if len(text) + 1 > room:
            truncated, text = True, text[: max(0, room - 1)]
        lines.append(
            LayoutLine(
                offset,
                offset + len(text),
                draft.page,
                draft.x,
                draft.size,
                draft.bold,
                draft.heading,
                draft.x_end,
            )
        )
        parts.append(text)
        offset += len(text) + 1
        if truncated:
            break
    return ExtractedText("\n".join(parts), tuple(lines), kind, pages, truncated)
