"""Whatever the text, the parser answers, and every value stands where its span says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from blacklight_candidate.resumes.extraction import LayoutLine
from blacklight_candidate.resumes.extraction.text import ExtractedText
from blacklight_candidate.resumes.parsing import Field, NoSkills, ParsedResume, TaxonomySkills, parse
from hypothesis import given, settings
from hypothesis import strategies as st

TODAY = date(2026, 11, 1)
LINES = st.sampled_from(
    [
        "Jane Q. Doe", "PROFESSIONAL SUMMARY:", "Skills: Java, C++, .NET; SQL", "WORK EXPERIENCE", "Experience",
        "Client: Verizon, Dallas, TX\tJan 2019 – Present", "Role: Sr. Java Developer", "Engineer at Acme | 2015 - 2019",
        "• Built things, quickly.", "jane@example", ".com", "jane.doe@example.com", "+1 (415) 555-0117", "Education",
        "B.Tech in Computer Science, JNTU, 2010", "University of Texas at Austin\t2006 - 2011", "2019-13-45 - 1/1/1",
        "Languages", "English (Native), Spanish", "Since May '09", "", "\t\t", "https://www.linkedin.com/in/jd", "•",
        "Certifications", "AWS Certified – 2019", "Present - Present", "Company, Inc.", "ENVIRONMENT: Java/J2EE",
        "A" * 300,
    ]
)  # fmt: skip
TEXTS = st.one_of(st.text(max_size=400), st.lists(st.one_of(LINES, st.text(max_size=40)), max_size=40).map("\n".join))


def fields_of(parsed: ParsedResume) -> Iterator[Field[str]]:
    yield from (parsed.name, parsed.headline, parsed.location, parsed.summary, *parsed.emails, *parsed.skills)
    yield from (*parsed.mentioned_skills, *parsed.certifications, *parsed.languages)
    yield from (link.url for link in parsed.links)
    for job in parsed.jobs:
        yield from (job.title, job.employer, job.location, job.description)
    for entry in parsed.education:
        yield from (entry.degree, entry.field_of_study, entry.institution)


def dates_of(parsed: ParsedResume) -> Iterator[Field[str]]:
    for job in parsed.jobs:
        yield from (job.start, job.end)
    for entry in parsed.education:
        yield from (entry.start, entry.end)


def squeezed(text: str) -> str:
    return re.sub(r"\s+", "", text)


def check(parsed: ParsedResume, text: str) -> None:
    for field in (*fields_of(parsed), *dates_of(parsed)):
        assert 0 <= field.start <= field.end <= len(text)
        assert 0.0 <= field.confidence <= 1.0
        assert field.stated == (field.confidence > 0) == (field.end > field.start)
    for field in fields_of(parsed):
        assert squeezed(field.value or "") == squeezed(text[field.start : field.end])
    for field in dates_of(parsed):
        if field.value:
            assert re.fullmatch(r"\d{4}(-(0[1-9]|1[0-2]))?", field.value)
            assert field.value[2:4] in text[field.start : field.end]
    for phone in parsed.phones:
        assert text[phone.number.start : phone.number.end] == phone.raw


@settings(max_examples=300, deadline=None)
@given(TEXTS)
def test_parses_any_text_and_every_span_holds_its_value(text: str) -> None:
    extracted = ExtractedText.plain(text)
    parsed = parse(extracted, skills=NoSkills(), today=TODAY)
    check(parsed, extracted.text)
    assert ParsedResume.from_json(parsed.to_json()) == parsed


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(LINES, st.sampled_from([9.0, 11.5, 18.0]), st.booleans(), st.booleans()), max_size=30))
def test_parses_any_layout_and_every_span_holds_its_value(
    drafts: list[tuple[str, float, bool, bool]],
) -> None:
    lines, offset = [], 0
    for text, size, bold, wide in drafts:
        end = 500.0 if wide else 150.0
        lines.append(LayoutLine(offset, offset + len(text), 1, 40.0, size, bold, 0, end))
        offset += len(text) + 1
    text = "\n".join(draft[0] for draft in drafts)
    extracted = ExtractedText(text, tuple(lines), "PDF", 1)
    check(parse(extracted, skills=TaxonomySkills(), today=TODAY), text)


@settings(max_examples=50, deadline=None)
@given(TEXTS)
def test_gives_the_same_answer_twice(text: str) -> None:
    first = parse(ExtractedText.plain(text), skills=NoSkills(), today=TODAY)
    assert parse(ExtractedText.plain(text), skills=NoSkills(), today=TODAY) == first
