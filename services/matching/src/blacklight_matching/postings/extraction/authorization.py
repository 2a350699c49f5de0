"""Who may apply by right to work (citizens, green card, H1B ...) and whether the employer sponsors visas."""

from __future__ import annotations

import re
from dataclasses import dataclass

from blacklight_matching.postings.extraction.sentences import Span
from blacklight_matching.postings.extraction.stretches import find_all, find_first, stretches

_KINDS = (
    ("US_CITIZEN", r"\b(?:U\.?S\.?A?\.?|United States|American)[- ]*[Cc]itizen(?:s|ship)?\b|\bUSC\b|"
        r"\bcitizens\b(?= (?:and|or|/|&))|\bcitizens? only\b"),
    ("GREEN_CARD", r"(?i:\bgreen[- ]?cards?\b)|\b(?<!-)GC(?!-)(?=\s*(?:[/,&;)]|and|or|only|holders?|$))|"
        r"(?i:\b(?:lawful )?permanent residents?\b)"),
    ("H1B", r"\b[Hh]-?1-?[Bb]?s?\b"),
    ("EAD", r"\b(?:GC-?|H4[- ]?|L2[- ]?|OPT[- ]?)?EADs?\b"),
    ("OPT", r"\b(?:STEM[- ])?OPT\b(?![- ]?(?:in|out|ed|EAD)\b)"),
    ("CPT", r"\bCPT\b(?!\s*(?:code|codes|-?\d))"),
    ("TN", r"\bTN\b(?=\s*[- ]?(?:visas?|status|permits?|holders?|eligible))"),
    ("L1", r"\bL-?1[AB]?\b(?=\s*(?:visas?|holders?))"),
)  # fmt: skip
_PATTERNS = tuple((kind, re.compile(pattern)) for kind, pattern in _KINDS)
_LISTED_TN = re.compile(r"(?:[/,]\s*|\b(?:or|and)\s+)TN\b(?!\s*\d)|\bTN\b(?=\s*(?:/|, ?(?:H-?1|EAD|GC|OPT)))")
_WORDS = (
    "citizen", "green card", "green-card", "greencard", "permanent resident", "visa", "h1", "h-1", "usc ", "usc/",
    "usc,",
    " ead", "/ead", "-ead", "(ead", " opt ", " opt/", " opt,", "/opt", "cpt", "authori", "gc/", " gc ", " gc,", "/gc",
    "l1 ", "l-1",
)  # fmt: skip
_SPONSOR_WORDS = ("sponsor", "visa", "h1", "h-1", "work permit")
_SPEAKS = re.compile(
    r"\b(?:visas?|status|citizen\w*|card|authori[sz]\w+|holders?|sponsor\w*|only|accept\w*|welcome|considered|"
    r"candidates?|"
    r"eligible|transfers?|EAD|H-?1-?B|work permits?|right to work|applicants?|residents?|ok(?:ay)?|W-?2|C2C|GC)\b",
    re.IGNORECASE,
)
_DENIED = re.compile(
    r"\b(?:no|not|non|unable|cannot|can'?t|won'?t|don'?t|without|except|excluding|other than|neither|nor|"
    r"sponsor(?:ing|ship)?|"
    r"regardless)\b[^.;:\n]{0,60}$",
    re.IGNORECASE,
)
_DENIED_AFTER = re.compile(
    r"^[^.;:\n]{0,40}\b(?:not (?:accept\w*|consider\w*|eligible|allowed|available|ok\w*|offered|possible|supported)|"
    r"(?:are|is|can(?:not|'t))\s*(?:not|n't)?\s*(?:excluded|sponsor))|^\s*(?:visa )?(?:sponsorship|transfer)",
    re.IGNORECASE,
)
_PREFERRED = re.compile(r"^(?:(?!\b(?:required|only|must)\b)[^.;:\n]){0,60}\bprefer(?:red|ence)\b", re.IGNORECASE)
_PREFERRED_BEFORE = re.compile(
    r"\b(?:preferably|prefer(?:red|ence)?(?: is)?(?: given)?(?: to| for)?:?)\s[^.;:\n]{0,40}$", re.I
)
_TURNS = re.compile(r"\b(?:but|only|however|must be|other than|except)\b", re.IGNORECASE)
_ALL = re.compile(
    r"\b(?:any|all) (?:valid )?(?:work )?visas?(?: types?| status(?:es)?)?(?:\s+(?:is|"
    r"are))?\s*(?:ok(?:ay)?|accepted|fine|welcome|considered|work|can apply)?",
    re.IGNORECASE,
)
_EVERYBODY = ("US_CITIZEN", "GREEN_CARD", "H1B", "EAD", "OPT", "CPT", "TN")
_NOT_OFFERED = re.compile(
    r"\b(?:no|not|without|unable|cannot|can'?t|won'?t|don'?t|doesn'?t|never|nor|"
    r"neither)\b[^.;:\n|]{0,70}\bsponsor(?:ship|ing|ed|s)?\b|"
    r"\bsponsor(?:ship|ing)?\b[^.;:\n|]{0,40}\b(?:not|unavailable|isn'?t|no)\b|\bsponsorship\s*[:=-]\s*no\b|"
    r"\bno (?:work )?visas?\b(?! (?:issue|problem|need|required))|\bnon-?sponsor\w*",
    re.IGNORECASE,
)
_OFFERED = re.compile(
    r"\b(?:visas?|h-?1-?b|work permit|green card|tier[- ]?2|immigration|tn)\b(?:\s*(?:/|and|&|"
    r"or)\s*[\w-]+)?\s*(?:visa\s+|transfer\s+)?sponsor(?:ship|ed|ing|s)?\b|"
    r"\bsponsor(?:ing|s)?\s+(?:\w+\s+){0,3}?(?:visas?|h-?1-?b|work permits?|relocation and visas?|green cards?|"
    r"tier[- ]?2)\b|"
    r"\b(?:we|will|can|to|happily|also|do)\s+sponsor\b(?! (?:meet|conf|event|communit|open|hack|local))|"
    r"\bsponsorship\s*(?:is |available|offered|provided|possible|:\s*yes)|"
    r"\b(?:h-?1-?b|visa)s?\s+transfers?\s*(?:ok|welcome|possible|available|accepted|considered)?|"
    r"\bhelp(?:\s+\w+){0,4}\s+(?:visas?|work permits?)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Authorization:
    """Something said about the right to work, and where."""

    kind: str
    span: Span


def find_authorizations(text: str) -> list[Authorization]:
    """Who is accepted, each once in order; empty when the text does not say. "No H1B" accepts nobody, and who
    is merely preferred keeps nobody else out.
    """
    where = stretches(text, _WORDS)
    everybody = find_first(_ALL, text, where)
    if everybody is not None and not _DENIED.search(text[max(0, everybody.start() - 40) : everybody.start()]):
        return [Authorization(kind, Span(everybody.start(), everybody.end())) for kind in _EVERYBODY]
    found: dict[str, Authorization] = {}
    for kind, pattern in _PATTERNS:
        matches = [*find_all(pattern, text, where), *(find_all(_LISTED_TN, text, where) if kind == "TN" else ())]
        for match in matches:
            if _is_accepted(text, match):
                found[kind] = Authorization(kind, Span(match.start(), match.end()))
                break
    return list(found.values())


def find_sponsorship(text: str) -> Authorization | None:
    """OFFERED or NOT_OFFERED and the words that say so; a refusal counts before an offer."""
    where = stretches(text, _SPONSOR_WORDS)
    for kind, pattern in (("NOT_OFFERED", _NOT_OFFERED), ("OFFERED", _OFFERED)):
        match = find_first(pattern, text, where)
        if match is not None:
            return Authorization(kind, Span(match.start(), match.end()))
    return None


def _is_accepted(text: str, match: re.Match[str]) -> bool:
    before = text[max(0, match.start() - 80) : match.start()].rpartition("\n")[2]
    after = text[match.end() : match.end() + 80].partition("\n")[0]
    around = before + match.group() + after
    if not _SPEAKS.search(before + " " + after) and not re.search("(?i)citizen|card|resident", match.group()):
        return False
    denied = _DENIED.search(before)
    if denied is not None and not _TURNS.search(before[denied.start() :]):
        return False
    if _PREFERRED.match(after) or _PREFERRED_BEFORE.search(before):
        return False
    return not _DENIED_AFTER.match(after) and "equal opportunit" not in around.casefold()
