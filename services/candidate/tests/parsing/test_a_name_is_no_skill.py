"""Who somebody is adds no skill (quality target Q8)."""

from __future__ import annotations

from datetime import date

from blacklight_candidate.resumes.extraction import ExtractedText
from blacklight_candidate.resumes.parsing import TaxonomySkills, parse

TEXT = """{name}
{email}

Summary
{name} is a bookkeeper of nine years who keeps the books of small companies and closes every month on time.

Skills
Accounts payable, Microsoft Excel, Tax returns{more}
"""


def skills_of(name: str, more: str = "") -> set[str]:
    read = parse(
        ExtractedText.plain(TEXT.format(name=name, email="books@example.com", more=more)),
        skills=TaxonomySkills(),
        today=date(2025, 6, 1),
    )
    assert read.name.value == name
    return {skill.value or "" for skill in (*read.skills, *read.mentioned_skills)}


def test_a_person_called_ruby_is_not_taken_to_write_ruby() -> None:
    assert skills_of("Ruby O'Brien") == skills_of("Emily Walsh")


def test_a_person_called_ruby_may_well_write_ruby() -> None:
    assert skills_of("Ruby O'Brien", ", Ruby") == skills_of("Emily Walsh", ", Ruby") > skills_of("Emily Walsh")
