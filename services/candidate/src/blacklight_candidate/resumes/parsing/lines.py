"""Lines of a résumé as the rules see them: bullets told from text, blank lines folded into the next one."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ..extraction import ExtractedText

_BULLET = re.compile(r"^\s*(?:[•●▪■◦○‣∙⁃◆◇➢➤►▶✓✔❖⦁]|[-–*·o](?=\s)|\uf0b7)\s*")
_WORD = re.compile(r"[^\W\d_][\w'’.&+#/-]*")


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
    heading: bool
    x: float | None

    @property
    def words(self) -> int:
        return len(_WORD.findall(self.text))

    @property
    def style(self) -> tuple[float, bool, bool, bool]:
        """What the eye groups lines by: size to half a point, bold, marked heading, capitals."""
        size = round((self.size or 0.0) * 2) / 2
        letters = [char for char in self.text if char.isalpha()]
        return (size, self.bold, self.heading, bool(letters) and all(char.isupper() for char in letters))

    @property
    def is_prose(self) -> bool:
        """A sentence or a part of one, rather than a heading, a name or a date."""
        text = self.text
        if self.words > 14 or (self.words > 4 and text.endswith((".", ";"))):
            return True
        return self.words > 3 and text[:1].islower()


def lines_of(extracted: ExtractedText) -> list[Line]:
    """Lines that hold something, in order."""
    lines: list[Line] = []
    gap = True
    for layout in extracted.lines:
        raw = extracted.text[layout.start : layout.end]
        bullet = _BULLET.match(raw)
        body = raw[bullet.end() :] if bullet else raw
        text = body.strip()
        if not text:
            gap = True
            continue
        start = layout.end - len(body) + (len(body) - len(body.lstrip()))
        lines.append(
            Line(
                len(lines),
                text,
                start,
                start + len(text),
                bullet is not None,
                gap,
                layout.size,
                layout.bold,
                layout.heading,
                layout.x,
            )
        )
        gap = False
    return lines
