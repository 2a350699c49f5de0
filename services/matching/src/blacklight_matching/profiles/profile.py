"""A candidate as plain values, and what of it decides the scores. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import astuple, dataclass
from uuid import UUID

from blacklight_skills import TAXONOMY_VERSION, find_skill, key_of

from blacklight_matching.fairness import neutral
from blacklight_matching.hashing import content_hash
from blacklight_matching.vectors import engine_version
from blacklight_matching.vectors.texts import profile_text

MOST_PROSE = 12_000
"""Characters of a summary that are looked at: more than are embedded, whatever of them is left out."""


@dataclass(frozen=True, slots=True)
class ShownSkill:
    """A skill with the sentence of the resume that shows it; the spans, of both, are in the extracted text."""

    key: str
    name: str
    sentence: str
    start: int
    end: int
    sentence_start: int = 0
    sentence_end: int = 0


@dataclass(frozen=True, slots=True)
class Quote:
    """Words of the resume: at [start, end) of the extracted text, but for white space; 0, 0 where typed."""

    text: str
    start: int = 0
    end: int = 0


@dataclass(frozen=True, slots=True)
class Preferences:
    """What work a person takes, named as in the contract's WorkPreferences; empty or None excludes nothing."""

    work_authorization: str = ""
    needs_sponsorship: bool | None = None
    locations: tuple[str, ...] = ()
    open_to_relocation: bool | None = None
    workplaces: tuple[str, ...] = ()
    contract_types: tuple[str, ...] = ()
    least_pay: float | None = None
    pay_currency: str = ""
    pay_period: str = ""


@dataclass(frozen=True, slots=True)
class Profile:
    """What matching is told of a candidate."""

    candidate_id: UUID
    version: int
    display_name: str
    matchable: bool
    current_title: str
    preferred_roles: tuple[str, ...]
    experience_years: int | None
    experience_evidence: tuple[str, ...]
    skills: tuple[ShownSkill, ...]
    summary: str
    resume_id: UUID | None
    preferences: Preferences = Preferences()
    experience_quotes: tuple[Quote, ...] = ()
    opening: Quote | None = None

    @property
    def role_names(self) -> tuple[str, ...]:
        """The roles wanted; the current title stands for them where none is named."""
        return self.preferred_roles or ((self.current_title,) if self.current_title else ())

    @property
    def skill_keys(self) -> tuple[str, ...]:
        """What the skills are compared by, each once, in the order told."""
        return tuple(dict.fromkeys(skill.key for skill in self.skills))

    @property
    def text(self) -> str:
        """The text whose vector stands for the candidate (spec 6.6); nothing in it tells who the person is (Q8)."""
        return profile_text(*self.text_parts)

    @property
    def text_parts(self) -> tuple[list[str], list[str], str]:
        """Titles, names of skills, and prose, of which the text is made."""
        names = list(dict.fromkeys(skill.name for skill in self.skills))
        titles = [neutral(title, self.display_name) for title in (self.current_title, *self.preferred_roles)]
        prose = neutral(self.summary[:MOST_PROSE], self.display_name)
        return [*dict.fromkeys(filter(None, titles))], names, prose

    @property
    def text_hash(self) -> bytes:
        """Changes when the vector has to be made again."""
        return content_hash(engine_version(), self.text)

    @property
    def content_hash(self) -> bytes:
        """Changes when a score may change, or what excludes a posting."""
        return content_hash(
            self.text_hash, TAXONOMY_VERSION, self.skill_keys, self.experience_years, astuple(self.preferences)
        )


def shown_skills(told: Iterable[tuple[str, str, int, int]]) -> tuple[ShownSkill, ...]:
    """Skills from (name, sentence, start, end) as told, under their canonical names where known."""
    return tuple(shown_skill(*each) for each in told)


def shown_skill(name: str, sentence: str, start: int, end: int, around: tuple[int, int] = (0, 0)) -> ShownSkill:
    """A skill under its canonical name where known; `around` is the span of the sentence."""
    key = key_of(name)
    known = find_skill(key)
    return ShownSkill(key, known.name if known else name.strip(), sentence, start, end, *around)
