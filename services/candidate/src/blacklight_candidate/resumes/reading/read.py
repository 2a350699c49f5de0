"""From a file to what it says: extraction and parsing as one step. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from blacklight_skills import TAXONOMY_VERSION, find_skills

from blacklight_candidate.resumes.extraction import ExtractedText, UnreadableResume, extract
from blacklight_candidate.resumes.parsing import FoundSkill, ParsedResume, parse

PARSER_VERSION = f"1/{TAXONOMY_VERSION}"
NOTHING_RECOGNISED = "NOTHING_RECOGNISED"


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read: the text, `ParsedResume.to_json()` with spans into it, and who read it."""

    text: str
    parsed: dict[str, Any]
    parser_version: str = PARSER_VERSION


@dataclass(frozen=True, slots=True)
class Unread:
    """Why nothing was read: a stable reason, words for a person, and whether trying again may help."""

    reason: str
    message: str
    retryable: bool = False


class KnownSkills:
    """Skills of the taxonomy in a text."""

    def find(self, text: str) -> Sequence[FoundSkill]:
        """Every mention, in order."""
        return [FoundSkill(skill.name, skill.start, skill.end) for skill in find_skills(text)]


def read_resume(data: bytes, today: date) -> Reading | Unread:
    """Reads a file. A text in which nothing of a resume is found is a failure, never an empty success (P-58)."""
    try:
        extracted = _storable(extract(data))
    except UnreadableResume as error:
        return Unread(error.reason, error.message)
    parsed = parse(extracted, skills=KnownSkills(), today=today)
    if not _says_anything(parsed):
        return Unread(
            NOTHING_RECOGNISED,
            "The file has text, but no name, job or skill was found in it. Upload the person's resume.",
        )
    return Reading(extracted.text, parsed.to_json())


def _says_anything(parsed: ParsedResume) -> bool:
    return parsed.name.stated or bool(parsed.jobs) or bool(parsed.skills)


def _storable(extracted: ExtractedText) -> ExtractedText:
    """The same text without what a database refuses: NUL and lone surrogates. No character moves."""
    clean = "".join("�" if char == "\0" or "\ud800" <= char <= "\udfff" else char for char in extracted.text)
    return extracted if clean == extracted.text else replace(extracted, text=clean)
