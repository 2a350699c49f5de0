"""Skills of a posting: required or nice to have, their sentences, HTML stripped."""

from __future__ import annotations

from itertools import pairwise

from blacklight_matching.plain_text import plain_text
from blacklight_matching.postings.extraction import extract_posting, sentences
from hypothesis import given
from hypothesis import strategies as st

ADVERT = """<h1>Java Developer</h1><script>alert("python")</script>
<p>About us: we use Oracle HR software. Equal opportunity employer, see our SQL careers page.</p>
<h3>Requirements</h3><ul><li>5+ years of experience with Java &amp; Spring Boot</li><li>SQL and Git</li></ul>
<h3>Nice to have:</h3><ul><li>Kubernetes</li><li>Terraform</li></ul>
<h3>Responsibilities</h3><p>Write tests with JUnit. Docker is a plus.</p>"""


def test_separates_required_skills_from_nice_to_have() -> None:
    found = extract_posting("Java Developer", ADVERT)
    required = [skill.name for skill in found.skills if skill.is_required]
    optional = [skill.name for skill in found.skills if not skill.is_required]
    assert required == ["Java", "Spring Boot", "SQL", "Git", "JUnit"]
    assert optional == ["Kubernetes", "Terraform", "Docker"]


def test_gives_each_skill_the_sentence_it_stands_in() -> None:
    found = extract_posting("Java Developer", ADVERT)
    by_name = {skill.name: skill for skill in found.skills}
    quotes = [found.quote(span) for span in by_name["Spring Boot"].sentences]
    assert quotes == ["5+ years of experience with Java & Spring Boot"]
    assert all(found.quote(m).casefold() == "java" for m in by_name["Java"].mentions)


def test_scores_by_all_skills_where_none_is_required() -> None:
    found = extract_posting("Helper", "Nice to have:\n- Excel\n- QuickBooks")
    assert [skill.name for skill in found.required_skills] == ["Microsoft Excel", "QuickBooks"]


def test_takes_skills_from_the_title() -> None:
    assert [skill.name for skill in extract_posting("SAP FICO Consultant", "").skills] == ["SAP FICO"]


def test_reads_a_thin_posting_without_inventing_anything() -> None:
    found = extract_posting("Helper wanted", "Call us.")
    assert (found.years, found.pay, found.workplace, found.contract_types, found.skills) == (None, None, "", (), ())


def test_strips_scripts_comments_and_half_escaped_markup() -> None:
    assert plain_text("<p>a<!-- x --><script>b()</script>c</p>") == "ac"
    assert plain_text("&lt;p&gt;Java &amp;amp; SQL&lt;/p&gt;") == "Java & SQL"
    assert plain_text("2 < 3 and 5 > 4") == "2 < 3 and 5 > 4"
    assert plain_text("a\u200bb\u00adc") == "abc"


def test_survives_a_megabyte_of_open_tags() -> None:
    assert extract_posting("x", "<div><b" * 150_000).skills == ()


def test_keeps_abbreviations_inside_a_sentence() -> None:
    text = "Use tools, e.g. Jira. Works with Acme Inc. Every day."
    assert next(text[s.start : s.end] for s in sentences(text)) == "Use tools, e.g. Jira."


@given(st.text(alphabet="ab. \n-•!?AB", max_size=1200))
def test_sentences_cover_every_letter_once_and_in_order(text: str) -> None:
    spans = sentences(text)
    covered = "".join(text[s.start : s.end] for s in spans)
    assert [c for c in covered if c.isalpha()] == [c for c in text if c.isalpha()]
    assert all(one.end <= other.start for one, other in pairwise(spans))


@given(st.text(max_size=500))
def test_plain_text_never_fails_and_leaves_no_control_characters(raw: str) -> None:
    assert all(char == "\n" or char >= " " for char in plain_text(raw))
