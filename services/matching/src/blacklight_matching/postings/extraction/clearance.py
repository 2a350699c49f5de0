"""The security clearance that a posting asks for (United States levels)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from blacklight_matching.postings.extraction.sentences import Span
from blacklight_matching.postings.extraction.stretches import find_all, stretches

_LEVELS = (
    ("TS_SCI", r"\bts\s*/\s*sci\b|\btop secret\s*(?:/|with|and|\()\s*sci\b|\btop secret/sensitive compartmented"),
    ("TOP_SECRET", r"\btop[- ]secret\b|\bts clearance\b|\bq clearance\b"),
    ("SECRET", r"\bsecret(?:[- ]level)?(?: security| government| dod)?[- ]clear(?:ance|ed)\b|\b(?:active|current|dod|"
        r"interim|valid) secret\b|"
     r"\bclearance\b(?: level| required| type)?\s*[:(-]\s*(?:active )?secret\b|\bsecret (?:or|and) (?:above|"
     r"higher)\b|\bsecret level\b"),
    ("PUBLIC_TRUST", r"\bpublic trust\b"),
)  # fmt: skip
_PATTERNS = tuple((level, re.compile(pattern, re.IGNORECASE)) for level, pattern in _LEVELS)
_WORDS = ("clearance", "cleared", "secret", "/sci", " sci ", "public trust")
_DENIED = re.compile(r"\b(?:no|not|without|nor)\b[^.\n;]{0,30}$", re.IGNORECASE)
_DENIED_AFTER = re.compile(r"^[^.\n;,]{0,40}\bnot (?:be )?(?:required|needed|necessary)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Clearance:
    """PUBLIC_TRUST, SECRET, TOP_SECRET or TS_SCI, and the words that say so."""

    level: str
    span: Span


def find_clearance(text: str) -> Clearance | None:
    """The highest clearance that a text asks for; None when it asks for none ("no clearance required")."""
    where = stretches(text, _WORDS)
    for level, pattern in _PATTERNS:
        for match in find_all(pattern, text, where):
            before, after = text[max(0, match.start() - 40) : match.start()], text[match.end() : match.end() + 60]
            if not _DENIED.search(before) and not _DENIED_AFTER.match(after):
                return Clearance(level, Span(match.start(), match.end()))
    return None
