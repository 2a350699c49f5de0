"""Name and headline of a person."""

from __future__ import annotations

import re
from collections.abc import Sequence

from .dates import find_dates
from .lexicon import ORGANISATION_WORDS, SCHOOL_WORDS, TITLE_WORDS
from .lines import Line
from .model import Field
from .places import is_place
from .sections import Section, heading_kind

_NAME_WORD = re.compile(r"^(?:[A-Z][\w'’.-]*|[A-Z]\.?|(?:de|da|del|der|van|von|la|le|bin|al|el|di|dos|den|ten))$")
_HONOURS = re.compile(
    r",?\s+(?:Ph\.?D\.?|M\.?D\.?|MBA|PMP|CPA|CISSP|RN|BSN|MSN|FNP|Esq\.?|CSM|P\.?E\.?|Jr\.?|Sr\.?|III?|CFA|CCRN)(?=,|$|\s)"
)
_LABEL = re.compile(r"^(?:full\s+)?name\s*[:–-]\s*", re.IGNORECASE)
_RESUME_OF = re.compile(r"^(?:resume|résumé|curriculum vitae|cv)\s*(?:of|for|:|-|–)\s*", re.IGNORECASE)
_HEAD_LINES = 15


def find_name(lines: Sequence[Line], sections: Sequence[Section], emails: Sequence[Field[str]]) -> Field[str]:
    """The line that looks like a person's name: early, large, and borne out by the e-mail address."""
    best: tuple[float, Field[str]] | None = None
    largest = max((line.size or 0 for line in lines[:60]), default=0)
    smallest = min((line.size or 0 for line in lines[:60]), default=0) + 0.6
    first = next((section for section in sections if section.lines), None)
    head = {line.index for line in first.lines} if first is not None and first.kind in ("", "other") else set()
    for line in lines[:60]:
        candidate = _name_in(line)
        if candidate is None or candidate.value is None:
            continue
        score = _score(line, candidate.value, (smallest, largest), line.index in head, emails)
        if score >= 2.0 and (best is None or score > best[0]):
            best = (score, Field(candidate.value, _confidence(score), candidate.start, candidate.end))
    return best[1] if best else Field()


def _confidence(score: float) -> float:
    return 0.97 if score >= 3.5 else 0.92 if score >= 3 else 0.8 if score >= 2.5 else 0.65


def _score(line: Line, name: str, sizes: tuple[float, float], in_head: bool, emails: Sequence[Field[str]]) -> float:
    smallest, largest = sizes
    score = 1.0 if in_head else 0.0
    score += 1.0 if line.index == 0 else 0.5 if line.index < 4 else 0.0
    score += 1.0 if line.index < 8 and in_head and _LABEL.match(line.text) else 0.0
    if largest > smallest and line.size and line.size >= largest - 0.1:
        score += 2.0
    elif (line.heading or line.bold) and line.index < _HEAD_LINES:
        score += 0.3
    if line.index > _HEAD_LINES and not (largest > smallest and line.size and line.size >= largest - 0.1):
        score -= 2.0
    if not in_head and largest < 1.4 * smallest:
        score -= 0.5  # below a heading, and hardly larger than the text: a phrase in capitals rather than a name
    letters = re.sub(r"[^a-z]", "", name.lower())
    for email in emails:
        local = re.sub(r"[^a-z]", "", (email.value or "").split("@")[0].lower())
        parts = [re.sub(r"[^a-z]", "", part.lower()) for part in name.split()]
        if local and (local in letters or letters in local or any(len(part) > 2 and part in local for part in parts)):
            score += 1.0
            break
    return score


def _name_in(line: Line) -> Field[str] | None:
    """A name on this line, with its honours; None when it cannot be one."""
    text, offset = line.text, 0
    for prefix in (_LABEL, _RESUME_OF):
        label = prefix.match(text)
        if label:
            text, offset = text[label.end() :], offset + label.end()
    piece = re.split(r"\t|\s+[|•·]\s+|\s{2,}|\s+[–—-]\s+", text)[0].strip(" ,")
    if "@" in piece or any(char.isdigit() for char in piece) or len(piece) > 50:
        return None
    name, comma, rest = piece.partition(",")
    if comma and _is_title(rest) and not is_place(piece):
        piece = name
    core = _HONOURS.sub("", piece).strip(" ,")
    core = core.split(",")[0] if core.count(",") == 1 and not is_place(core) else core
    words = core.split()
    if not 2 <= len(words) <= 5 or not all(_NAME_WORD.match(word) for word in words):
        return None
    lowered = [word.lower().strip(".") for word in words]
    if heading_kind(core) or is_place(core) or find_dates(core):
        return None
    if any(word in TITLE_WORDS or word in SCHOOL_WORDS for word in lowered) or lowered[-1] in ORGANISATION_WORDS:
        return None
    if sum(len(word) > 1 for word in lowered) < 2 and len(words) < 3:
        return None
    start = line.start + offset + text.index(core)
    return Field(core, 0.0, start, start + len(core))


def find_headline(lines: Sequence[Line], name: Field[str]) -> Field[str]:
    """The line under the name that says what the person is."""
    if not name.stated:
        return Field()
    at = next((line.index for line in lines if line.start <= name.start < line.end), None)
    if at is None:
        return Field()
    same = lines[at]
    rest = same.text[name.end - same.start :]
    tail = re.match(r"^(?:,\s*(?:[A-Z][A-Za-z.]{1,6}\s*)?)*\s*(?:\t|[|•·–—-]|,)\s*(?P<title>.+)$", rest)
    if tail and _is_title(tail.group("title")):
        start = name.end + tail.start("title")
        return Field(tail.group("title"), 0.85, start, same.end)
    for line in lines[at + 1 : at + 5]:
        if heading_kind(line.text) or line.is_prose:
            break
        if "@" in line.text or is_place(line.text) or line.text == name.value:
            continue
        if _is_title(line.text):
            return Field(line.text, 0.9, line.start, line.end)
    return Field()


def _is_title(text: str) -> bool:
    words = [word.lower().strip(".,()") for word in re.split(r"[\s/]+", text)]
    if len(words) > 14 or "@" in text or find_dates(text):
        return False
    return any(word in TITLE_WORDS for word in words) or "graduate" in words or "student" in words
