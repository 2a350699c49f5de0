"""What mails say between two people about jobs: that one is closed, that one is still open. Pure."""

from __future__ import annotations

import re

_JOB = r"\b(?:roles?|positions?|jobs?|reqs?|requirements?|openings?|contract|one)\b"
_CLOSED = re.compile(
    rf"{_JOB}[^.!?\n]{{0,60}}?\b(?:is|was|are|were|has been|have been|got|went|put)\s+(?:also |already |now |just |"
    r"been |unfortunately )*(?:closed|filled|gone|on hold|cancel\w+|taken|no longer)\b",
    re.IGNORECASE,
)
_ANOTHER = re.compile(r"\b(?:another|other|different) (?:candidates?|consultants?|persons?)\b", re.IGNORECASE)
_CLAUSES = re.compile(
    r"(?<=[.!?;])\s+|\n|,?\s+(?=but\b|however\b)|,\s+(?=(?:and|so) (?:i|we|there|now)\b)", re.IGNORECASE
)
_NOT_YET = re.compile(r"\b(?:until|till|once|when|before|if|after|not)\b", re.IGNORECASE)
_STILL_OPEN = re.compile(
    r"\b(?:still|again|re-?)\s*(?:is\s+|very much\s+)?(?:open|active|available|looking|need|accepting|interviewing)\w*"
    r"|\b(?:reopened|re-opened|back open)\b",
    re.IGNORECASE,
)
LONGEST_READ = 20_000


def without_closed(text: str) -> str:
    """A text without the clauses that say that a job is closed: they describe none that is offered."""
    if not _is_closed(text[:LONGEST_READ]):
        return text
    kept, start = [], 0
    for gap in [*_CLAUSES.finditer(text[:LONGEST_READ]), None]:
        end = gap.start() if gap else len(text)
        clause = text[start:end]
        kept.append("" if _is_closed(clause[:400]) and not _NOT_YET.search(clause[:400]) else clause)
        kept.append(gap.group() if gap else "")
        start = gap.end() if gap else end
    return "".join(kept).strip(" ,")


def _is_closed(words: str) -> bool:
    return bool(_CLOSED.search(words) or _ANOTHER.search(words))


def says_still_open(text: str) -> bool:
    """Whether an answer says that the job of its subject is open."""
    return _STILL_OPEN.search(text[:LONGEST_READ]) is not None
