"""Lines of mails, brought to the form that fields are read from: labels with colons, sections without numbers. Pure."""

from __future__ import annotations

import itertools
import re

from blacklight_matching.postings.extraction.job_title import has_noun
from blacklight_matching.postings.extraction.pay import find_pay
from blacklight_matching.postings.extraction.place import Place, places_in_field

_LABEL = re.compile(
    r"^(?P<mark>[\s*•►➤·>-]*)(?P<label>(?:[\w/()&-]+ ){0,3}?(?:title|role|position|designation|location|place|"
    r"city|site|"
    r"city/state|rate|pay|salary|budget|compensation|duration|length|term|terms|type|contract|client|customer|company|"
    r"employer|visa|mode|arrangement|remote|telework|telecommuting|onsite/remote|experience|exp|skills?|start|"
    r"where|who|what|setting)\??|for(?=\s*:)|at(?=\s*:))"
    r"\s*(?:[-–—=]+|::?-?)\s*(?=\S)(?P<value>.*)$",
    re.IGNORECASE,
)
_BARS = re.compile(r"\s+\|+\s+|\s*\|\|\s*")
_SAME = {
    "for": "Client",
    "at": "Location",
    "who": "Company",
    "what": "Title",
    "job": "Title",
    "customer": "Client",
    "site": "Location",
    "length": "Duration",
}
_NUMBER = re.compile(
    r"^[\s*_]*(?:#\s?\d{1,2}\b\s*[.):–-]*|(?:req(?:uirement)?|job|position|role|"
    r"opening)?\s*#?\s*\d{1,2}\s*[.):–-]+)\s*",
    re.IGNORECASE,
)
_EITHER = re.compile(r"(?:on-?site|office|remote|hybrid)\s*(?:/|or|&)\s*(?:on-?site|office|remote|hybrid)|^work type$")
_FROM_HOME = re.compile(r"\b(?:remote|telework|telecommuting)$", re.IGNORECASE)
_NO = re.compile(r"(?:no\b|not\b|none\b|n/a\b)", re.IGNORECASE)
_DAYS = re.compile(
    r"\b(?:one|two|three|four|[1-4](?:-[1-4])?)\s+(?:\w+\s+)?days?\b[^.\n]{0,60}\b(?:office|on-?\s?site|site|"
    r"in person|home|"
    r"remote(?:ly)?|week)\b",
    re.IGNORECASE,
)
_WEEKDAYS = re.compile(
    r"\b(?:(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri)(?:days?)?\b[\s,&]*(?:and|to|through|-|–)?\s*){2,5}", re.IGNORECASE
)
_AT_WORK = re.compile(r"\b(?:office|studio|on-?\s?site|lab|remote(?:ly)?|home|in person)\b", re.IGNORECASE)
_IN_PERSON = re.compile(
    r"\b(?:in[- ]person|on[- ]premises?|in[- ](?:the )?office (?:every|each|daily|five|5)|every day on|"
    r"at headquarters every day|"
    r"no remote|not remote|not a remote|(?:five|5) days?\b[^.\n]{0,25}\b(?:office|on-?\s?site)|"
    r"(?:office|on-?\s?site)\b[^.\n]{0,12}\b(?:five|5) days|"
    r"(?:job|role|position)\b[^.\n]{0,12}\bin (?:the|their|our) office)\b",
    re.IGNORECASE,
)
_LABELLED = re.compile(r"[^:.\n]{1,40}:")
_WIDTH = 60
"""Mail programs break lines at 72 to 78 letters, before the word that goes beyond."""
_LONGEST_LINE = 300
_IN_PLACE = re.compile(
    r"\b(?:in|at|near)\s+(?P<place>[A-Z][\w.]+(?:\s[A-Z][\w.]+){0,2},\s*[A-Z][A-Za-z]+(?:\s[A-Z][a-z]+)?)"
)


def with_labels(text: str) -> str:
    """The text with "Location – Chicago", "Where: Chicago" and their like as "Location: Chicago"."""
    lines = (piece for line in text.split("\n") for piece in _apart(line))
    return "\n".join(map(_labelled, lines))


def _apart(line: str) -> list[str]:
    """A line of which a piece is labelled, piece by piece: "Client: Acme | Reno, NV | $60/hr"."""
    pieces = _BARS.split(line.strip()) if "|" in line and len(line) <= _LONGEST_LINE else [line]
    return _rates_joined(pieces) if len(pieces) > 1 and any(map(_LABEL.match, pieces)) else [line]


def _rates_joined(pieces: list[str]) -> list[str]:
    """ "Rate: W2 - $60/hr" and "C2C - $68/hr" are two rates of one job and stay together."""
    joined: list[str] = []
    for piece in pieces:
        if joined and not _LABEL.match(piece) and find_pay(joined[-1]) and find_pay(piece):
            joined[-1] += f", {piece}"
        else:
            joined.append(piece)
    return joined


def _labelled(line: str) -> str:
    match = _LABEL.match(line) if len(line) <= _LONGEST_LINE else None
    if match is None:
        return line
    label = match["label"].strip(" ?")
    value = match["value"].strip()
    if _FROM_HOME.search(label) and _NO.match(value):
        return "Work mode: Onsite"
    return f"{_name_of(label)}: {value}"


def _name_of(label: str) -> str:
    """A label in the words that fields are read by."""
    key = label.casefold()
    if key.endswith("customer"):
        return "Client"
    return "Work mode" if _EITHER.search(key) else _SAME.get(key, label)


def without_number(section: str) -> str:
    """A section whose first line is no longer numbered."""
    first, _, rest = section.partition("\n")
    plain = _NUMBER.sub("", first)
    return f"{plain}\n{rest}" if has_noun(plain) else section


def is_hybrid(text: str) -> bool:
    """Whether a text counts the days in the office: "three days a week in the lab"."""
    if _DAYS.search(text):
        return True
    sentences = re.split(r"[.\n]", text)
    return any(_AT_WORK.search(sentence) and _WEEKDAYS.search(sentence) for sentence in sentences)


def is_on_site(text: str) -> bool:
    """Whether a text wants people to come, in words that only mails use."""
    return _IN_PERSON.search(text) is not None


def unwrapped(text: str) -> str:
    """The text with sentences that were broken at the width of a screen on one line."""
    lines = text.split("\n")
    joined = lines[:1]
    for before, line in itertools.pairwise(lines):
        goes_on = len(before) >= _WIDTH and line[:1].isalnum() and not _LABELLED.match(line)
        joined.append(f" {line}" if goes_on else f"\n{line}")
    return "".join(joined)


def place_in_sentence(text: str) -> tuple[Place, ...]:
    """The first "in Boise, Idaho" of a text, or none."""
    for match in _IN_PLACE.finditer(text):
        found = tuple(place for place in places_in_field(match["place"]) if place.city)
        if found:
            return found
    return ()
