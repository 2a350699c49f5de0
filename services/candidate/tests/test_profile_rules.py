"""Pure rules: what a resume fills in, the sentences that show a skill, names, words and files."""

from __future__ import annotations

import pytest
from blacklight_candidate.candidates.fields import ProfileFacts, values_from_resume
from blacklight_candidate.candidates.search import query_of, words_of
from blacklight_candidate.profiles.evidence import (
    MAX_PROSE,
    Quote,
    evidence_of,
    experience_of,
    opening_of,
    prose_of,
    quotes_of,
    sentence_around,
)
from blacklight_candidate.resumes.files import ids_of
from blacklight_candidate.resumes.parsing import Field, Job, ParsedResume, Phone
from blacklight_candidate.resumes.profile_facts import facts_of, split_name
from blacklight_candidate.resumes.upload import clean_file_name, disposition
from hypothesis import given
from hypothesis import strategies as st

FACTS = ProfileFacts("Ann", "Example", "ann@example.com", "+1", "Dallas", "Engineer", 5, ("Java",), "Text.")


def test_a_resume_fills_every_field_that_nobody_wrote() -> None:
    values = values_from_resume(FACTS, given_name="ann", edited=["given_name", "phone", "skills"])
    assert values == {
        "family_name": "Example",
        "email": "ann@example.com",
        "location": "Dallas",
        "current_title": "Engineer",
        "experience_years": 5,
        "summary": "Text.",
    }


def test_a_field_the_new_resume_does_not_state_is_emptied_unless_a_person_wrote_it() -> None:
    values = values_from_resume(ProfileFacts(), given_name="Ann", edited=["given_name", "email"])
    assert values["location"] == ""
    assert values["experience_years"] is None
    assert "email" not in values


def test_somebody_elses_family_name_is_not_taken() -> None:
    assert "family_name" not in values_from_resume(FACTS, given_name="Bob", edited=["given_name"])


@pytest.mark.parametrize(
    ("full", "given_name", "family_name"),
    [
        ("Ann Example", "Ann", "Example"),
        ("Ann Maria Example", "Ann Maria", "Example"),
        ("Ann Example, PMP", "Ann", "Example"),
        ("Ann Example Jr.", "Ann", "Example"),
        ("Ann Example Ph.D.", "Ann", "Example"),
        ("Ann", "Ann", ""),
        ("", "", ""),
    ],
)
def test_splits_names(full: str, given_name: str, family_name: str) -> None:
    assert split_name(full) == (given_name, family_name)


def test_the_prose_is_the_summary_and_the_jobs_within_the_contracts_limit() -> None:
    said = [Field(text, 1, 0, 1) for text in ("Data engineer", "Built pipelines.")]
    jobs = [Job(title=said[0], description=said[1]), Job(title=Field("Clerk", 1, 0, 1)), Job()]
    assert prose_of("Ten years.", jobs) == "Ten years.\nData engineer\nBuilt pipelines.\nClerk"
    assert prose_of("", []) == ""
    assert len(prose_of("word " * 1_000, [Job(description=Field("work " * 4_000, 1, 0, 1))])) == MAX_PROSE


def test_facts_stay_within_the_contracts_limits() -> None:
    long = "word " * 4_000
    parsed = ParsedResume(
        name=Field(long, 1, 0, 1),
        emails=(Field("a" * 300 + "@example.com", 1, 0, 1), Field("a@example.com", 1, 0, 1)),
        phones=(Phone(Field("+1" * 40, 1, 0, 1), ""),),
        location=Field(long, 1, 0, 1),
        headline=Field(long, 1, 0, 1),
        summary=Field(long, 1, 0, 1),
        skills=tuple(Field("x" * 101 if number == 5 else f"skill {number}", 1, 0, 1) for number in range(300)),
        total_experience_months=1_200,
    )
    facts = facts_of(parsed)
    assert (len(facts.given_name), len(facts.family_name)) <= (100, 100)
    assert facts.email == "a@example.com"
    assert len(facts.phone) <= 40
    assert len(facts.location) <= 200
    assert len(facts.current_title) <= 200
    assert 4_900 < len(facts.summary) <= 5_000
    assert len(facts.skills) == 200
    assert facts.experience_years == 70


def test_spellings_of_one_skill_are_one() -> None:
    skills = tuple(Field(name, 1, 0, 1) for name in ("Java", "java", "JAVA ", "NodeJS", "Node.js"))
    assert facts_of(ParsedResume(skills=skills)).skills == ("Java", "Node.js")


TEXT = "SKILLS\nJava, SQL\n\nWORK\n• Built a payment\nservice in Java. It was fast.\n• Tuned SQL"


