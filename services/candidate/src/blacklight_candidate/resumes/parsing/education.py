"""Courses of study: degree, subject, school and dates."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from .dates import find_dates, find_ranges
from .lexicon import DEGREES, SCHOOL_WORDS
from .lines import Line
from .model import Education, Field
from .places import is_place, place_behind_name
from .sections import Section

_DEGREE = re.compile(rf"(?<![\w.])(?:{DEGREES})(?![\w])", re.IGNORECASE)
_SPLIT = re.compile(
    r"\t+|\s{2,}|\s+[|·•∙]\s+|\s*\|\s*|\s+[–—-]\s+|,\s+|;\s+|\s*:\s+(?=[A-Z])|"
    r"\s+(?:at|from)\s+(?=(?:[\w.&'’-]+\s+){0,4}(?:Universit|College|Institute|School|Academy|Polytechnic))"
)
_OF_STUDY = re.compile(
    r"^\s*(?:degree\s+)?(?:\(?\s*(?:hons?|honours|honors)\.?\)?\s*)?"
    r"(?:in|of|with a major in|major(?:ing)? in|-|–|,|:)?\s+",
    re.IGNORECASE,
)
_ASIDE = re.compile(
    r"^(?:grade|gpa|cgpa|score|major courses|courses?|coursework|relevant coursework|activities|minor|thesis|"
    r"dissertation|honors?|awards?|highlights)\b|https?://|^www\.|^\d[\d./ ]*$",
    re.IGNORECASE,
)
_CAMPUS = re.compile(
    r"^(?:University of (?:California|Maryland|Illinois|North Carolina|Wisconsin|Minnesota|Texas|Michigan|"
    r"Massachusetts|"
    r"Missouri|Nebraska|Tennessee|Colorado|Alabama|Nevada)|California State University|State University of New York|"
    r"City University of New York|Indian Institute of Technology|National Institute of Technology|Rutgers University)$"
)
_LEADING = re.compile(r"^(?:at|from|by)\s+")
_STOP = re.compile(
    r"^(?:courses?|coursework|relevant coursework|major courses|highlights|achievements|projects)\s*:?\s*",
    re.IGNORECASE,
)


@dataclass(slots=True)
class _Draft:
    degree: Field[str] = field(default_factory=Field)
    subject: Field[str] = field(default_factory=Field)
    school: Field[str] = field(default_factory=Field)
    start: Field[str] = field(default_factory=Field)
    end: Field[str] = field(default_factory=Field)
    loose: list[Field[str]] = field(default_factory=list)
    closed: bool = False

    def finished(self) -> Education:
        for candidate in self.loose:
            if not self.subject.stated and self.degree.stated:
                self.subject = Field(candidate.value, 0.75, candidate.start, candidate.end)
            elif not self.school.stated and candidate.value != self.subject.value:
                self.school = Field(candidate.value, 0.6, candidate.start, candidate.end)
        return Education(self.degree, self.subject, self.school, self.start, self.end)


def find_education(sections: Sequence[Section]) -> tuple[Education, ...]:
    """Courses of study in the order of the text."""
    found: list[Education] = []
    for section in sections:
        if section.kind == "education":
            found.extend(draft.finished() for draft in _drafts(section.lines))
    return tuple(entry for entry in found if entry.degree.stated or entry.institution.stated)


def _drafts(lines: Sequence[Line]) -> list[_Draft]:
    drafts: list[_Draft] = []
    current = _Draft()
    for line in lines:
        if _STOP.match(line.text):
            current.closed = True
        pieces = _pieces(line)
        if _opens_next(current, pieces, line):
            drafts.append(current)
            current = _Draft()
        if not current.closed or find_ranges(line.text):
            _take(current, pieces, line)
    drafts.append(current)
    return drafts


def _opens_next(current: _Draft, pieces: list[tuple[str, Field[str]]], line: Line) -> bool:
    kinds = {kind for kind, _ in pieces}
    if line.bullet and not kinds & {"school", "degree"}:
        return False
    if ("school" in kinds and current.school.stated) or ("degree" in kinds and current.degree.stated):
        return True
    dated = bool(find_ranges(line.text))
    if dated and current.end.stated:
        return True
    return current.closed and bool(kinds & {"school", "degree"} or dated)


def _pieces(line: Line) -> list[tuple[str, Field[str]]]:
    """Parts of a line with what each is: school, degree, subject, place, loose."""
    if _ASIDE.match(line.text) or line.words > 25:
        return []
    text = line.text
    for point in find_ranges(text) or find_dates(text):
        text = text[: point.start] + "\t" * (point.end - point.start) + text[point.end :]
    span = place_behind_name(text)
    if span is not None:
        text = text[: span[0]] + "\t" * (span[1] - span[0]) + text[span[1] :]
    pieces: list[tuple[str, Field[str]]] = []
    position = 0
    for match in [*_SPLIT.finditer(text), None]:
        start, end = position, match.start() if match else len(text)
        position = match.end() if match else end
        while start < end and text[start] in " \t,;:|–—-(":
            start += 1
        start += len(text[start:end]) - len(_LEADING.sub("", text[start:end]))
        while end > start and text[end - 1] in " \t,;:|–—-(":
            end -= 1
        if end > start:
            pieces.extend(_classified(line, text[start:end], line.start + start))
    return _schools_joined(pieces, line)


def _classified(line: Line, text: str, start: int) -> list[tuple[str, Field[str]]]:
    whole = Field(text, 0.93, start, start + len(text))
    if is_place(text):
        return [("place", whole)]
    if _ASIDE.match(text) or not any(char.isalpha() for char in text):
        return []
    degree = _DEGREE.match(text)
    words = {word.strip(".,()").lower() for word in re.split(r"[\s/-]+", text)}
    if words & SCHOOL_WORDS and not degree:
        return [("school", Field(text, 0.94 if len(text.split()) > 1 else 0.7, start, start + len(text)))]
    if degree:
        return _degree_and_subject(text, start, degree)
    return [("loose", whole)]


def _degree_and_subject(text: str, start: int, degree: re.Match[str]) -> list[tuple[str, Field[str]]]:
    """'Bachelor of Science in Computer Science' is a degree and a subject; so is 'B.Tech Computer Science'."""
    pieces = [("degree", Field(degree.group(0).strip(), 0.92, start, start + len(degree.group(0).rstrip())))]
    link = _OF_STUDY.match(text[degree.end() :])
    rest_at = degree.end() + (link.end() if link else 0)
    rest = text[rest_at:].strip(" ()")
    if rest and any(char.isalpha() for char in rest):
        at = start + text.index(rest, rest_at)
        kind = "school" if {w.lower() for w in rest.split()} & SCHOOL_WORDS else "subject"
        pieces.append((kind, Field(rest, 0.9, at, at + len(rest))))
    return pieces


def _schools_joined(pieces: list[tuple[str, Field[str]]], line: Line) -> list[tuple[str, Field[str]]]:
    """'University of California, Berkeley' is one school: a loose part right behind a comma belongs to it."""
    joined: list[tuple[str, Field[str]]] = []
    for kind, piece in pieces:
        if kind == "loose" and joined and joined[-1][0] == "school":
            before = joined[-1][1]
            between = line.text[before.end - line.start : piece.start - line.start]
            if between == ", " and _CAMPUS.match(before.value or "") and len((piece.value or "").split()) <= 2:
                text = line.text[before.start - line.start : piece.end - line.start]
                joined[-1] = ("school", Field(text, 0.8, before.start, piece.end))
                continue
        joined.append((kind, piece))
    return joined


def _take(draft: _Draft, pieces: list[tuple[str, Field[str]]], line: Line) -> None:
    for kind, piece in pieces:
        if kind == "school" and not draft.school.stated:
            draft.school = piece
        elif kind == "degree" and not draft.degree.stated:
            draft.degree = piece
        elif kind == "subject" and not draft.subject.stated:
            draft.subject = piece
        elif kind == "loose" and not line.bullet and not line.is_prose and len((piece.value or "").split()) <= 8:
            draft.loose.append(piece)
    _take_dates(draft, line)


def _take_dates(draft: _Draft, line: Line) -> None:
    if draft.end.stated or line.words > 20:
        return
    ranges = find_ranges(line.text)
    if ranges:
        span = ranges[0]
        draft.start = Field(span.first.value, 0.93, line.start + span.first.start, line.start + span.first.end)
        if span.last is not None:
            draft.end = Field(span.last.value, 0.93, line.start + span.last.start, line.start + span.last.end)
        return
    points = find_dates(line.text)
    if points and not _ASIDE.match(line.text):
        last = points[-1]
        draft.end = Field(last.value, 0.9, line.start + last.start, line.start + last.end)
