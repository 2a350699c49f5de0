"""Lines of mails, brought to the form that fields are read from: labels with colons, titles without numbers. Pure."""

from __future__ import annotations

import re

from blacklight_matching.postings.extraction.contract import find_contracts
from blacklight_matching.postings.extraction.job_title import has_noun, title_in_prose
from blacklight_matching.postings.extraction.labels import labelled_fields
from blacklight_matching.postings.extraction.pay import Pay, find_pay
from blacklight_matching.postings.extraction.place import Place, places_in_field
from blacklight_matching.postings.extraction.sentences import Span
from blacklight_matching.titles import ROLE_NOUNS

_LABEL = re.compile(
    r"^(?P<mark>[\s*•►➤·>-]*)(?P<label>(?:[\w/()&-]+ ){0,3}?(?:title|role|position|designation|location|place|"
    r"city|site|"
    r"city/state|rate|pay|salary|budget|compensation|duration|length|term|terms|type|contract|client|customer|company|"
    r"employer|visa|mode|arrangement|remote|telework|telecommuting|onsite/remote|experience|exp|skills?|start|"
    r"where|who|what|setting))"
    r"\s*(?:[-–—=]+|::?-?)\s*(?=\S)(?P<value>.*)$",
    re.IGNORECASE,
)
_BARS = re.compile(r"\s+\|+\s+|\s*\|\|\s*")
_SAME = {
    "for": "Client",
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
_SEGMENTS = re.compile(r"\s*[,|;•]\s*|\s+[-–—/:]\s+|:\s+|\.\s+|\s+\(")
_HOURLY = re.compile(
    r"(?<![\d.,$€£:/-])(?P<low>\d{2,3}(?:\.\d{1,2})?)(?:\s*(?:-|–|to)\s*(?P<high>\d{2,3}(?:\.\d{1,2})?))?"
    r"\s*(?:/|per|an)\s*(?:hr|hour)\b",
    re.IGNORECASE,
)
_BARE = re.compile(
    r"\$\s?(?P<low>\d{2,3}(?:\.\d{2})?)(?:\s*(?:-|–|to)\s*\$?(?P<high>\d{2,3}(?:\.\d{2})?))?(?![\d,]|\s?[kKmM%]\b|\.\d)"
)
_LEAST_HOUR, _MOST_HOUR = 12, 400
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
_SENIOR = re.compile(r"\b(?:lead|sme|head|dba|sdet|devops|pm|ba|owner|officer)\b", re.IGNORECASE)
_EXPLICIT = re.compile(
    r"^[\s*•-]*(?:(?:job|position|role)\s+title|title|designation)\s*:\s*(?P<title>\S.{1,80})$",
    re.IGNORECASE | re.MULTILINE,
)
_IN_PERSON = re.compile(
    r"\b(?:in[- ]person|on[- ]premises?|in[- ](?:the )?office (?:every|each|daily|five|5)|every day on|"
    r"at headquarters every day|"
    r"no remote|not remote|not a remote)\b",
    re.IGNORECASE,
)
_FOR_CLIENT = re.compile(r"\s+(?:for|at|with|@)\s+(?:the\s+)?(?=[A-Z]).*$", re.DOTALL)
_THOUSANDS = re.compile(r"(?<![\d.,-])\$?(?P<low>\d{2,3})k?\s*(?:-|–|to)\s*\$?(?P<high>\d{2,3})\s?k\b", re.IGNORECASE)
_AFTER_TITLE = re.compile(r"\s+(?:at|in|for|with|@)\s+.*$", re.DOTALL)
_NAMED = re.compile(
    rf"\b(?P<title>(?:[A-Z][\w+#./&-]*\s+){{1,5}}(?:{'|'.join(sorted(noun.capitalize() for noun in ROLE_NOUNS))}))\b"
)
_OF_THE_SENDER = re.compile(
    r"\b(?:recruiter|talent|staffing|sourc\w+|account manager|resource manager|sales|hr|human resources|delivery|"
    r"team lead|bdm|bench)\b",
    re.IGNORECASE,
)
_LONGEST_TITLE = 120
_LONGEST_LINE = 300
_LINES = 12
_MOST_WORDS = 7
_SENTENCE = re.compile(
    r"\b(?:i|we|you|they|he|she|it|is|are|was|were|have|has|had|our|your|my|their|will|would|can|please|need|looking|"
    r"attached|that|which|who|send|find|asked|talk|with|for|from|to)\b",
    re.IGNORECASE,
)
_ARTICLE = re.compile(
    r"^(?:an?|one|the|another|new|open(?:ing)?|quick need|urgent need|hiring|wanted|need)\s+", re.IGNORECASE
)
_IN_PLACE = re.compile(
    r"\b(?:in|at|near)\s+(?P<place>[A-Z][\w.]+(?:\s[A-Z][\w.]+){0,2},\s*[A-Z][A-Za-z]+(?:\s[A-Z][a-z]+)?)"
)
_BEGINS = re.compile(
    r"(?:^|(?<=[.!?:]\s))(?:An?|One|Another)\s+(?P<title>(?:[A-Z][\w+#./&-]*\s+){0,5}[A-Z][\w+#./&-]*)", re.MULTILINE
)


def with_labels(text: str) -> str:
    """The text with "Location – Chicago", "Where: Chicago" and their like as "Location: Chicago"."""
    lines = (piece for line in text.split("\n") for piece in _apart(line))
    return "\n".join(map(_labelled, lines))


def _apart(line: str) -> list[str]:
    """A line of which a piece is labelled, piece by piece: "Client: Acme | Reno, NV | $60/hr"."""
    pieces = _BARS.split(line.strip()) if "|" in line and len(line) <= _LONGEST_LINE else [line]
    return pieces if len(pieces) > 1 and any(map(_LABEL.match, pieces)) else [line]


def _labelled(line: str) -> str:
    match = _LABEL.match(line) if len(line) <= _LONGEST_LINE else None
    if match is None:
        return line
    label = match["label"].strip()
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


def names_job(title: str) -> bool:
    """Whether a text says what people are called at work, leads and the like taken in."""
    return has_noun(title) or _SENIOR.search(title) is not None


def yearly_pay(text: str) -> Pay | None:
    """Thousands a year without a sign: "85 to 95k"; or None."""
    match = _THOUSANDS.search(text)
    if match is None:
        return None
    low, high = (1000 * float(each) for each in (match["low"], match["high"]))
    return Pay(low, high, "USD", "YEAR", Span(match.start(), match.end())) if low <= high else None


def title_by_label(text: str) -> str:
    """The title that a label names, or empty; the dot of ".NET" is part of it."""
    for label in labelled_fields(text).get("title", []):
        if has_noun(label.value) and len(label.value) <= _LONGEST_TITLE:
            dotted = label.span.start > 0 and text[label.span.start - 1] == "." and label.value.startswith("NET")
            return f".{label.value}" if dotted else label.value
    explicit = _EXPLICIT.search(text)
    return explicit["title"].strip() if explicit and names_job(explicit["title"]) else ""


def hourly_pay(text: str) -> Pay | None:
    """A bare amount an hour, as mails write it: "50/hr", "55 - 60 per hour"; or None."""
    match = _HOURLY.search(text)
    if match is None:
        return None
    low, high = (float(each) for each in (match["low"], match["high"] or match["low"]))
    if not _LEAST_HOUR <= low <= high <= _MOST_HOUR:
        return None
    return Pay(low, high, "", "HOUR", Span(match.start(), match.end()))


def bare_pay(text: str) -> Pay | None:
    """An amount in dollars without a unit, in a mail about work that is paid by the hour: "C2C - $82"; or None."""
    match = _BARE.search(text)
    if match is None:
        return None
    low, high = (float(each) for each in (match["low"], match["high"] or match["low"]))
    if not _LEAST_HOUR <= low <= high <= _MOST_HOUR:
        return None
    return Pay(low, high, "USD", "HOUR", Span(match.start(), match.end()))


def is_hybrid(text: str) -> bool:
    """Whether a text counts the days in the office: "three days a week in the lab"."""
    if _DAYS.search(text):
        return True
    sentences = re.split(r"[.\n]", text)
    return any(_AT_WORK.search(sentence) and _WEEKDAYS.search(sentence) for sentence in sentences)


def is_on_site(text: str) -> bool:
    """Whether a text wants people to come, in words that only mails use."""
    return _IN_PERSON.search(text) is not None


def without_client(title: str) -> str:
    """A title without for whom it is: "Architect for Acme"."""
    return _FOR_CLIENT.sub("", title)


def place_in_sentence(text: str) -> tuple[Place, ...]:
    """The first "in Boise, Idaho" of a text, or none."""
    for match in _IN_PLACE.finditer(text):
        found = tuple(place for place in places_in_field(match["place"]) if place.city)
        if found:
            return found
    return ()


def title_named(text: str) -> str:
    """The first name of a job anywhere in a text that is not the sender's own, or empty."""
    for match in _NAMED.finditer(text):
        title = _ARTICLE.sub("", match["title"])
        if not _OF_THE_SENDER.search(title) and len(title.split()) > 1:
            return title
    return ""


def title_in_lines(text: str) -> str:
    """The first piece of a line that is a title and nothing else, or that begins a sentence about one; or empty."""
    for line in [line for line in text.split("\n") if line.strip()][:_LINES]:
        pieces = _SEGMENTS.split(line.strip(" -*•"))
        telling = len(pieces) > 2 or find_pay(line) is not None or bool(find_contracts(line))
        for piece in pieces[:3]:
            title = _AFTER_TITLE.sub("", _ARTICLE.sub("", piece.strip(" .!*")))
            if telling and _is_title(title):
                return title
    found = next((match["title"] for match in _BEGINS.finditer(text) if has_noun(match["title"])), "")
    return found or _asked(text)


def _is_title(piece: str) -> bool:
    words = piece.split()
    return (
        bool(words)
        and len(words) <= _MOST_WORDS
        and has_noun(piece)
        and not _SENTENCE.search(piece)
        and _capital(piece)
    )


def _capital(piece: str) -> bool:
    return any(char.isupper() for char in piece)


def _asked(text: str) -> str:
    found = title_in_prose(text)
    return found.value if found else ""
