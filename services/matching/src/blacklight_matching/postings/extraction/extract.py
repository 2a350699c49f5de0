"""All that a posting says, read from its raw title and description. Raw texts stay with the caller."""

from __future__ import annotations

from dataclasses import dataclass

from blacklight_skills import TAXONOMY_VERSION

from blacklight_matching.plain_text import plain_text
from blacklight_matching.postings.extraction.contract import Contract, find_contract
from blacklight_matching.postings.extraction.pay import Pay, find_pay
from blacklight_matching.postings.extraction.requirements import SkillAsked, skills_asked
from blacklight_matching.postings.extraction.sentences import Span
from blacklight_matching.postings.extraction.workplace import Workplace, find_workplace
from blacklight_matching.postings.extraction.years import YearsAsked, years_asked
from blacklight_matching.titles import clean_title, tidy_title

EXTRACTION_VERSION = f"2/{TAXONOMY_VERSION}"
"""Stored beside what was extracted; changes with the rules or the taxonomy."""

LONGEST_TEXT = 200_000
"""Characters of a description that are read; the rest is kept raw but not searched."""


@dataclass(frozen=True, slots=True)
class ExtractedPosting:
    """What a posting says. Every span is in `text`, which is the title, an empty line and the plain description.

    Attributes:
        title: cleaned title, for people.
        text: the text all spans refer to.
        description_start: where the description begins in `text`.
        years, workplace: None where the posting says nothing of it.
        skills: required ones first.
    """

    title: str
    text: str
    description_start: int
    years: YearsAsked | None
    workplace: Workplace | None
    skills: tuple[SkillAsked, ...]

    @property
    def description(self) -> str:
        """The plain description."""
        return self.text[self.description_start :]

    @property
    def pay(self) -> Pay | None:
        """What is paid; None where the posting does not say. Read when asked for: matching does without."""
        return find_pay(self.text)

    @property
    def contract(self) -> Contract | None:
        """The kind of contract, the title's word before the text's; None where neither says. Read when asked for."""
        return find_contract(self.text[: self.description_start - 2]) or find_contract(self.text)

    @property
    def required_skills(self) -> tuple[SkillAsked, ...]:
        """The skills to score by: the required ones, or all where none is."""
        required = tuple(skill for skill in self.skills if skill.is_required)
        return required or self.skills

    def quote(self, span: Span) -> str:
        """The text of a span."""
        return self.text[span.start : span.end]


def extract_posting(title: str, description: str, location: str = "", company: str = "") -> ExtractedPosting:
    """Read a posting.

    Args:
        title, description: raw, as the board gave them; the description may be HTML.
        location: the board's place field; says whether the work is remote when the text does not.
        company: name of the company that hires, so that no word of it is taken for a skill.
    """
    head = tidy_title(title)
    body = plain_text(description[: 4 * LONGEST_TEXT])[:LONGEST_TEXT]
    text = f"{head}\n\n{body}"
    return ExtractedPosting(
        title=clean_title(title),
        text=text,
        description_start=len(head) + 2,
        years=years_asked(text, company),
        workplace=_workplace(head, location, text),
        skills=tuple(skills_asked(text, company)),
    )


def _workplace(head: str, location: str, text: str) -> Workplace | None:
    """The title speaks before the text, the text before the place field; a field's words have an empty span."""
    in_title = find_workplace(head)
    if in_title is not None:
        return in_title
    in_text = find_workplace(text)
    in_place = find_workplace(location)
    if in_text is not None and (in_place is None or in_text.kind != "ONSITE"):
        return in_text
    return Workplace(in_place.kind, Span(0, 0)) if in_place is not None else in_text
