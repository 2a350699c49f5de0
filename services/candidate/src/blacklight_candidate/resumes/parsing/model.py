"""What a résumé says, each fact with how sure the parser is and the characters it was read from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Field(Generic[T]):
    """A value read from `text[start:end]`, held right with `confidence` (0..1).

    `value` is None, confidence 0 and the span empty when the résumé does not state it; nothing is invented.
    """

    value: T | None = None
    confidence: float = 0.0
    start: int = 0
    end: int = 0

    @property
    def stated(self) -> bool:
        return self.value is not None


@dataclass(frozen=True, slots=True)
class Phone:
    """A telephone number: E.164 in `number`, the digits as printed in `raw`."""

    number: Field[str]
    raw: str


@dataclass(frozen=True, slots=True)
class Link:
    """A web address; `kind` is LINKEDIN, GITHUB, PORTFOLIO or OTHER."""

    kind: str
    url: Field[str]


@dataclass(frozen=True, slots=True)
class Job:
    """One position. Dates are 'YYYY-MM' or 'YYYY'; `end` is absent while `is_current`."""

    title: Field[str] = field(default_factory=Field)
    employer: Field[str] = field(default_factory=Field)
    location: Field[str] = field(default_factory=Field)
    start: Field[str] = field(default_factory=Field)
    end: Field[str] = field(default_factory=Field)
    is_current: bool = False
    description: Field[str] = field(default_factory=Field)


@dataclass(frozen=True, slots=True)
class Education:
    """One course of study. Dates are 'YYYY-MM' or 'YYYY'; `end` is the graduation where only one is given."""

    degree: Field[str] = field(default_factory=Field)
    field_of_study: Field[str] = field(default_factory=Field)
    institution: Field[str] = field(default_factory=Field)
    start: Field[str] = field(default_factory=Field)
    end: Field[str] = field(default_factory=Field)


@dataclass(frozen=True, slots=True)
class ParsedResume:
    """All that was read from one résumé. Tuples keep the order of the text.

    `skills` are those the résumé lists as skills; where it lists none, those found in its text. Known skills
    found only elsewhere (a job, a project) are in `mentioned_skills`.
    """

    name: Field[str] = field(default_factory=Field)
    headline: Field[str] = field(default_factory=Field)
    emails: tuple[Field[str], ...] = ()
    phones: tuple[Phone, ...] = ()
    location: Field[str] = field(default_factory=Field)
    links: tuple[Link, ...] = ()
    summary: Field[str] = field(default_factory=Field)
    skills: tuple[Field[str], ...] = ()
    mentioned_skills: tuple[Field[str], ...] = ()
    jobs: tuple[Job, ...] = ()
    education: tuple[Education, ...] = ()
    certifications: tuple[Field[str], ...] = ()
    languages: tuple[Field[str], ...] = ()
    total_experience_months: int | None = None

    @property
    def current_title(self) -> Field[str]:
        """Title of the current job, else of the first one, else the headline."""
        current = [job.title for job in self.jobs if job.is_current and job.title.stated]
        latest = [job.title for job in self.jobs if job.title.stated]
        return (current or latest or [self.headline])[0]

    def to_json(self) -> dict[str, Any]:
        """Plain dictionaries, lists, strings and numbers."""
        return asdict(self)

    @staticmethod
    def from_json(data: Mapping[str, Any]) -> ParsedResume:
        """The inverse of `to_json`. Raises KeyError or TypeError on anything else."""
        return ParsedResume(
            name=_field(data["name"]),
            headline=_field(data["headline"]),
            emails=tuple(map(_field, data["emails"])),
            phones=tuple(Phone(_field(phone["number"]), phone["raw"]) for phone in data["phones"]),
            location=_field(data["location"]),
            links=tuple(Link(link["kind"], _field(link["url"])) for link in data["links"]),
            summary=_field(data["summary"]),
            skills=tuple(map(_field, data["skills"])),
            mentioned_skills=tuple(map(_field, data["mentioned_skills"])),
            jobs=tuple(_job(job) for job in data["jobs"]),
            education=tuple(Education(**{k: _field(v) for k, v in entry.items()}) for entry in data["education"]),
            certifications=tuple(map(_field, data["certifications"])),
            languages=tuple(map(_field, data["languages"])),
            total_experience_months=data["total_experience_months"],
        )


def _field(data: Mapping[str, Any]) -> Field[str]:
    return Field(data["value"], data["confidence"], data["start"], data["end"])


def _job(data: Mapping[str, Any]) -> Job:
    fields = {key: _field(value) for key, value in data.items() if key != "is_current"}
    return Job(**fields, is_current=data["is_current"])
