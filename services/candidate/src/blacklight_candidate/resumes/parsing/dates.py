"""Dates and date ranges as résumés print them."""

from __future__ import annotations

import re
from dataclasses import dataclass

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "january jan janvier enero januar",
            "february feb février febrero februar",
            "march mar mars marzo märz",
            "april apr avril abril",
            "may mai mayo",
            "june jun juin junio juni",
            "july jul juillet julio juli",
            "august aug août agosto",
            "september sept sep septembre septiembre",
            "october oct octobre octubre oktober",
            "november nov novembre noviembre",
            "december dec décembre diciembre dezember",
        ),
        start=1,
    )
    for name in names.split()
}
_SEASONS = {"spring": 3, "summer": 6, "fall": 9, "autumn": 9, "winter": 12}
_NAMES = "|".join(sorted((*_MONTHS, *_SEASONS), key=len, reverse=True))
_YEAR = r"(?:19[5-9]\d|20[0-4]\d)"
_DATE = (
    rf"(?:(?P<iso>{_YEAR}-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12]\d|3[01]))?)(?!\d)"
    rf"|(?P<named>\b(?:{_NAMES})\b\.?(?:\s+\d{{1,2}}(?:st|nd|rd|th)?\b)?\s*[,'’/-]?\s*(?:of\s+)?(?:{_YEAR}|['’]?\d\d)\b)"
    rf"|(?P<us>\b(?:0?[1-9]|1[0-2])/(?:0?[1-9]|[12]\d|3[01])/(?:{_YEAR}|\d\d)\b)"
    rf"|(?P<numeric>\b(?:0?[1-9]|1[0-2])\s?[/.]\s?(?:{_YEAR}|\d\d)\b(?!\s?[/.]\s?\d))"
    rf"|(?P<slashed>\b{_YEAR}\s?[/.]\s?(?:0[1-9]|1[0-2])\b)"
    rf"|(?P<year>\b{_YEAR}\b))"
)
_PRESENT = (
    r"\b(?:present|current(?:ly)?|till\s+(?:date|now|present)|to\s+date|till\s?date|now|ongoing|today|"
    r"until\s+now|till\s+to\s+date|aujourd['’]hui|heute|actualidad)\b"
)
_TO = r"\s*(?:-+|–+|—+|−|~|→|\bto\b|\btill\b|\buntil\b|\bthrough\b|\bthru\b|\bbis\b|\s(?=\S))\s*"
_POINT = re.compile(_DATE, re.IGNORECASE)
_NOW = re.compile(_PRESENT, re.IGNORECASE)
_BETWEEN = re.compile(rf"^{_TO}$", re.IGNORECASE)
_SINCE = re.compile(r"\b(?:since|from)\s*:?\s*$", re.IGNORECASE)
_OPEN_END = re.compile(r"^\s*[-–—]+\s*$")


@dataclass(frozen=True, slots=True)
class Point:
    """A date: 'YYYY-MM', or 'YYYY' where no month is given; offsets into the searched text."""

    value: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class DateRange:
    """From `first` to `last`; `last` is None while it goes on (`current`)."""

    first: Point
    last: Point | None
    current: bool
    start: int
    end: int


def find_dates(text: str) -> list[Point]:
    """All dates in a line, left to right."""
    points = (_point(match) for match in _POINT.finditer(text))
    return [point for point in points if point is not None]


def find_ranges(text: str) -> list[DateRange]:
    """All ranges in a line: two dates, a date and 'present', 'since' a date, a date and a dangling dash."""
    points = find_dates(text)
    ranges: list[DateRange] = []
    index = 0
    while index < len(points):
        found = _range_at(text, points, index)
        if found is None:
            index += 1
            continue
        ranges.append(found)
        index += 2 if found.last is not None else 1
    return ranges


def _range_at(text: str, points: list[Point], index: int) -> DateRange | None:
    first = points[index]
    if index + 1 < len(points):
        last = points[index + 1]
        if _BETWEEN.match(text[first.end : last.start]) and first.value[:4] <= last.value[:4]:
            return DateRange(first, last, False, first.start, last.end)
    now = _NOW.search(text, first.end)
    if now and _BETWEEN.match(text[first.end : now.start()]):
        return DateRange(first, None, True, first.start, now.end())
    since = _SINCE.search(text[: first.start])
    if since:
        return DateRange(first, None, True, since.start(), first.end)
    if _OPEN_END.match(text[first.end :]):
        return DateRange(first, None, True, first.start, len(text.rstrip()))
    return None


def _point(match: re.Match[str]) -> Point | None:
    value = _value(match)
    return None if value is None else Point(value, match.start(), match.end())


def _value(match: re.Match[str]) -> str | None:
    kind, text = match.lastgroup, match.group(0)
    if kind == "iso":
        return text[:7]
    if kind == "year":
        return text
    if kind == "named":
        name = re.match(r"[^\W\d_]+", text)
        year = _full_year(re.findall(r"\d+", text)[-1])
        key = name.group(0).lower() if name else ""
        month = _MONTHS.get(key) or _SEASONS.get(key)
        return f"{year}-{month:02d}" if year and month else year
    numbers = re.findall(r"\d+", text)
    if kind == "slashed":
        return f"{numbers[0]}-{int(numbers[1]):02d}"
    year = _full_year(numbers[-1])
    return f"{year}-{int(numbers[0]):02d}" if year else None


def _full_year(digits: str) -> str | None:
    if len(digits) == 4:
        return digits if 1950 <= int(digits) <= 2049 else None
    if len(digits) == 2:
        return f"20{digits}" if int(digits) < 50 else f"19{digits}"
    return None


def months_between(first: str, last: str) -> tuple[int, int]:
    """Months since year 0 of the first and the last month counted, both inclusive; a bare year is its whole self."""
    start = int(first[:4]) * 12 + (int(first[5:7]) - 1 if len(first) > 4 else 0)
    end = int(last[:4]) * 12 + (int(last[5:7]) - 1 if len(last) > 4 else 11)
    return start, end
