"""Titles of jobs as mails write them: by label, as a piece of a line, in a sentence. Pure."""

from __future__ import annotations

import re

from blacklight_skills import find_skills

from blacklight_matching.postings.extraction.contract import find_contracts
from blacklight_matching.postings.extraction.job_title import has_noun, title_in_prose
from blacklight_matching.postings.extraction.labels import labelled_fields
from blacklight_matching.postings.extraction.pay import find_pay
from blacklight_matching.titles import ROLE_NOUNS

_SEGMENTS = re.compile(r"\s*[,|;•]\s*|\s+[-–—/:]\s+|:\s+|\.\s+|\s+\(")
_SENIOR = re.compile(
    r"\b(?:lead|sme|head|dba|sdet|devops|pm|ba|owner|officer|controller|buyer|planner)\b", re.IGNORECASE
)
_EXPLICIT = re.compile(
    r"^[\s*•-]*(?:(?:job|position|role)\s+title|title|designation)\s*:\s*(?P<title>\S.{1,80})$",
    re.IGNORECASE | re.MULTILINE,
)
_FOR_CLIENT = re.compile(r"\s+(?:for|at|with|@)\s+(?:the\s+)?(?P<client>[A-Z].*)$", re.DOTALL)
_AFTER_TITLE = re.compile(r"\s+(?:at|in|for|with|@)\s+.*$", re.DOTALL)
_NAMED = re.compile(
    rf"\b(?P<title>(?:[A-Z][\w+#./&-]*\s+){{1,5}}(?:{'|'.join(sorted(noun.capitalize() for noun in ROLE_NOUNS))}))\b"
)
_HEAD_OF = re.compile(
    r"\b(?P<title>(?:Head|Director|VP|Vice President|Manager) of (?!the\b|a\b|our\b)"
    r"[A-Z]\w+(?:(?: and| &)? [A-Z]\w+){0,3})"
)
_OF_THE_SENDER = re.compile(
    r"\b(?:recruiter|talent|staffing|sourc\w+|account manager|resource manager|sales|hr|human resources|delivery|"
    r"team lead|bdm|bench)\b",
    re.IGNORECASE,
)
_LONGEST_TITLE = 120
_LINES = 12
_MOST_WORDS = 7
_SENTENCE = re.compile(
    r"\b(?:i|we|you|they|he|she|it|is|are|was|were|have|has|had|our|your|my|their|will|would|can|please|needs?|wants?|seeks?|looking|"
    r"attached|that|which|who|send|find|asked|talk|with|for|from|to)\b",
    re.IGNORECASE,
)
_ARTICLE = re.compile(
    r"^(?:(?:hi|hello|hey|an?|one|the|another|new|open(?:ing)?|quick need|urgent need|hiring|wanted|need|for)\s+)+",
    re.IGNORECASE,
)
_BEGINS = re.compile(
    r"(?:^|(?<=[.!?:]\s))(?:An?|One|Another)\s+(?P<title>(?:[A-Z][\w+#./&-]*\s+){0,5}[A-Z][\w+#./&-]*)", re.MULTILINE
)


def names_job(title: str) -> bool:
    """Whether a text says what people are called at work, leads and the like taken in."""
    return has_noun(title) or _SENIOR.search(title) is not None


def title_by_label(text: str) -> str:
    """The title that a label names, or empty; the dot of ".NET" is part of it."""
    for label in labelled_fields(text).get("title", []):
        if has_noun(label.value) and len(label.value) <= _LONGEST_TITLE:
            dotted = label.span.start > 0 and text[label.span.start - 1] == "." and label.value.startswith("NET")
            return f".{label.value}" if dotted else label.value
    explicit = _EXPLICIT.search(text)
    return explicit["title"].strip() if explicit and names_job(explicit["title"]) else ""


def without_client(title: str) -> str:
    """A title without for whom it is: "Architect for Acme", but "Engineer with Azure" as it is."""
    match = _FOR_CLIENT.search(title)
    return title if match is None or find_skills(match["client"][:80]) else title[: match.start()]


def singular(title: str) -> str:
    """ "Report Developers" is a Report Developer."""
    noun = title[:-1].rpartition(" ")[2].casefold()
    return title[:-1] if title.endswith("s") and noun in ROLE_NOUNS else title


def title_named(text: str) -> str:
    """The first name of a job anywhere in a text that is not the sender's own, or empty."""
    head = _HEAD_OF.search(text)
    if head:
        return head["title"]
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
        and (has_noun(piece) or (len(words) > 1 and words[-1].casefold() == "lead"))
        and not _SENTENCE.search(piece)
        and _capital(piece)
    )


def _capital(piece: str) -> bool:
    return any(char.isupper() for char in piece)


def _asked(text: str) -> str:
    found = title_in_prose(text)
    return found.value if found else ""
