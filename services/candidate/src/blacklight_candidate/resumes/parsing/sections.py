"""Where the sections of a résumé begin and what they are."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from .dates import find_dates
from .lexicon import HEADING_KIND, LEVEL_WORDS
from .lines import Line

_EDGES = " \t:;•-–—_|.#*=~<>[](){}"
_INLINE = re.compile(r"^(?P<phrase>[A-Za-z][A-Za-z &/,-]{2,40}?)\s*[:–]\s*(?=\S)")
_CONTINUED = re.compile(r"\s*\(?(?:continued|cont['’.]?d?\.?)\)?$", re.IGNORECASE)
_MAX_HEADING_WORDS = 6
_SPARE = {"my", "the", "and", "a", "professional", "relevant", "selected", "key", "career", "current", "additional"}


@dataclass(frozen=True, slots=True)
class Section:
    """A run of lines under one heading. `kind` is '' for the top of the résumé, 'unknown' for other headings."""

    kind: str
    title: str
    lines: tuple[Line, ...]


def heading_kind(text: str) -> str | None:
    """Kind of a line that is a known heading as a whole, None for all others."""
    phrase = _CONTINUED.sub("", text.strip(_EDGES)).strip(_EDGES).lower()
    phrase = re.sub(r"\s*(?:&|/|\+|,)\s*", " and ", phrase)
    phrase = re.sub(r"\s+", " ", phrase)
    if not phrase or len(phrase.split()) > _MAX_HEADING_WORDS:
        return None
    if phrase in HEADING_KIND:
        return HEADING_KIND[phrase]
    words = phrase.split()
    while len(words) > 1 and words[0] in _SPARE:
        words = words[1:]
        if " ".join(words) in HEADING_KIND:
            return HEADING_KIND[" ".join(words)]
    halves = phrase.split(" and ")
    if len(halves) == 2 and halves[0] in HEADING_KIND and halves[1] in HEADING_KIND:
        return HEADING_KIND[halves[0]]
    return None


def split_sections(lines: Sequence[Line]) -> list[Section]:
    """Cut the lines at their headings. The first section has kind '' and may be empty."""
    marks = _headings(lines)
    sections: list[Section] = []
    title, kind, body = "", "", list[Line]()
    for line in lines:
        mark = marks.get(line.index)
        if mark is None:
            body.append(line)
            continue
        sections.append(Section(kind, title, tuple(body)))
        kind, rest = mark
        title, body = line.text, [] if rest is None else [rest]
    sections.append(Section(kind, title, tuple(body)))
    return [_told_by_content(section) for section in sections]


def _headings(lines: Sequence[Line]) -> dict[int, tuple[str, Line | None]]:
    """Headings by line index: kind, and what follows a heading on its own line."""
    marks: dict[int, tuple[str, Line | None]] = {}
    whole = {line.index: kind for line in lines if not line.bullet and (kind := heading_kind(line.text))}
    style = _heading_style([line for line in lines if line.index in whole])
    for line in lines:
        kind = whole.get(line.index)
        if kind is not None:
            if style is None or _fits(line, style):
                marks[line.index] = (kind, None)
        elif (inline := _inline_heading(line, _current(marks))) is not None:
            marks[line.index] = inline
    if style is not None and style[0] > 0:
        for line in lines:
            if line.index not in marks and _is_unknown_heading(line, lines, style):
                marks[line.index] = ("unknown", None)
    return marks


def _current(marks: dict[int, tuple[str, Line | None]]) -> str:
    return next(reversed(marks.values()))[0] if marks else ""


def _heading_style(candidates: list[Line]) -> tuple[float, bool, bool, bool] | None:
    """The style most known headings share; None when they share none."""
    if len(candidates) < 3:
        return None
    (style, count), *_ = Counter(line.style for line in candidates).most_common(1)
    return style if count >= 3 and 2 * count >= len(candidates) else None


def _fits(line: Line, style: tuple[float, bool, bool, bool]) -> bool:
    """Not smaller than the headings of this résumé, and not plain where those are bold, marked or capitals."""
    size, bold, marked, capitals = line.style
    if size < style[0] - 0.6:
        return False
    emphasis = sum((bold, marked, capitals)) + (size > style[0] + 0.6)
    return emphasis >= sum(style[1:]) or line.text.rstrip().endswith(":")


def _inline_heading(line: Line, current: str) -> tuple[str, Line] | None:
    """'PROFESSIONAL SUMMARY: text' opens a section; 'Skills: a, b' inside a job or a project does not."""
    match = None if line.bullet else _INLINE.match(line.text)
    kind = heading_kind(match.group("phrase")) if match else None
    if match is None or kind is None or kind in ("other", "contact"):
        return None
    phrase = match.group("phrase")
    loud = phrase.isupper() or (line.heading and phrase[0].isupper())
    if current == "skills" and kind in ("languages", "skills", "certifications") and not loud:
        return None
    if current in ("work", "projects", "education", "volunteer") and not loud:
        return None
    if current == kind == "skills":
        return None
    rest = line.text[match.end() :]
    return kind, replace(line, text=rest, start=line.end - len(rest))


def _is_unknown_heading(line: Line, lines: Sequence[Line], style: tuple[float, bool, bool, bool]) -> bool:
    """Set exactly like the known headings, short, and not the head of a dated entry."""
    if line.style != style or line.bullet or line.words > _MAX_HEADING_WORDS or line.words == 0 or "\t" in line.text:
        return False
    following = lines[line.index + 1 : line.index + 3]
    return not any(find_dates(other.text) for other in (line, *following))


def _told_by_content(section: Section) -> Section:
    """An unknown heading over nothing but short items is a group of skills ('Web Development: HTML, CSS')."""
    if section.kind != "unknown" or not section.lines:
        return section
    short = all(line.words <= 6 and not line.text.endswith(".") and "@" not in line.text for line in section.lines)
    levelled = section.lines[0].text.lower() in LEVEL_WORDS
    return replace(section, kind="skills") if levelled or (short and len(section.lines) >= 2) else section
