"""Fields out of running text: pages, one-line heads, letters with labels, and sentences alone."""

from __future__ import annotations

from datetime import date

import pytest
from blacklight_matching.postings.extraction import ExtractedFields, extract_posting, extract_text
from hypothesis import given
from hypothesis import strategies as st

SEEN = date(2026, 5, 14)


def read(text: str) -> ExtractedFields:
    return extract_text(text, seen=SEEN)


def places(fields: ExtractedFields) -> list[str]:
    return [str(place) for place in fields.places]


def test_reads_a_head_of_one_line() -> None:
    found = read(
        "Kestrelmont | Senior Java Developer | Austin, TX or Denver, CO | Full-time | REMOTE | $120k - $150k\n\n"
        "We build freight software. No sponsorship."
    )
    assert (found.title, found.company, found.workplace) == ("Senior Java Developer", "Kestrelmont", "REMOTE")
    assert places(found) == ["Austin, TX, US", "Denver, CO, US"]
    assert found.contract_types == ("FULL_TIME",)
    assert found.pay is not None
    assert (found.pay.min, found.pay.max, found.pay.currency, found.pay.period) == (120_000, 150_000, "USD", "YEAR")
    assert found.sponsorship == "NOT_OFFERED"


def test_reads_a_page_of_a_board() -> None:
    found = read(
        "Back to list\nSign in\n\nPower BI Analyst\nHarrowgate Metrics · Leeds, United Kingdom\n"
        "Posted 3 days ago · 12 applicants\nApply\n\nAbout the job\nHarrowgate Metrics is looking for an analyst."
    )
    assert (found.title, found.company) == ("Power BI Analyst", "Harrowgate Metrics")
    assert places(found) == ["Leeds, GB"]
    assert found.posted_date == date(2026, 5, 11)


def test_reads_a_letter_that_names_its_fields() -> None:
    found = read(
        "Hi there,\n\nPlease look at this need.\n\nRole: SAP FICO Consultant\nClient: Umberfield Retail\n"
        "Location: Columbus, OH (Hybrid)\nDuration: 12+ months\nRate: $70/hr on C2C\nVisa: USC, GC and H4 EAD only\n"
        "Experience: 10+ years of SAP\n\nThank you"
    )
    assert (found.title, found.company) == ("SAP FICO Consultant", "Umberfield Retail")
    assert places(found) == ["Columbus, OH, US"]
    assert found.workplace == "HYBRID"
    assert set(found.contract_types) >= {"CONTRACT"}
    assert found.pay is not None
    assert (found.pay.min, found.pay.period) == (70, "HOUR")
    assert found.work_authorizations == ("US_CITIZEN", "GREEN_CARD", "EAD")
    assert found.years is not None
    assert found.years.low == 10


def test_reads_sentences_that_name_nothing() -> None:
    found = read(
        "Wrenhollow Systems is a small company that makes booking software. We are looking for a talented "
        "backend engineer to join our team in Portland, Oregon. This is a permanent position.\n\n"
        "At Wrenhollow Systems you own what you build."
    )
    assert (found.title, found.company) == ("backend engineer", "Wrenhollow Systems")
    assert places(found) == ["Portland, OR, US"]
    assert found.contract_types == ("FULL_TIME",)


def test_reads_markdown_and_html_alike() -> None:
    markdown = read(
        "# Data Engineer\n\n**Company:** [Quillmarsh](https://quillmarsh.example)\n**Location:** Toronto, ON"
    )
    html = read("<h1>Data Engineer</h1><p><b>Company:</b> Quillmarsh</p><p><b>Location:</b> Toronto, ON</p>")
    for found in (markdown, html):
        assert (found.title, found.company) == ("Data Engineer", "Quillmarsh")
        assert places(found) == ["Toronto, ON, CA"]


def test_every_span_shows_what_was_read() -> None:
    found = read("Kestrelmont | Java Developer | Austin, TX | $120k\n\nOpen to US citizens. Secret clearance required.")
    shown = {name: found.quote(spans[0]) for name, spans in found.spans.items()}
    assert shown["title"] == "Java Developer"
    assert shown["company"] == "Kestrelmont"
    assert shown["places"] == "Austin, TX"
    assert shown["pay"] == "$120k"
    assert shown["work_authorizations"] == "US citizens"
    assert shown["clearance"] == "Secret clearance"


