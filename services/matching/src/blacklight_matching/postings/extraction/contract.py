"""Kind of contract, from the board's own field or from the words of the posting."""

from __future__ import annotations

import re
from dataclasses import dataclass

from blacklight_matching.postings.extraction.sentences import Span

CONTRACT_TO_HIRE, CONTRACT, PART_TIME, TEMPORARY = "CONTRACT_TO_HIRE", "CONTRACT", "PART_TIME", "TEMPORARY"
INTERNSHIP, FULL_TIME = "INTERNSHIP", "FULL_TIME"

_CONTRACT_WORDS = (
    r"\bc2c\b|\bcorp[- ](?:to|2)[- ]corp\b|\b1099\b|\bon (?:a )?contract\b|\bindependent contractor\b|\bfreelance\b",
    r"\bcontract (?:position|role|job|duration|length|assignment|basis|only|opportunity|w-?2)\b",
    r"\b\d+\+?\s*-?\s*(?:months?|years?|weeks?)\s*(?:\+\s*)?(?:contract|assignment)\b",
    r"\b(?:long|short)[- ]term contract\b|\bcontract(?:or)?\s*[:(-]\s*(?:w-?2|c2c|\d)",
    r"\bw-?2 (?:contract|only|or c2c)\b",
    r"\bduration\s*[:-]\s*\d+|\b(?:job|employment|position) type\s*[:-]\s*contract",
    r"^\s*contract(?:or)?\s*(?:$|[,/|-])",
)
_KINDS = (
    (
        CONTRACT_TO_HIRE,
        r"\bcontract[- ]to[- ](?:hire|perm(?:anent)?)\b|\bc2h\b|\btemp[- ]to[- ](?:hire|perm)\b|\bright to hire\b",
    ),
    (INTERNSHIP, r"\binternship\b|\bintern(?: position| role)\b|^\s*intern\b"),
    (CONTRACT, "|".join(_CONTRACT_WORDS)),
    (PART_TIME, r"\bpart[- ]?time\b"),
    (TEMPORARY, r"\btemporary (?:position|role|job|assignment)\b|^\s*temp(?:orary)?\s*$|\bseasonal\b"),
    (FULL_TIME, r"\bfull[- ]?time\b|\bpermanent\b|\bdirect[- ]hire\b|\bfte\b|\bperm (?:position|role)\b|^\s*perm\s*$"),
)
_PATTERNS = tuple((kind, re.compile(pattern, re.IGNORECASE)) for kind, pattern in _KINDS)
_DENIED = re.compile(r"\b(?:no|not|without|non)\b[^.\n]{0,12}$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Contract:
    """A kind of contract and the words that say so."""

    kind: str
    span: Span


def find_contract(text: str) -> Contract | None:
    """The kind of contract a text states, or None; the more telling kinds are tried first.

    "No C2C" says nothing about the kind; "full-time contract" is a contract.
    """
    for kind, pattern in _PATTERNS:
        for match in pattern.finditer(text):
            if not _DENIED.search(text[max(0, match.start() - 25) : match.start()]):
                return Contract(kind, Span(match.start(), match.end()))
    return None
