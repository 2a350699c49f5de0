"""Where a text names the company that hires: "Logistics" in "Kestrelmont Logistics" is a name, not a skill."""

from __future__ import annotations

import re

from blacklight_matching.postings.extraction.sentences import Span

_LEGAL = frozenset(
    word
    for line in (
        "inc incorporated llc llp ltd limited plc corp corporation co company",
        "gmbh group holding holdings the",
    )
    for word in line.split()
)
_MOST_WORDS = 12
_SPOKEN_OF_BEFORE = re.compile(r"\b(?:at|join|joining|about|why)\s+$", re.IGNORECASE)
_SPOKEN_OF_AFTER = re.compile(
    r"^(?:['’]s\b|,? (?:inc|llc|ltd|corp)\b|\s+(?:has|offers|provides|needs|seeks|hires|employs|believes)\b|"
    r"\s+is\s+(?:looking|seeking|hiring|proud|committed|an? (?!must|plus|bonus|requirement|nice|asset)))",
    re.IGNORECASE,
)


def company_names(text: str, company: str) -> list[Span]:
    """Where a text names the company, in order; with or without what stands for its legal form."""
    words = re.findall(r"\w+", company.casefold())[:_MOST_WORDS]
    core = [word for word in words if word not in _LEGAL]
    if not core:
        return []
    pattern = r"(?<!\w)" + r"\W{1,3}".join(re.escape(word) for word in core) + r"(?!\w)"
    return [Span(found.start(), found.end()) for found in re.finditer(pattern, text, re.IGNORECASE)]


def without_legal_form(company: str) -> str:
    """ "Kestrelmont Data, Inc." gives "Kestrelmont Data"; a name of nothing else stays."""
    words = company.split()
    while len(words) > 1 and words[-1].strip(".,()").casefold() in _LEGAL - {
        "group",
        "company",
        "the",
        "holding",
        "holdings",
    }:
        words.pop()
    return " ".join(words).rstrip(" ,")


def is_part_of_a_name(text: str, mention: Span, names: list[Span]) -> bool:
    """Whether a mention is only the company's name.

    A part of a longer name is. A company named like a skill (Oracle) is meant only where the words around say so:
    "Oracle is hiring" names it, "Oracle is required" asks for the skill.
    """
    for name in names:
        if name.start <= mention.start and mention.end <= name.end:
            if mention.end - mention.start < name.end - name.start:
                return True
            before, after = text[max(0, name.start - 20) : name.start], text[name.end : name.end + 40]
            return bool(_SPOKEN_OF_BEFORE.search(before) or _SPOKEN_OF_AFTER.match(after))
    return False
