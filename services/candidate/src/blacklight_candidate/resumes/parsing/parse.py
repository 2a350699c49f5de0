"""From the text of a résumé to what it says."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from ..extraction import ExtractedText
from .contact import find_emails, find_links, find_location, find_phones
from .credentials import find_certifications, find_languages
from .education import find_education
from .experience import total_months
from .jobs import find_jobs
from .lines import lines_of, printed_lines
from .model import Field, ParsedResume
from .person import find_headline, find_name
from .sections import Section, split_sections
from .skills import BesideName, SkillFinder, find_skills


def parse(extracted: ExtractedText, *, skills: SkillFinder, today: date) -> ParsedResume:
    """Read a résumé. Never raises on any text; what is not stated stays empty (domain, 6.2)."""
    text = extracted.text
    lines = lines_of(extracted)
    sections = split_sections(lines)
    emails = find_emails(printed_lines(extracted))
    name = find_name(lines, sections, emails)
    jobs = find_jobs(sections, text)
    listed, mentioned = find_skills(sections, text, BesideName(skills, name.value or ""))
    return ParsedResume(
        name=name,
        headline=find_headline(lines, name),
        emails=emails,
        phones=find_phones(sections),
        location=find_location(sections),
        links=find_links(lines, sections),
        summary=_summary(sections, text),
        skills=listed,
        mentioned_skills=mentioned,
        jobs=jobs,
        education=find_education(sections),
        certifications=find_certifications(sections),
        languages=find_languages(sections),
        total_experience_months=total_months(jobs, today),
    )


def _summary(sections: Sequence[Section], text: str) -> Field[str]:
    """The text of the summary section, else the prose at the top."""
    for section in sections:
        if section.kind == "summary" and any(line.is_prose for line in section.lines):
            start, end = section.lines[0].start, section.lines[-1].end
            return Field(text[start:end], 0.92, start, end)
    prose = [line for line in sections[0].lines if line.is_prose] if sections else []
    if len(prose) >= 2:
        start, end = prose[0].start, prose[-1].end
        return Field(text[start:end], 0.7, start, end)
    return Field()