@pytest.mark.parametrize(
    "text",
    [
        "Thanks for your order. It will arrive on Monday.",
        "Our customers in Paris and Tokyo love the product.",
        "",
        "- - -\n|||\n:::",
    ],
)
def test_invents_nothing_where_nothing_is_said(text: str) -> None:
    found = read(text)
    assert (found.title, found.places, found.workplace, found.contract_types) == ("", (), "", ())
    assert (found.pay, found.posted_date, found.work_authorizations, found.clearance) == (None, None, (), "")


def test_a_field_of_the_board_comes_before_the_text() -> None:
    found = extract_posting(
        "Java Developer (Remote)",
        "Umberfield Retail is looking for a Cobol Developer in Boston, MA. Permanent position.",
        "Dallas, TX",
        "Kestrelmont",
        job_type="Contract - W2",
        remote=False,
    )
    assert (found.title, found.company, places(found)) == ("Java Developer", "Kestrelmont", ["Dallas, TX, US"])
    assert found.contract_types == ("W2", "CONTRACT")
    assert found.workplace == ""


def test_a_missing_field_of_the_board_is_read_from_the_text() -> None:
    found = extract_posting("", "Umberfield Retail is looking for a COBOL Developer in Boston, MA.", "", "")
    assert (found.title, found.company, places(found)) == ("COBOL Developer", "Umberfield Retail", ["Boston, MA, US"])


@given(st.text(max_size=1500))
def test_any_text_is_read_and_its_spans_lie_in_it(text: str) -> None:
    found = read(text)
    assert all(0 <= span.start < span.end <= len(found.text) for spans in found.spans.values() for span in spans)


@pytest.mark.parametrize("piece", [" | ", "a: ", "[x](", "\t", "Acme Is ", "1,000 ", "in A, ", "no no ", "- \n"])
def test_long_runs_of_anything_are_read_in_time(piece: str) -> None:
    read(piece * (20_000 // len(piece)))


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("You're an accomplished data engineer with a keen eye.", "data engineer"),
        ("Thanks for your interest in our Python/Django Developer role here.", "Python/Django Developer"),
        ("We’re looking a python web developer to join us.", "python web developer"),
        ("The main task is to find a technical co-founder for us.", "co-founder"),
        ("We look for talented hackers. We're looking for talented hackers to help.", "hackers"),
        ("We’re hiring a full-stack web developer to take a leading role.", "full-stack web developer"),
        ("We are looking for an experienced tech lead in Django to lead the team.", "tech lead"),
        ("We are a fund.\n\n# Reliability Engineer\n\nYou keep the site up.", "Reliability Engineer"),
        ("We are looking for a contractor for six months.", ""),
        ("We are a fund.\n\n# Engineering Culture\n\nWe keep the site up.", ""),
    ],
)
def test_reads_titles_out_of_prose(text: str, title: str) -> None:
    found = extract_posting("", f"We are glad that you are here today.\n\n{text}").title
    assert found.removeprefix("technical ") == title


@pytest.mark.parametrize(
    ("text", "company"),
    [
        ("# About Kestrelmont\n\nWe are the leading provider of freight data.", "Kestrelmont"),
        ("# About Kestrelmont (KM)\n\nWe are the leading provider of freight data.", "Kestrelmont"),
        ("We are [Kestrelmont](https://kestrelmont.example/), a small start-up in freight.", "Kestrelmont"),
        ("One of the most exciting start-ups, Kestrelmont is going through rapid growth.", "Kestrelmont"),
        ("Kestrel Mont\n\nA fine place. Write to jobs@kestrelmont.example for details.", "Kestrel Mont"),
        ("See https://careers.kestrelmont.co.uk/x for more, or ask Kestrelmont.", "Kestrelmont"),
        ("See https://www.glassdoor.com/kestrelmont for more, or ask Glassdoor.", ""),
        ("## About Umberfield Retail (UR)\n\nUR is a fast-growing start-up. UR is hiring.", "Umberfield Retail"),
    ],
)
def test_reads_companies_out_of_prose(text: str, company: str) -> None:
    assert extract_posting("Back End Software Developer", text, "Leeds, UK").company == company