def test_a_sentence_is_cut_at_its_own_ends() -> None:
    start = TEXT.index("Java.")
    assert sentence_around(TEXT, start, start + 4).text == "Built a payment service in Java."
    start = TEXT.rindex("SQL")
    assert sentence_around(TEXT, start, start + 3) == Quote("Tuned SQL", len(TEXT) - 9, len(TEXT))
    start = TEXT.index("SQL")
    assert sentence_around(TEXT, start, start + 3).text == "Java, SQL"


def test_the_work_shows_a_skill_better_than_a_list() -> None:
    listed, work = TEXT.index("Java"), TEXT.index("•")
    parsed = ParsedResume(
        skills=(Field("Java", 1, listed, listed + 4),),
        jobs=(Job(description=Field("…", 1, work, len(TEXT))),),
    )
    found = evidence_of(["Java", "COBOL"], parsed, TEXT)
    assert TEXT[found[0].start : found[0].end] == "Java"
    assert found[0].start > work
    assert (found[1].sentence, found[1].start, found[1].end) == (Quote(), 0, 0)


@given(st.text(max_size=2_000), st.integers(0, 2_000), st.integers(0, 60))
def test_a_sentence_never_grows_long(text: str, start: int, length: int) -> None:
    start = min(start, len(text))
    found = sentence_around(text, start, min(start + length, len(text)))
    assert found.end - found.start <= 500
    assert found.text == " ".join(text[found.start : found.end].split())


def test_jobs_and_summary_are_quoted_where_they_stand() -> None:
    text = "PROFILE\nTests\nsoftware. Likes it.\nWORK\nSenior Tester\n  Initech LLC   Jan 2015 - Present\nTests."

    def at(words: str, value: str = "") -> Field[str]:
        return Field(value or words, 1, text.index(words), text.index(words) + len(words))

    job = Job(at("Senior Tester"), at("Initech LLC"), start=at("Jan 2015", "2015-01"), is_current=True)
    parsed = ParsedResume(summary=at("Tests\nsoftware. Likes it."), jobs=(job, Job(title=Field("undated"))))
    (head,) = quotes_of(parsed.jobs, text)
    assert head.text == "Senior Tester Initech LLC Jan 2015 - Present"
    assert " ".join(text[head.start : head.end].split()) == head.text
    assert opening_of("Tests software. Likes it.", parsed, text) == Quote("Tests software.", 8, 23)
    assert opening_of("Typed here. And more.", parsed, text) == Quote("Typed here.")
    assert opening_of("", parsed, text) == Quote("Senior Tester", *(job.title.start, job.title.end))
    assert opening_of("", ParsedResume(), text) == Quote()


def test_experience_is_told_in_words() -> None:
    def job(start: str, end: str | None, current: bool, employer: str | None, title: str | None) -> Job:
        return Job(title=Field(title), employer=Field(employer), start=Field(start), end=Field(end), is_current=current)

    assert experience_of(
        [
            job("2015-01", None, True, "Initech", "Java\nDeveloper"),
            job("2010", "2014-12", False, None, "Clerk"),
            job("2009-02", "2009-12", False, "Globex", None),
            Job(title=Field("undated")),
        ]
    ) == [
        "Jan 2015 to present at Initech as Java Developer",
        "2010 to Dec 2014 as Clerk",
        "Feb 2009 to Dec 2009 at Globex",
    ]


@given(st.text(max_size=200))
def test_what_is_indexed_is_asked_for_by_the_same_words(text: str) -> None:
    """Every word of a query made from a text is among the words of the text, or in pieces of them."""
    words = words_of([text])
    assert words == sorted(set(words))
    assert all(words)
    assert bool(query_of(text)) == bool(words)


def test_query_words_are_quoted() -> None:
    assert query_of("O'Neil") == "('o''neil':* | ('o':* & 'neil':*))"


@pytest.mark.parametrize(
    ("name", "clean"),
    [("a/b/c.pdf", "c.pdf"), ("C:\\x\\c.pdf", "c.pdf"), ("a\nb.pdf", "ab.pdf"), ("..\u202egnp.pdf", "..gnp.pdf")],
)
def test_file_names_lose_folders_and_controls(name: str, clean: str) -> None:
    assert clean_file_name(name) == clean


@given(st.text(min_size=1, max_size=255))
def test_a_disposition_is_one_ascii_header_line(name: str) -> None:
    header = disposition(name.encode("utf-8", "replace").decode())
    assert header.isascii()
    assert header.isprintable()
    assert header.count('"') == 2


@pytest.mark.parametrize("key", ["", "tenants/x/resumes/y", "../tenants", "tenants/a/../b"])
def test_foreign_keys_are_not_ours(key: str) -> None:
    assert ids_of(key) is None
