"""Fields that a running text names itself: "Location: Austin, TX", "Rate: $60/hr. Duration: 6 months", or a heading
"Location" with the value on the next line. Marks of Markdown around a name do not hide it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from blacklight_matching.postings.extraction.sentences import Span

_NAMES = {
    "title": r"(?:job|position|role)\s+(?:title|name|role|position)|title|role|position|designation|vacancy|"
    r"job opening|"
    r"opening|job|requirement",
    "company": r"(?:company|employer|client|organi[sz]ation|end[- ]client)(?:\s+name)?|hiring company|posted by|"
    r"direct client",
    "place": r"(?:(?:job|work|office|primary|position)\s+)?locations?|(?:work\s*)?place|place of work|city|"
    r"work\s*site|"
    r"based in|where|city/state|city,\s*state|office",
    "workplace": r"work\s*(?:mode|place type|arrangement|setting|model|style|environment)|remote(?: work)?|"
    r"(?:job|work)\s*setting|work(?:ing)? from home|telecommut(?:e|ing)",
    "contract": r"(?:contract|employment|job|position|hire|hiring|assignment|engagement|work)\s+(?:type|terms?|"
    r"status)|"
    r"type(?: of (?:contract|employment|position|job))?|tax\s*terms?|employment|contract|duration|engagement|term|"
    r"contract (?:length|duration)|job category|schedule",
    "pay": r"(?:base |annual |hourly |pay |bill |day |daily |contract |max(?:imum)? )?(?:salary|rate|pay|"
    r"compensation|"
    r"remuneration|renumeration|wage|package|ctc)(?:\s+(?:range|rate|package|details))?|budget|salary and benefits",
    "visa": r"visa(?:\s+(?:status|type|types|requirements?))?|work\s+(?:authori[sz]ation|permit|status)"
    r"(?:\s+(?:required|status))?|authori[sz]ation|status|work eligibility",
    "posted": r"(?:date\s+)?posted(?:\s+(?:on|date))?|publication date|published(?: on)?|listed(?: on)?|date",
}
_LABEL = "|".join(f"(?P<{field}>{names})" for field, names in _NAMES.items())
_NAMED = re.compile(
    rf"(?<![\w/&-])(?:{_LABEL})[ \t]?[*_]{{0,3}}[ \t]?(?:\((?:s|[\w /,]{{1,20}})\))?[ \t]{{0,3}}(?::|=|"
    rf"(?<=[ \t])[-–—](?=[ \t]))"
    r"[ \t]{0,3}[*_]{0,3}",
    re.IGNORECASE,
)
_BEFORE = re.compile(r"(?:^|[.;|,•·\t>*_#]|\s\s)[ \t]?[-*#>_•\d.)]{0,5}[ \t]?$")
_HEADING = re.compile(
    rf"^[ \t]*(?:[#*_>]+[ \t]*)?(?:{_LABEL})[ \t]*[*_#:]{{0,3}}[ \t]*\n+(?:[-=]{{3,}}[ \t]*\n+)?[ \t]*(?=\S)",
    re.IGNORECASE | re.MULTILINE,
)
_POSTED_BY = re.compile(
    r"^[ \t]*posted by[ \t]*:?[ \t]*(?P<company>[^\n]{1,80}?)(?:[ \t]+on[ \t]+(?P<posted>[^\n]{4,40}))?$", re.I | re.M
)
_TRIM = " \t.;|,*_-–—•·>#"
LONGEST_VALUE = 200
_MOST_LABELS = 60
_LONGEST_LINE = 400


@dataclass(frozen=True, slots=True)
class Labelled:
    """A value and where it stands."""

    value: str
    span: Span


def labelled_fields(text: str) -> dict[str, list[Labelled]]:
    """The values that a text gives by name, by field (title, company, place, ...), in order."""
    found: dict[str, list[Labelled]] = {}
    named = _named(text)
    for index, match in enumerate(named):
        line_end = _line_end(text, match.end())
        end = min(line_end, named[index + 1].start()) if index + 1 < len(named) else line_end
        _keep(found, text, match, end)
    for _, match in zip(range(_MOST_LABELS), _HEADING.finditer(text), strict=False):
        _keep(found, text, match, _line_end(text, match.end()))
    for match in _POSTED_BY.finditer(text):
        for field in ("company", "posted"):
            if match.group(field):
                span = Span(match.start(field), match.end(field))
                found.setdefault(field, []).insert(0, Labelled(match.group(field).strip(), span))
    return found


def _named(text: str) -> list[re.Match[str]]:
    """Names with a colon, an equals sign or a dash behind them, where a line or a clause begins."""
    found: list[re.Match[str]] = []
    start = 0
    while start < len(text) and len(found) < _MOST_LABELS:
        end = _line_end(text, start)
        line = text[start:end]
        if ":" in line or "=" in line or " - " in line or " – " in line:
            for match in _NAMED.finditer(text, start, min(end, start + _LONGEST_LINE)):
                if _BEFORE.search(text[max(start, match.start() - 12) : match.start()]):
                    found.append(match)
        start = end + 1
    return found


def _line_end(text: str, start: int) -> int:
    end = text.find("\n", start)
    return len(text) if end < 0 else end


def _keep(found: dict[str, list[Labelled]], text: str, match: re.Match[str], end: int) -> None:
    start = match.end()
    end = min(end, start + LONGEST_VALUE)
    while start < end and text[start] in _TRIM:
        start += 1
    while end > start and text[end - 1] in _TRIM:
        end -= 1
    if start < end and match.lastgroup:
        entry = Labelled(text[start:end], Span(start, end))
        values = found.setdefault(match.lastgroup, [])
        if all(value.span.start != start for value in values):
            values.append(entry)
