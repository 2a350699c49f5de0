"""Kinds of contract, from the board's own field or from the words of the posting."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from blacklight_matching.postings.extraction.sentences import Span
from blacklight_matching.postings.extraction.stretches import find_all, stretches

CONTRACT_TO_HIRE, CONTRACT, PART_TIME, TEMPORARY = "CONTRACT_TO_HIRE", "CONTRACT", "PART_TIME", "TEMPORARY"
INTERNSHIP, FULL_TIME, W2, C2C, FORM_1099 = "INTERNSHIP", "FULL_TIME", "W2", "C2C", "FORM_1099"
CONTRACT_TYPES = (
    FULL_TIME, PART_TIME, CONTRACT, CONTRACT_TO_HIRE, W2, C2C, FORM_1099, TEMPORARY, INTERNSHIP,
)  # fmt: skip

_CONTRACT_WORDS = (
    r"\bon (?:a )?(?:\w+[ -])?contract\b(?! (?:with|to|law|for))|\bindependent contractor\b|"
    r"\bfreelance (?:[\w/+#.-]+ ){0,3}(?:position|"
    r"role|job|contract|basis|work|opportunity|project|assignment|developer|engineer|designer)\b|\b(?:a|"
    r"this) freelancer to\b",
    r"\bcontract(?:or)? (?:position|role|job|duration|length|assignment|basis|only|opportunity|w-?2|rate)\b|"
    r"\bcontract or (?:perm\w*|paye|full[- ]time)\b|\b(?:perm\w*|full[- ]time) or contract\b|"
    r"\b(?:a|this) contractor to\b",
    r"\b(?:\d+|one|two|three|four|six|nine|twelve|eighteen)\+?\s*-?\s*(?:months?|mos?|years?|weeks?)\s*(?:\+\s*)?"
    r"(?:rolling |fixed[- ]term |initial )?"
    r"(?:contract|assignment)\b",
    r"\b(?:long|short|fixed)[- ]term (?:contract|assignment|project)\b|\bcontract(?:or)?\s*[:(-]\s*(?:w-?2|c2c|\d)",
    r"\bw-?2 (?:contract|or c2c)\b|\bcontracting (?:position|role|basis|opportunity)\b",
    r"\bduration\s*[:-]\s*(?:long[- ]term|\d+)|\b(?:job|employment|position|contract) type\s*[:-]\s*contract",
    r"\bfull[- ]?time contract(?:or)?\b|\bb2b contract\b",
)
_FIELD_CONTRACT = (
    r"\bcontract(?:or|ors|ual|s)?\b(?![- ]to[- ])|\bfreelance\b|\bfixed[- ]term\b|\bb2b\b|^\s*\d+\+?\s*months?\b"
)
_KINDS = (
    (
        CONTRACT_TO_HIRE,
        r"\bcontract(?:[- ]+to[- ]+|\s*2\s*)(?:hire|perm(?:anent)?)\b|\bc[2t]h\b|\btemp[- ]to[- ](?:hire|perm)\b|"
        r"\bright to hire\b(?! (?:that|the|any|an?)\b)",
    ),
    (CONTRACT, "|".join(_CONTRACT_WORDS)),
    (C2C, r"\bc2c\b|\bcorp[- ]*(?:to|2)[- ]*corp\b"),
    (W2, r"\bw-?2\b(?! form)"),
    (FORM_1099, r"\b1099\b(?!\s*\d)"),
    (PART_TIME, r"\bpart[- ]?time\b(?! (?:stud|degree|job))"),
    (TEMPORARY, r"\btemporary (?:position|role|job|assignment|contract|basis)\b|^\s*temp(?:orary)?\s*$|"
        r"\bseasonal (?:position|role|job|work)\b"),
    (INTERNSHIP, r"\binternships?\b|\bintern(?: position| role)\b|^\s*interns?\b"),
    (
        FULL_TIME,
        r"\bfull[- ]?time\b(?! contract| stud| equivalent)|\bpermanent (?:positions?|roles?|jobs?|basis|contract|staff|"
        r"employ\w+|opportunit\w+|full|hire|"
        r"placement|member|vacanc\w+|post)\b|\bdirect[- ]hire\b|\bfte\b|\bperm (?:position|role)\b|"
        r"^\s*perm(?:anent)?\s*$|"
        r"\bpermanent,|\bpermanent(?= or contract)",
    ),
)  # fmt: skip
_FIELD_KINDS = (
    *(
        (kind, CONTRACT_WORDS)
        for kind, CONTRACT_WORDS in _KINDS
        if kind not in (CONTRACT, TEMPORARY, FULL_TIME, INTERNSHIP)
    ),
    (CONTRACT, _FIELD_CONTRACT),
    (TEMPORARY, r"\btemp(?:orary)?\b(?![- ]to)|\bseasonal\b"),
    (FULL_TIME, r"\bfull[- _]?time\b|\bperm(?:anent)?\b|\bdirect[- ]hire\b|\bfte\b|\bregular\b|(?<=or )\bpaye\b"),
    (INTERNSHIP, r"\binterns?(?:hips?)?\b"),
)
_PATTERNS = tuple((kind, re.compile(pattern, re.IGNORECASE)) for kind, pattern in _KINDS)
_FIELD_PATTERNS = tuple((kind, re.compile(pattern, re.IGNORECASE)) for kind, pattern in _FIELD_KINDS)
_WORDS = (
    "contract", "freelanc", "c2c", "corp to", "corp-to", "corp2", "corp 2", "1099", "w2", "w-2", "permanent", "perm ",
    "c2h", "cth", "temporary", "temp ", "temp-", "part-time", "part time", "parttime", "full-time", "full time",
    "fulltime", "internship", "intern ", "direct hire", "direct-hire", "right to hire", " fte", "seasonal", "duration",
)  # fmt: skip
_DENIED = re.compile(
    r"\b(?:no|not|without|non|cannot (?:do|accept)|can'?t (?:do|accept)|isn'?t|don'?t|do not|never|previous|"
    r"past)\b[^.\n;:]{0,24}$|"
    r"\bnot (?:accepting|considering|open to)\b[^.\n;:]{0,30}$",
    re.IGNORECASE,
)
_DENIED_AFTER = re.compile(
    r"^[^.\n;]{0,12}\b(?:not (?:accept|possible|consider|an option|offered|available)|is not|are not)", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Contract:
    """A kind of contract and the words that say so."""

    kind: str
    span: Span


def find_contracts(text: str) -> list[Contract]:
    """The kinds of contract that a text offers, the more telling first; each once.

    "No C2C" says nothing; "full-time contract" is a contract; "C2C" is one as well.
    """
    return _found(text, _PATTERNS, stretches(text, _WORDS))


def contracts_in_field(value: str) -> list[Contract]:
    """The kinds in a field that is only about them: "Contract - W2", "permanent", "Full-time"."""
    return _found(value[:300], _FIELD_PATTERNS, [(0, 300)])


def _found(
    text: str, patterns: Sequence[tuple[str, re.Pattern[str]]], where: Sequence[tuple[int, int]]
) -> list[Contract]:
    found: dict[str, Contract] = {}
    for kind, pattern in patterns:
        for match in find_all(pattern, text, where):
            if not _is_denied(text, match):
                found[kind] = Contract(kind, Span(match.start(), match.end()))
                break
    if CONTRACT not in found and CONTRACT_TO_HIRE not in found and C2C in found:
        found = {CONTRACT: Contract(CONTRACT, found[C2C].span), **found}
    return list(found.values())


def _is_denied(text: str, match: re.Match[str]) -> bool:
    before = text[max(0, match.start() - 45) : match.start()]
    return bool(_DENIED.search(before)) or bool(_DENIED_AFTER.match(text[match.end() : match.end() + 40]))
