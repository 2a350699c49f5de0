"""Certifications and languages."""

from __future__ import annotations

import re
from collections.abc import Sequence

from .dates import find_dates
from .lexicon import LANGUAGES
from .model import Field
from .sections import Section

_LANGUAGE = re.compile(r"[^\W\d_]{3,}")
_NOISE = re.compile(r"^(?:https?://|www\.|issued|valid|expires?|credential)", re.IGNORECASE)


def find_certifications(sections: Sequence[Section]) -> tuple[Field[str], ...]:
    """Lines of the certification sections without their dates."""
    found: list[Field[str]] = []
    for section in sections:
        if section.kind != "certifications":
            continue
        for line in section.lines:
            text = line.text.split("\t")[0]
            dates = find_dates(text)
            text = (text[: dates[0].start] if dates else text).rstrip(" ,;:(|–—-")
            if len(text) > 2 and line.words <= 20 and not _NOISE.match(text):
                found.append(Field(text, 0.8, line.start, line.start + len(text)))
    return tuple(found)


def find_languages(sections: Sequence[Section]) -> tuple[Field[str], ...]:
    """Languages named in a section for them."""
    found: dict[str, Field[str]] = {}
    for section in sections:
        if section.kind != "languages":
            continue
        for line in section.lines:
            for match in _LANGUAGE.finditer(line.text):
                if match.group(0).lower() in LANGUAGES:
                    start = line.start + match.start()
                    field = Field(match.group(0), 0.93, start, start + len(match.group(0)))
                    found.setdefault(match.group(0).lower(), field)
    return tuple(found.values())
