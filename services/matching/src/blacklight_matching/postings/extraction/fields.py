"""What a posting says, in one frozen value that every source of postings is read into."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from blacklight_matching.postings.extraction.pay import Pay
from blacklight_matching.postings.extraction.place import Place
from blacklight_matching.postings.extraction.requirements import SkillAsked
from blacklight_matching.postings.extraction.sentences import Span
from blacklight_matching.postings.extraction.years import YearsAsked


@dataclass(frozen=True, slots=True)
class ExtractedFields:
    """The fields of a posting; empty or None where it does not say. Every span is in `text`.

    Attributes:
        text: the text all spans refer to: the title, an empty line and the plain description; or the running text.
        description_start: where the description begins in `text`.
        title: cleaned title, for people.
        company: who hires, as written.
        places: canonical places of work, in order.
        workplace: REMOTE, HYBRID, ONSITE or empty.
        contract_types: of CONTRACT_TYPES, each once.
        years: years of experience asked for.
        work_authorizations: who is accepted: US_CITIZEN, GREEN_CARD, H1B, EAD, OPT, CPT, TN, L1.
        sponsorship: OFFERED, NOT_OFFERED or empty.
        clearance: PUBLIC_TRUST, SECRET, TOP_SECRET, TS_SCI or empty.
        posted_date: the day it was posted, relative words counted from the day it was seen.
        skills: required ones first.
        spans: by field, where the text says it; a field that came from the board's own field has none.
    """

    text: str
    description_start: int
    title: str
    company: str
    places: tuple[Place, ...]
    workplace: str
    contract_types: tuple[str, ...]
    pay: Pay | None
    years: YearsAsked | None
    work_authorizations: tuple[str, ...]
    sponsorship: str
    clearance: str
    posted_date: date | None
    skills: tuple[SkillAsked, ...]
    spans: Mapping[str, tuple[Span, ...]]

    @property
    def description(self) -> str:
        """The plain description."""
        return self.text[self.description_start :]

    @property
    def country(self) -> str:
        """ISO 3166-1 of the first place; empty where none is known."""
        return next((place.country for place in self.places), "")

    @property
    def required_skills(self) -> tuple[SkillAsked, ...]:
        """The skills to score by: the required ones, or all where none is."""
        required = tuple(skill for skill in self.skills if skill.is_required)
        return required or self.skills

    def quote(self, span: Span) -> str:
        """The text of a span."""
        return self.text[span.start : span.end]
