"""Lines of mails, brought to the form that fields are read from: labels with colons, titles without numbers. Pure."""

from __future__ import annotations

import re

from blacklight_matching.postings.extraction.contract import find_contracts
from blacklight_matching.postings.extraction.job_title import has_noun, title_in_prose
from blacklight_matching.postings.extraction.labels import labelled_fields
from blacklight_matching.postings.extraction.pay import Pay, find_pay
from blacklight_matching.postings.extraction.sentences import Span

_LABEL = re.compile(
    r"^(?P<mark>[\s*•►➤·>-]*)(?P<label>(?:[\w/()&-]+ ){0,3}?(?:title|role|position|designation|location|place|"
    r"city|site|"
    r"city/state|rate|pay|salary|budget|compensation|duration|length|term|terms|type|contract|client|customer|company|"
    r"employer|visa|mode|arrangement|remote|onsite/remote|experience|exp|skills?|start|where|who|what|setting))"
    r"\s*(?:[-–—=]+|::?-?)\s*(?=\S)(?P<value>.*)$",
    re.IGNORECASE,
)
_SAME = {
    "who": "Company",
    "what": "Title",
    "job": "Title",
    "customer": "Client",
    "site": "Location",
    "length": "Duration",
}
_NUMBER = re.compile(
    r"^[\s*_#]*(?:(?:req(?:uirement)?|job|position|role|opening)?\s*#?\s*\d{1,2}\s*[.):–-]+)\s*", re.IGNORECASE
)
_SEGMENTS = re.compile(r"\s*[,|;•]\s*|\s+[-–—/:]\s+|:\s+|\.\s+|\s+\(")
_HOURLY = re.compile(
    r"(?<![\d.,$€£:/-])(?P<low>\d{2,3}(?:\.\d{1,2})?)(?:\s*(?:-|–|to)\s*(?P<high>\d{2,3}(?:\.\d{1,2})?))?"
    r"\s*(?:/|per|an)\s*(?:hr|hour)\b",
    re.IGNORECASE,
)
_LEAST_HOUR, _MOST_HOUR = 12, 400
_LONGEST_TITLE = 120
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
_BEGINS = re.compile(
    r"(?:^|(?<=[.!?:]\s))(?:An?|One|Another)\s+(?P<title>(?:[A-Z][\w+#./&-]*\s+){0,5}[A-Z][\w+#./&-]*)", re.MULTILINE
)


def with_labels(text: str) -> str:
    """The text with "Location – Chicago", "Where: Chicago" and their like as "Location: Chicago"."""
    return "\n".join(map(_labelled, text.split("\n")))


def _labelled(line: str) -> str:
    match = _LABEL.match(line)
    if match is None or len(line) > 300:
        return line
    label = match["label"].strip()
    return f"{_SAME.get(label.casefold(), label)}: {match['value'].strip()}"


def without_number(section: str) -> str:
    """A section whose first line is no longer numbered."""
    first, _, rest = section.partition("\n")
    plain = _NUMBER.sub("", first)
    return f"{plain}\n{rest}" if has_noun(plain) else section


def title_by_label(text: str) -> str:
    """The title that a label names, or empty; the dot of ".NET" is part of it."""
    for label in labelled_fields(text).get("title", []):
        if has_noun(label.value) and len(label.value) <= _LONGEST_TITLE:
            dotted = label.span.start > 0 and text[label.span.start - 1] == "." and label.value.startswith("NET")
            return f".{label.value}" if dotted else label.value
    return ""


def hourly_pay(text: str) -> Pay | None:
    """A bare amount an hour, as mails write it: "50/hr", "55 - 60 per hour"; or None."""
    match = _HOURLY.search(text)
    if match is None:
        return None
    low, high = (float(each) for each in (match["low"], match["high"] or match["low"]))
    if not _LEAST_HOUR <= low <= high <= _MOST_HOUR:
        return None
    return Pay(low, high, "", "HOUR", Span(match.start(), match.end()))


def title_in_lines(text: str) -> str:
    """The first piece of a line that is a title and nothing else, or that begins a sentence about one; or empty."""
    for line in [line for line in text.split("\n") if line.strip()][:_LINES]:
        pieces = _SEGMENTS.split(line.strip(" -*•"))
        telling = len(pieces) > 2 or find_pay(line) is not None or bool(find_contracts(line))
        for piece in pieces[:3]:
            title = _ARTICLE.sub("", piece.strip(" .!*"))
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
