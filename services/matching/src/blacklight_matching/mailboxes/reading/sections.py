"""The jobs of one mail, apart: by labels of titles, by numbered headings, by rules between them, by lines of a list.
Pure.
"""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass

from blacklight_matching.mailboxes.reading.titles import names_job
from blacklight_matching.postings.extraction.contract import find_contracts
from blacklight_matching.postings.extraction.job_title import has_noun
from blacklight_matching.postings.extraction.pay import find_pay
from blacklight_matching.postings.extraction.workplace import find_workplace

MOST_JOBS = 20
_LABELLED = re.compile(
    r"^[\W_]*(?:\d{1,2}[.)]\s*)?(?:(?:job|position|role)\s*(?:title|name|role)?|title|requirement|opening|designation)"
    r"\s*#?\s*\d{0,2}\s*[:=]\s*[*_]*\s*(?P<title>\S.{2,100})$",
    re.IGNORECASE,
)
_NUMBERED = re.compile(
    r"^[*_#\s]*(?:(?P<number>\d{1,2})\s*[.)]|#\s?(?P<hash>\d{1,2})\b\s*[:.)-]?|(?:req(?:uirement)?|job|position|role|"
    r"opening)\s*#?\s*(?P<named>\d{1,2})\s*[:.)–-])\s*[*_]*(?P<title>\S.{2,110})$",
    re.IGNORECASE,
)
_RULE = re.compile(r"^\s*(?:[-=*_~•–—]\s?){5,}\s*$")
_LISTED = re.compile(r"^\s*(?:[-•*►➤·>]\s*)?(?P<title>[^|\n]{3,80}?)\s*(?:\|[^|\n]+){2,}$")
_LABEL = re.compile(r"^\W*(?:client|location|rate|work mode|duration|city|pay)\b[^:\n]{0,20}:", re.IGNORECASE)
_LONGEST_HEADING = 90
_MOST_WORDS = 7
_PIECES = re.compile(r"\s+[-–—|/]\s+|,\s+|:\s+|\s+\(")
_ORDINAL = re.compile(
    r"^\W*(?:the )?(?:first|second|third|fourth|fifth|other|next|last)(?: (?:one|role|job|position|opening))?"
    r"(?: is\b|\s*[:–-])",
    re.IGNORECASE,
)
_SENTENCE = re.compile(r"[.!?]\s+\S|\b(?:you|we|your|will|must|should|experience (?:with|in))\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Sections:
    """The parts of a text: each about one job, and what is said before and after of all of them."""

    jobs: tuple[str, ...]
    common: str = ""


def sections(text: str) -> Sections:
    """The parts; a text about one job, or none, is one part."""
    lines = text.split("\n")
    for starts in (
        _labelled(lines),
        _numbered(lines),
        _ruled(lines),
        _headed(lines),
        _telling(lines),
        _titled(lines),
        _told(lines),
    ):
        if len(starts) > 1:
            ends = [*starts[1:], len(lines)]
            jobs = ["\n".join(lines[start:end]).strip() for start, end in zip(starts, ends, strict=True)]
            return Sections(tuple(jobs[:MOST_JOBS]), "\n".join(lines[: starts[0]]).strip())
    listed = [line for line in lines if (match := _LISTED.match(line)) and has_noun(match["title"])]
    if len(listed) > 1:
        rest = "\n".join(line for line in lines if line not in listed)
        return Sections(tuple(listed[:MOST_JOBS]), rest.strip())
    return Sections((text,))


def _labelled(lines: list[str]) -> list[int]:
    """Where a title is labelled; what stands right above it in its paragraph belongs to it."""
    found = [n for n, line in enumerate(lines) if (match := _LABELLED.match(line)) and names_job(match["title"])]
    titles = {_LABELLED.match(lines[n])["title"].strip().casefold() for n in found}  # type: ignore[index]
    if len(titles) < 2:
        return []
    starts: list[int] = []
    for n in found:
        start, floor = n, (starts[-1] + 1 if starts else 0)
        while start > floor and lines[start - 1].strip() and n - start < 3 and _is_label(lines[start - 1]):
            start -= 1
        starts.append(start)
    return _own_paragraphs(lines, starts, found)


def _own_paragraphs(lines: list[str], starts: list[int], found: list[int]) -> list[int]:
    """Lines above a title are its own only where a blank line parts them from the job before."""
    return [start if start == 0 or not lines[start - 1].strip() else n for start, n in zip(starts, found, strict=True)]


def _is_label(line: str) -> bool:
    return ":" in line[:40] and len(line) < 100


def _numbered(lines: list[str]) -> list[int]:
    found, expected = [], 1
    for n, line in enumerate(lines):
        match = _NUMBERED.match(line)
        if match is None or not _names_one(match["title"]):
            continue
        if int(match["number"] or match["hash"] or match["named"]) == expected:
            found.append(n)
            expected += 1
    return found


def _names_one(said: str) -> bool:
    """Whether what follows a number is a job: its name, or its name first and then what is paid, how or where."""
    if names_job(said) and not _SENTENCE.search(said):
        return True
    first = _PIECES.split(said, maxsplit=1)[0]
    terms = find_pay(said) or find_contracts(said) or find_workplace(said)
    return first != said and bool(terms) and _is_title(first)


def _headed(lines: list[str]) -> list[int]:
    """Where a line that names a job stands right above labelled ones."""
    return [
        n
        for n, line in enumerate(lines[:-1])
        if len(line) < _LONGEST_HEADING
        and has_noun(line)
        and not _is_label(line)
        and not _SENTENCE.search(line)
        and _LABEL.match(lines[n + 1])
    ]


def _telling(lines: list[str]) -> list[int]:
    """Where a line begins with the name of a job and goes on with what is paid or how: a list in sentences."""
    found, titles = [], set()
    for n, line in enumerate(lines):
        first = _PIECES.split(line.strip(" -*•►➤·>"), maxsplit=1)
        title = first[0].strip()
        if len(first) < 2 or not _is_title(title) or not (find_pay(line) or find_contracts(line)):
            continue
        if title.casefold() not in titles:
            titles.add(title.casefold())
            found.append(n)
    return found


def _told(lines: list[str]) -> list[int]:
    """Where sentences count the jobs: "The first is a …", "The second is a …"."""
    return [n for n, line in enumerate(lines) if _ORDINAL.match(line) and names_job(line)]


def _titled(lines: list[str]) -> list[int]:
    """Where a line is the name of a job and nothing else, and the next one says what is paid or how."""
    filled = [n for n, line in enumerate(lines) if line.strip()]
    found, titles = [], set()
    for n, following in itertools.pairwise(filled):
        title = lines[n].strip(" -*•►➤·>:")
        says = find_pay(lines[following]) or find_contracts(lines[following])
        if says and _is_title(title) and title.casefold() not in titles:
            titles.add(title.casefold())
            found.append(n)
    return found


def _is_title(piece: str) -> bool:
    words = piece.split()
    named = has_noun(piece) or bool(words and words[-1].casefold() == "lead")
    return 1 < len(words) <= _MOST_WORDS and named and piece[:1].isupper() and not _SENTENCE.search(piece)


def _ruled(lines: list[str]) -> list[int]:
    """Where a part between rules begins with a line that names a job."""
    found, after_rule = [], True
    for n, line in enumerate(lines):
        if _RULE.match(line):
            after_rule = True
        elif after_rule and line.strip():
            after_rule = False
            if len(line) < 110 and has_noun(line) and not _SENTENCE.search(line):
                found.append(n)
    return found
