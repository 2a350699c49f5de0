"""Résumés written for the project, in the manners of US consultants and others, against what they say."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from blacklight_candidate.resumes.extraction.text import ExtractedText
from blacklight_candidate.resumes.parsing import ParsedResume, TaxonomySkills, parse

RESUMES = sorted((Path(__file__).parent / "resumes").glob("*.txt"))


def read(path: Path) -> tuple[ParsedResume, dict[str, Any]]:
    extracted = ExtractedText.plain(path.read_text("utf-8"))
    truth: dict[str, Any] = json.loads(path.with_suffix(".json").read_text("utf-8"))
    return parse(extracted, skills=TaxonomySkills(), today=date(2026, 11, 1)), truth


@pytest.fixture(params=RESUMES, ids=lambda path: path.stem)
def resume(request: pytest.FixtureRequest) -> tuple[ParsedResume, dict[str, Any]]:
    return read(request.param)


def test_there_are_at_least_twelve_of_them() -> None:
    assert len(RESUMES) >= 12


def test_reads_the_person(resume: tuple[ParsedResume, dict[str, Any]]) -> None:
    parsed, truth = resume
    assert parsed.name.value == truth["name"]
    assert [email.value for email in parsed.emails] == [truth["email"]]
    assert [phone.number.value for phone in parsed.phones] == ([truth["phone"]] if truth["phone"] else [])


def test_reads_the_jobs(resume: tuple[ParsedResume, dict[str, Any]]) -> None:
    parsed, truth = resume
    said = [
        [job.title.value, job.employer.value, job.start.value, None if job.is_current else job.end.value or ""]
        for job in parsed.jobs
    ]
    assert said == truth["jobs"]  # an end of null is a current job, an empty one is not stated


def test_reads_the_schools(resume: tuple[ParsedResume, dict[str, Any]]) -> None:
    parsed, truth = resume
    assert [entry.institution.value for entry in parsed.education] == truth["schools"]


def test_reads_the_skills_listed(resume: tuple[ParsedResume, dict[str, Any]]) -> None:
    parsed, truth = resume
    assert [skill.value for skill in parsed.skills] == truth["skills"]
