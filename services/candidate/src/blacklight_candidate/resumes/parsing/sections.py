"""Where the sections of a résumé begin and what they are."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from .dates import find_dates
from .lexicon import HEADING_KIND, LEVEL_WORDS
from .lines import Line, Style

_EDGES = " \t:;•-–—_|.#*=~<>[](){}"
_INLINE = re.compile(r"^(?P<phrase>[A-Za-z][A-Za-z &/,-]{2,40}?)\s*[:–]\s*(?=\S)")
_CONTINUED = re.compile(r"\s*\(?(?:continued|cont['’.]?d?\.?)\)?$", re.IGNORECASE)
_MAX_HEADING_WORDS = 6
_OPEN_TO_INLINE = {"", "summary", "skills", "contact", "other", "unknown", "certifications", "languages"}
_KEEPS_SUBHEADINGS = {"interests", "projects", "awards", "volunteer", "publications", "references", "languages"}
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
    return _with_unknown_told(sections)


def _headings(lines: Sequence[Line]) -> dict[int, tuple[str, Line | None]]:
    """Headings by line index: kind, and what follows a heading on its own line."""
    marks: dict[int, tuple[str, Line | None]] = {}
    whole = {line.index: kind for line in lines if not line.bullet and (kind := heading_kind(line.text))}
    styles = _heading_styles([line for line in lines if line.index in whole])
    for line in lines:
        kind = whole.get(line.index)
        if kind is not None and (joined := _wrapped_with(line, lines, whole, styles)) is not None:
            marks[line.index - 1] = (joined, None)
            marks[line.index] = (joined, None)
        elif kind is not None:
            if _fits(line, styles):
                marks[line.index] = (kind, None)
        elif (inline := _inline_heading(line, _current(marks), _last_in_section(line, lines, whole))) is not None:
            marks[line.index] = inline
    marks.update({index: ("unknown", None) for index in _unknown_headings(lines, marks, styles)})
    return marks


def _unknown_headings(
    lines: Sequence[Line], marks: dict[int, tuple[str, Line | None]], styles: Sequence[Style]
) -> list[int]:
    """Lines below the first heading that are set as the headings are."""
    telling = [style for style in styles if (style[0] > 0 or style[3]) and _stands_out(style, lines)]
    first = min(marks, default=len(lines))
    return [
        line.index
        for line in lines[first + 1 :]
        if line.index not in marks and any(_is_unknown_heading(line, lines, style) for style in telling)
    ]


def _wrapped_with(line: Line, lines: Sequence[Line], whole: dict[int, str], styles: Sequence[Style]) -> str | None:
    """Kind of a heading broken over two lines, of which this is the second: 'Programming / Languages'."""
    above = lines[line.index - 1] if line.index else None
    if (
        above is None
        or line.gap
        or above.style != line.style
        or above.index in whole
        or above.words > 3
        or above.bullet
    ):
        return None
    if line.style == lines[min(line.index + 1, len(lines) - 1)].style or not _fits(line, styles):
        return None
    return heading_kind(f"{above.text} {line.text}") or "unknown"


def _current(marks: dict[int, tuple[str, Line | None]]) -> str:
    return next(reversed(marks.values()))[0] if marks else ""


def _heading_styles(candidates: list[Line]) -> list[Style]:
    """Styles that several known headings share: one for the page, another perhaps for a side column."""
    if len(candidates) < 3:
        return []
    shared = Counter(line.style for line in candidates)
    return [style for style, count in shared.most_common() if count >= 2 and 4 * count >= len(candidates)]


def _stands_out(style: Style, lines: Sequence[Line]) -> bool:
    """Body text is set in another style than the headings."""
    if style[2] > 0:
        return True
    alike = [line for line in lines if line.style == style]
    return len(alike) <= 0.3 * len(lines) and not any(line.is_prose or line.bullet for line in alike)


def _fits(line: Line, styles: Sequence[Style]) -> bool:
    """Not smaller than one of the heading styles, and not plain where that is bold, marked or capitals."""
    if not styles or line.text.rstrip().endswith(":"):
        return True
    return any(_like(line, style) for style in styles)


def _like(line: Line, style: Style) -> bool:
    size, bold, level, capitals = line.style
    if size < style[0] - 0.6 or level > style[2] > 0:
        return False
    emphasis = sum((bold, level > 0, capitals)) + (size > style[0] + 0.6)
    return emphasis >= sum((style[1], style[2] > 0, style[3]))


def _last_in_section(line: Line, lines: Sequence[Line], whole: dict[int, str]) -> bool:
    """Set apart, and followed by the next heading or nothing."""
    return line.gap and (line.index + 1 == len(lines) or line.index + 1 in whole)


def _inline_heading(line: Line, current: str, last: bool) -> tuple[str, Line] | None:
    """'PROFESSIONAL SUMMARY: text' opens a section; 'Skills: a, b' inside a job or a project does not."""
    match = None if line.bullet else _INLINE.match(line.text)
    kind = heading_kind(match.group("phrase")) if match else None
    if match is None or kind is None or kind in ("other", "contact"):
        return None
    phrase = match.group("phrase")
    loud = phrase.isupper() or (line.heading and phrase[0].isupper())
    if current == "skills" and kind in ("languages", "skills", "certifications") and not loud:
        return None
    closing = last and current in ("work", "education")
    if current not in _OPEN_TO_INLINE and not loud and not closing:
        return None
    if current == kind == "skills":
        return None
    rest = line.text[match.end() :]
    return kind, replace(line, text=rest, start=line.end - len(rest))


def _is_unknown_heading(line: Line, lines: Sequence[Line], style: Style) -> bool:
    """Set exactly like the known headings, short, and not the head of a dated entry."""
    if line.style != style or line.bullet or line.words > _MAX_HEADING_WORDS or line.words == 0 or "\t" in line.text:
        return False
    if style[0] == 0 and not line.gap:
        return False
    following = lines[line.index + 1 : line.index + 3]
    return not any(find_dates(other.text) for other in (line, *following))


def _with_unknown_told(sections: Sequence[Section]) -> list[Section]:
    """Unknown headings: groups of skills go to the skills; under hobbies, projects and the like they stay there."""
    told: list[Section] = []
    above = ""
    for section in sections:
        if section.kind != "unknown":
            above = section.kind
            told.append(section)
        elif above in _KEEPS_SUBHEADINGS:
            told.append(replace(section, kind=above))
        elif _is_skill_group(section, alone=above != "skills"):
            told.append(replace(section, kind="skills"))
        else:
            told.append(section)
    return told


def _is_skill_group(section: Section, *, alone: bool) -> bool:
    """Nothing but short items, perhaps under a level ('Web Development: Advanced: HTML, CSS')."""
    lines = section.lines
    if not lines:
        return False
    items = [item for line in lines for item in re.split(r"\t|\s{2,}|[,;|·•]", line.text)]
    short = all(len(item.split()) <= 5 for item in items) and not any(
        line.text.endswith(".") or "@" in line.text or find_dates(line.text) for line in lines
    )
    levelled = lines[0].text.lower() in LEVEL_WORDS
    return levelled or (short and (not alone or len(items) >= 3))
