"""The written consultants as plain values: `sources/*.json` read into frozen records."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

SOURCES = Path(__file__).parent / "sources"


@dataclass(frozen=True)
class SkillGroup:
    """A named line of skills, e.g. "Databases: Oracle, PostgreSQL"."""

    group: str
    items: tuple[str, ...]


@dataclass(frozen=True)
class Job:
    """One employment; `client` is empty where the person worked for the employer itself."""

    employer: str
    title: str
    location: str
    start: str
    end: str
    bullets: tuple[str, ...]
    client: str = ""
    environment: str = ""

    @property
    def dates(self) -> str:
        return f"{self.start} - {self.end}"


@dataclass(frozen=True)
class Degree:
    degree: str
    school: str
    year: str


@dataclass(frozen=True)
class Resume:
    """Everything a layout may print; `file` names the rendered file and decides PDF or DOCX."""

    file: str
    layout: str
    name: str
    title: str
    email: str
    phone: str
    location: str
    summary: tuple[str, ...]
    skills: tuple[SkillGroup, ...]
    jobs: tuple[Job, ...]
    education: tuple[Degree, ...]
    certifications: tuple[str, ...]

    @property
    def contact(self) -> str:
        return " | ".join((self.location, self.phone, self.email))


def read_resume(path: Path) -> Resume:
    """One source file as a record. Raises KeyError or TypeError when a field is missing or unknown."""
    raw = json.loads(path.read_text(encoding="utf-8"))
    return Resume(
        **{
            **raw,
            "summary": tuple(raw["summary"]),
            "skills": tuple(SkillGroup(row["group"], tuple(row["items"])) for row in raw["skills"]),
            "jobs": tuple(Job(**{**row, "bullets": tuple(row["bullets"])}) for row in raw["jobs"]),
            "education": tuple(Degree(**row) for row in raw["education"]),
            "certifications": tuple(raw["certifications"]),
        }
    )


def list_sources() -> list[Path]:
    """The source files in name order."""
    return sorted(SOURCES.glob("*.json"))
