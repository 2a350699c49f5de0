"""Reads one posting into what is stored of it. Pure; the same text always gives the same reading."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from blacklight_matching.hashing import content_hash
from blacklight_matching.postings.extraction import (
    EXTRACTION_VERSION,
    ExtractedPosting,
    SkillAsked,
    Span,
    extract_posting,
    sentences,
)
from blacklight_matching.vectors import engine_version
from blacklight_matching.vectors.texts import posting_text

SENTENCES_A_SKILL = 3
OPENING_SENTENCES = 2
_SHORTEST_OPENING = 40


@dataclass(frozen=True, slots=True)
class RawPosting:
    """A posting as it was imported."""

    posting_id: UUID
    title: str
    company: str
    location: str
    description: str
    board_remote: bool | None

    @property
    def source_hash(self) -> bytes:
        """Changes when the posting has to be read again."""
        return content_hash(
            EXTRACTION_VERSION,
            engine_version(),
            self.title,
            self.company,
            self.location,
            self.description,
            self.board_remote,
        )


@dataclass(frozen=True, slots=True)
class Reading:
    """What a posting says: plain description, required skills with their sentences, years, and the text to embed.

    Attributes:
        title: cleaned, for the role it is named after.
        skills: one dict a required skill (key, name, sentences), in the order of the matched bits.
        evidence: sentences for the years asked for and for the posting as a whole.
        content_hash: changes when a score may change.
    """

    posting_id: UUID
    title: str
    description: str
    remote: bool
    min_years: float | None
    max_years: float | None
    skills: tuple[dict[str, Any], ...]
    evidence: dict[str, Any]
    text: str
    source_hash: bytes
    content_hash: bytes

    @property
    def skill_keys(self) -> list[str]:
        """Keys of the required skills, in the same order."""
        return [str(skill["key"]) for skill in self.skills]


def read_posting(raw: RawPosting) -> Reading:
    """Reads a posting. Hostile text is only text: nothing in it steers what is read."""
    said = extract_posting(raw.title, raw.description, raw.location, raw.company)
    required = said.required_skills
    low, high = (said.years.low, said.years.high) if said.years else (None, None)
    text = posting_text(said.title, [skill.name for skill in said.skills], said.description)
    return Reading(
        posting_id=raw.posting_id,
        title=said.title,
        description=said.description,
        remote=_is_remote(said, raw.board_remote),
        min_years=low,
        max_years=high,
        skills=tuple(_stored_skill(said, skill) for skill in required),
        evidence={
            "experience": [_stored(said, said.years.sentence)] if said.years else [],
            "profile": [_stored(said, span) for span in _opening(said)],
        },
        text=text,
        source_hash=raw.source_hash,
        content_hash=content_hash(engine_version(), text, [skill.key for skill in required], low, high),
    )


def _is_remote(said: ExtractedPosting, board_remote: bool | None) -> bool:
    """The board's own word first; else what title, text or place say."""
    if board_remote is not None:
        return board_remote
    return said.workplace is not None and said.workplace.kind == "REMOTE"


def _opening(said: ExtractedPosting) -> list[Span]:
    spans = [span for span in sentences(said.text) if span.start >= said.description_start]
    telling = [span for span in spans if span.end - span.start >= _SHORTEST_OPENING]
    return (telling or spans)[:OPENING_SENTENCES]


def _stored_skill(said: ExtractedPosting, skill: SkillAsked) -> dict[str, Any]:
    """The sentences of the description first: what a title merely names says less."""
    telling = sorted(skill.sentences, key=lambda span: span.start < said.description_start)
    shown = [_stored(said, span) for span in telling[:SENTENCES_A_SKILL]]
    return {"key": skill.key, "name": skill.name, "sentences": shown}


def _stored(said: ExtractedPosting, span: Span) -> dict[str, Any]:
    return {"start": span.start, "end": span.end, "text": said.quote(span)}
