"""Reads one posting into what is stored of it. Pure; the same text always gives the same reading."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from blacklight_matching.hashing import content_hash
from blacklight_matching.postings.extraction import (
    EXTRACTION_VERSION,
    ExtractedFields,
    Pay,
    SkillAsked,
    Span,
    extract_posting,
    pay_of_amounts,
    sentences,
)
from blacklight_matching.postings.extraction.company_name import without_legal_form
from blacklight_matching.titles import drop_level
from blacklight_matching.vectors import engine_version
from blacklight_matching.vectors.texts import posting_text

SENTENCES_A_SKILL = 3
OPENING_SENTENCES = 2
_SHORTEST_OPENING = 40


def reading_engine() -> str:
    """What postings are read and embedded with; a reading of another one is stale."""
    return f"{EXTRACTION_VERSION}/{engine_version()}"


@dataclass(frozen=True, slots=True)
class RawPosting:
    """A posting as it was imported."""

    posting_id: UUID
    title: str
    company: str
    location: str
    description: str
    board_remote: bool | None
    salary_min: float | None = None
    salary_max: float | None = None
    salary_currency: str = ""
    job_type: str = ""

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
            self.salary_min,
            self.salary_max,
            self.salary_currency,
            self.job_type,
        )


@dataclass(frozen=True, slots=True)
class StoredFields:
    """The fields of a posting as they are stored, in the order and by the names of their columns."""

    clean_title: str
    company_name: str
    places: list[str]
    country: str
    workplace: str
    contract_types: list[str]
    pay_min: float | None
    pay_max: float | None
    pay_currency: str
    pay_period: str
    work_authorizations: list[str]
    sponsorship: str
    clearance: str

    @property
    def filtered_by(self) -> tuple[object, ...]:
        """What a hard filter may rest on."""
        return (
            self.workplace, self.places, self.contract_types, self.pay_min, self.pay_max, self.pay_currency,
            self.pay_period, self.work_authorizations, self.sponsorship, self.clearance,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Reading:
    """What a posting says: plain description, required skills with their sentences, years, and the text to embed.

    Attributes:
        title: cleaned, for the role it is named after.
        skills: one dict a required skill (key, name, sentences), in the order of the matched bits.
        evidence: sentences for the years asked for and for the posting as a whole.
        content_hash: changes when a score or what a hard filter says may change.
        fields: what else it says.
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
    fields: StoredFields

    @property
    def skill_keys(self) -> list[str]:
        """Keys of the required skills, in the same order."""
        return [str(skill["key"]) for skill in self.skills]


def read_posting(raw: RawPosting) -> Reading:
    """Reads a posting. Hostile text is only text: nothing in it steers what is read."""
    board_pay = pay_of_amounts(raw.salary_min, raw.salary_max, raw.salary_currency)
    said = extract_posting(
        raw.title,
        raw.description,
        raw.location,
        raw.company,
        job_type=raw.job_type,
        pay=board_pay,
        remote=raw.board_remote,
    )
    fields = _stored_fields(said)
    required = said.required_skills
    low, high = (said.years.low, said.years.high) if said.years else (None, None)
    text = posting_text(said.title, [skill.name for skill in said.skills], said.description)
    return Reading(
        posting_id=raw.posting_id,
        title=said.title,
        description=said.description,
        remote=said.workplace == "REMOTE",
        min_years=low,
        max_years=high,
        skills=tuple(_stored_skill(said, skill) for skill in required),
        evidence={
            "experience": [_stored(said, said.years.sentence)] if said.years else [],
            "profile": [_stored(said, span) for span in _opening(said)],
        },
        text=text,
        source_hash=raw.source_hash,
        content_hash=content_hash(
            engine_version(), text, [skill.key for skill in required], low, high, fields.filtered_by
        ),
        fields=fields,
    )


def _stored_fields(said: ExtractedFields) -> StoredFields:
    pay = said.pay or Pay(None, None, "", "", Span(0, 0))
    return StoredFields(
        clean_title=drop_level(said.title),
        company_name=without_legal_form(said.company),
        places=[str(place) for place in said.places],
        country=said.country,
        workplace=said.workplace,
        contract_types=list(said.contract_types),
        pay_min=pay.min,
        pay_max=pay.max,
        pay_currency=pay.currency,
        pay_period=pay.period,
        work_authorizations=list(said.work_authorizations),
        sponsorship=said.sponsorship,
        clearance=said.clearance,
    )


def _opening(said: ExtractedFields) -> list[Span]:
    spans = [span for span in sentences(said.text) if span.start >= said.description_start]
    telling = [span for span in spans if span.end - span.start >= _SHORTEST_OPENING]
    return (telling or spans)[:OPENING_SENTENCES]


def _stored_skill(said: ExtractedFields, skill: SkillAsked) -> dict[str, Any]:
    """The sentences of the description first: what a title merely names says less."""
    telling = sorted(skill.sentences, key=lambda span: span.start < said.description_start)
    shown = [_stored(said, span) for span in telling[:SENTENCES_A_SKILL]]
    return {"key": skill.key, "name": skill.name, "sentences": shown}


def _stored(said: ExtractedFields, span: Span) -> dict[str, Any]:
    return {"start": span.start, "end": span.end, "text": said.quote(span)}
