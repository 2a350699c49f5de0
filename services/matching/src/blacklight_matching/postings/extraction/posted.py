"""When a posting was posted: dates and words like "3 days ago", relative to the day it was seen (pains P-68, P-69).

"04/05/2026" is the fourth of May or the fifth of April: what lies in the future is ruled out, the country decides
between the rest, and without one nothing is said.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta

from blacklight_matching.postings.extraction.sentences import Span

_MONTHS = {
    name: number
    for number, names in enumerate(
        ["jan january", "feb february", "mar march", "apr april", "may", "jun june", "jul july", "aug august",
         "sep sept september", "oct october", "nov november", "dec december"], start=1,
    )
    for name in names.split()
}  # fmt: skip
_MONTH = "|".join(sorted(_MONTHS, key=len, reverse=True))
_COUNTS = {"a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7}
_UNITS = {"h": 0, "min": 0, "sec": 0, "d": 1, "w": 7, "mo": 30, "y": 365}
_AGO = re.compile(
    r"(?<![\w.])(?P<count>\d{1,3}|an?|one|two|three|four|five|six|seven)\s*\+?\s*(?P<unit>seconds?|secs?|minutes?|"
    r"mins?|"
    r"hours?|hrs?|h|days?|d|weeks?|wks?|w|months?|mos?|years?|yrs?|y)\s*\+?\s*ago\b",
    re.IGNORECASE,
)
_NOW = re.compile(
    r"\b(?:just (?:now|posted)|posted today|today|new today|moments ago|few (?:hours|minutes) ago)\b", re.I
)
_YESTERDAY = re.compile(r"\byesterday\b", re.IGNORECASE)
_LAST_WEEK = re.compile(r"\b(?:last|a) week(?: ago)?\b", re.IGNORECASE)
_ISO = re.compile(r"(?<!\d)(?P<year>20\d\d)[-/.](?P<month>\d{1,2})[-/.](?P<day>\d{1,2})(?!\d)")
_WRITTEN = re.compile(
    rf"(?<!\w)(?:(?P<day>\d{{1,2}})(?:st|nd|rd|th)?\s*(?:of\s+)?[- ]?(?P<month>{_MONTH})\.?|"
    rf"(?P<month2>{_MONTH})\.?\s*"
    rf"(?P<day2>\d{{1,2}})(?:st|nd|rd|th)?)(?!\w)(?:[,\s-]+(?P<year>20\d\d))?",
    re.IGNORECASE,
)
_NUMBERS = re.compile(r"(?<![\d/.-])(?P<first>\d{1,2})[/.-](?P<second>\d{1,2})[/.-](?P<year>20\d\d|\d\d)(?![\d/])")
_SPOKEN_OF = re.compile(
    r"\b(?:posted|published|listed|advertised|date posted|reposted|active)\b(?:\s+(?:on|date|"
    r"by [^\n]{1,60}? on))?\W{0,4}",
    re.IGNORECASE,
)
_LONGEST_FIELD = 80
_OLDEST = timedelta(days=3653)


@dataclass(frozen=True, slots=True)
class Posted:
    """The day, and the words that say so."""

    day: date
    span: Span


def find_posted(text: str, seen: date, country: str = "") -> Posted | None:
    """The day that a text says it was posted ("Posted 3 days ago"); None when it does not."""
    for spoken in _SPOKEN_OF.finditer(text):
        start = spoken.end()
        read = _read(text[start : start + _LONGEST_FIELD].partition("\n")[0], seen, country)
        if read is not None and read[1].start <= 12:
            return Posted(read[0], Span(start + read[1].start, start + read[1].end))
    head = text[:400]
    ago = _AGO.search(head)
    day = _relative(ago, seen) if ago is not None else None
    if ago is not None and day is not None and len(_line_of(head, ago.start())) < 90:
        return Posted(day, Span(ago.start(), ago.end()))
    return None


def posted_in_field(value: str, seen: date, country: str = "") -> date | None:
    """The day in a board's own field, relative ("30+ days ago", "yesterday") or not; None when it can't be told.

    Args:
        seen: the day the posting was seen; nothing was posted after it (a day of time zones is allowed).
        country: ISO 3166-1, decides which of two numbers is the month.
    """
    read = _read(value[:_LONGEST_FIELD], seen, country)
    return read[0] if read else None


def _read(text: str, seen: date, country: str) -> tuple[date, Span] | None:
    for pattern in (_AGO, _NOW, _YESTERDAY, _LAST_WEEK, _ISO, _WRITTEN, _NUMBERS):
        match = pattern.search(text)
        if match is None:
            continue
        day = _day(pattern, match, seen, country)
        if day is not None and seen - _OLDEST <= day <= seen + timedelta(days=1):
            return min(day, seen), Span(match.start(), match.end())
    return None


def _day(pattern: re.Pattern[str], match: re.Match[str], seen: date, country: str) -> date | None:
    if pattern is _AGO:
        return _relative(match, seen)
    if pattern in (_NOW, _YESTERDAY, _LAST_WEEK):
        return seen - timedelta(days={_NOW: 0, _YESTERDAY: 1, _LAST_WEEK: 7}[pattern])
    if pattern is _ISO:
        return _date(int(match["year"]), int(match["month"]), int(match["day"]))
    if pattern is _WRITTEN:
        return _written(match, seen)
    return _of_numbers(int(match["first"]), int(match["second"]), int(match["year"]), seen, country)


def _relative(match: re.Match[str], seen: date) -> date | None:
    count = _COUNTS.get(match["count"].casefold()) or int(match["count"])
    unit = match["unit"].casefold()
    days = next(_UNITS[start] for start in ("sec", "min", "mo", "h", "d", "w", "y") if unit.startswith(start))
    return seen - timedelta(days=count * days)


def _written(match: re.Match[str], seen: date) -> date | None:
    month = _MONTHS[(match["month"] or match["month2"]).casefold()]
    day = int(match["day"] or match["day2"])
    if match["year"]:
        return _date(int(match["year"]), month, day)
    this_year = _date(seen.year, month, day)
    return this_year if this_year is None or this_year <= seen + timedelta(days=1) else _date(seen.year - 1, month, day)


def _of_numbers(first: int, second: int, year: int, seen: date, country: str) -> date | None:
    year = year if year > 99 else 2000 + year
    month_first, day_first = _date(year, first, second), _date(year, second, first)
    possible = {day for day in (month_first, day_first) if day is not None and day <= seen + timedelta(days=1)}
    if len(possible) <= 1:
        return next(iter(possible), None)
    return {"": None, "US": month_first}.get(country, day_first)


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _line_of(text: str, position: int) -> str:
    start = text.rfind("\n", 0, position) + 1
    return text[start:].partition("\n")[0]
