"""Lines of a résumé as the rules see them: bullets told from text, blank lines folded into the next one."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from ..extraction import ExtractedText
from .wrapping import Edges, goes_on

MAX_LINE = 1_500
"""Characters of a line that the rules look at: no line of a résumé is longer, and the rules' time stays bounded."""
MAX_JOINED = 3_000
MAX_LINES = 6_000
"""Lines the rules look at, about 50 full pages."""

_BULLET = re.compile(r"^\s*(?:[•●▪■◦○‣∙⁃◆◇➢➤►▶✓✔❖⦁]|[-–*·o](?=\s)|\uf0b7)\s*")
_ABBREVIATED = re.compile(r"\b(?:Inc|Ltd|Co|Corp|L\.?P|LLC|Jr|Sr|[A-Z]\.[A-Z]|[A-Z])\.$")
_WORD = re.compile(r"[^\W\d_][\w'’.&+#/-]*")


Style = tuple[float, bool, int, bool]


@dataclass(frozen=True, slots=True)
class Line:
    """A line that is not blank. `start` and `end` enclose its text without bullet and outer blanks."""

    index: int
    text: str
    start: int
    end: int
    bullet: bool
    gap: bool
    size: float | None
    bold: bool
    heading: int
    x: float | None
    x_end: float | None
    page: int

    @property
    def words(self) -> int:
        return len(_WORD.findall(self.text))

    @property
    def style(self) -> Style:
        """What the eye groups lines by: size to half a point, bold, level of a marked heading, capitals."""
        size = round((self.size or 0.0) * 2) / 2
        letters = [char for char in self.text if char.isalpha()]
        return (size, self.bold, self.heading, len(letters) > 3 and all(char.isupper() for char in letters))

    @property
    def is_prose(self) -> bool:
        """A sentence or a part of one, rather than a heading, a name or a date."""
        text = self.text
        ends = text.endswith((".", ";")) and not _ABBREVIATED.search(text)
        if self.words > 14 or (self.words > 2 and ends):
            return True
        return self.words > 3 and text[:1].islower()


def lines_of(extracted: ExtractedText) -> list[Line]:
    """Lines as meant: those that a narrow column or the margin broke are put together again.

    The break is replaced by one character (a tab between tags, else a space), so offsets stay true.
    """
    joined: list[Line] = []
    printed = printed_lines(extracted)
    edges = Edges.of(printed)
    previous: Line | None = None
    for line in printed:
        adjacent = previous is not None and line.start - previous.end == 1 and extracted.kind != "DOCX"
        if previous is not None and adjacent and len(joined[-1].text) < MAX_JOINED and goes_on(previous, line, edges):
            whole = joined[-1]
            glue = "\t" if "\t" in previous.text or "  " in previous.text else " "
            joined[-1] = replace(whole, text=whole.text + glue + line.text, end=line.end)
        else:
            joined.append(replace(line, index=len(joined)))
        previous = line
    return joined


def printed_lines(extracted: ExtractedText) -> list[Line]:
    """Lines that hold something, as printed."""
    lines: list[Line] = []
    gap = True
    for layout in extracted.lines:
        raw = extracted.text[layout.start : layout.end]
        bullet = _BULLET.match(raw)
        body = raw[bullet.end() :] if bullet else raw
        text = body.strip()[:MAX_LINE].rstrip()
        if not text:
            gap = True
            continue
        start = layout.end - len(body) + (len(body) - len(body.lstrip()))
        lines.append(
            Line(
                index=len(lines),
                text=text,
                start=start,
                end=start + len(text),
                bullet=bullet is not None,
                gap=gap,
                size=layout.size,
                bold=layout.bold,
                heading=layout.heading,
                x=layout.x,
                x_end=layout.x_end,
                page=layout.page,
            )
        )
        gap = False
        if len(lines) >= MAX_LINES:
            break
    return lines
