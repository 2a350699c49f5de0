"""A mention is a requirement only where the posting asks: not in names, refusals, benefits, or what is left behind."""

from __future__ import annotations

import pytest
from blacklight_matching.postings.extraction import extract_posting, skills_asked, years_asked
from hypothesis import given
from hypothesis import strategies as st


def required(text: str, company: str = "") -> list[str]:
    return [skill.name for skill in skills_asked(text, company) if skill.is_required]


def nice(text: str, company: str = "") -> list[str]:
    return [skill.name for skill in skills_asked(text, company) if not skill.is_required]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "Our client is looking for a Senior Java Developer with 8 years of Spring Boot and Kafka.",
            ["Java", "Spring Boot", "Kafka"],
        ),
        ("Guidewire and Java experience in insurance required.", ["Guidewire", "Java"]),
        ("Our client, a payments processor for small shops, needs a Senior React Developer.", ["React"]),
        ("Our company runs on Java and PostgreSQL.", ["Java", "PostgreSQL"]),
        ("Founded in 1999, we need a Scala developer.", ["Scala"]),
        ("We offer health insurance and a 401k; Java experience is required.", ["Java"]),
        ("Send us your resume if you have 5 years of Java and Kafka.", ["Java", "Kafka"]),
        ("We provide an opportunity for a Java developer.", ["Java"]),
        ("Builds e-mail campaigns with Python.", ["Python"]),
        ("If you do not know Java, please do not apply.", ["Java"]),
        ("Not only Java but also Kotlin.", ["Java", "Kotlin"]),
        ("No one ships without Docker and Kubernetes here.", ["Docker", "Kubernetes"]),
        ("You will maintain legacy COBOL programs.", ["COBOL"]),
        ("Java developer, 10% annual bonus.", ["Java"]),
        ("A C# .NET Developer will help.", ["C#"]),
        ("Senior Java Engineer Founded in 2002, our client builds software.", ["Java"]),
        ("Sign off of business cases in Jira, getting insights out of SQL.", ["Jira", "SQL"]),
    ],
)
def test_requires_what_is_asked_for(text: str, expected: list[str]) -> None:
    assert required(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "About us: we use Oracle HR software.",
        "We offer health insurance, training in AWS and a 401k.",
        "Founded in 1999 as a Java shop.",
        "Equal opportunity employer, see our SQL careers page.",
        "Benefits include free Python courses.",
        "We do not use PHP.",
        "No Java please.",
        "No experience with Scala needed.",
        "No PHP, Perl or Ruby.",
        "You do not need to know Java.",
        "Scala is not required.",
        "Java and Scala are not needed.",
        "We don't use Perl or PHP.",
        "We no longer work with PHP.",
    ],
)
def test_asks_for_nothing_in_benefits_and_refusals(text: str) -> None:
    assert skills_asked(text) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "Knowing Oracle or Elasticsearch puts an application on top of the pile.",
            ["Oracle Database", "Elasticsearch"],
        ),
        ("Kafka or Docker would be a bonus.", ["Kafka", "Docker"]),
        ("Kafka is a big plus.", ["Kafka"]),
        ("Terraform preferred.", ["Terraform"]),
        ("Nice extras: TypeScript or SQL Server.", ["TypeScript", "SQL Server"]),
        ("NICE: ANGULAR/HTML", ["Angular", "HTML"]),
        ("It helps to have seen Java or Docker.", ["Java", "Docker"]),
        ("We would be delighted by SQL or Docker, though we can teach it.", ["SQL", "Docker"]),
        ("Should you also offer Kafka or Docker, say so early.", ["Kafka", "Docker"]),
        ("Kafka is not required but a plus.", ["Kafka"]),
        ("You take the last module out of a WebLogic monolith.", ["WebLogic"]),
        ("Migrating services from the old WebLogic.", ["WebLogic"]),
    ],
)
def test_would_like_but_does_not_require(text: str, expected: list[str]) -> None:
    assert (required(text), nice(text)) == ([], expected)


@pytest.mark.parametrize(
    ("text", "must", "may"),
    [
        ("Java and Spring Boot required, Kafka a plus.", ["Java", "Spring Boot"], ["Kafka"]),
        ("Java is required, Docker and Kafka preferred.", ["Java"], ["Docker", "Kafka"]),
        ("You must have Java and preferably AWS.", ["Java"], ["AWS"]),
        ("Must have: Java, SQL. Nice to have: Kafka.", ["Java", "SQL"], ["Kafka"]),
        ("Java (required), Kafka (a plus).", ["Java"], ["Kafka"]),
        ("We need Java and SQL; Docker and Kafka are welcome.", ["Java", "SQL"], ["Docker", "Kafka"]),
        ("No PHP, Java required.", ["Java"], []),
        ("We do not use PHP, we use Python.", ["Python"], []),
    ],
)
def test_tells_the_clauses_of_one_sentence_apart(text: str, must: list[str], may: list[str]) -> None:
    assert (required(text), nice(text)) == (must, may)


@pytest.mark.parametrize(
    ("text", "company", "expected"),
    [
        ("Three words employees use about Kestrelmont Logistics: frank, calm.", "Kestrelmont Logistics", []),
        ("KESTRELMONT  LOGISTICS needs Java.", "Kestrelmont Logistics, Inc.", ["Java"]),
        ("Kestrelmont Logistics needs logistics experience and Java.", "Kestrelmont Logistics", ["Logistics", "Java"]),
        ("Juniper Reach runs Juniper firewalls.", "Juniper Reach Group", ["Juniper", "Firewalls"]),
        ("Oracle is hiring. Oracle is required.", "Oracle Corporation", ["Oracle Database"]),
        ("Snowflake is hiring a Java developer.", "Snowflake Inc.", ["Java"]),
        ("Java and SQL", "", ["Java", "SQL"]),
        ("Java and SQL", "Inc.", ["Java", "SQL"]),
    ],
)
def test_takes_no_word_of_the_company_for_a_skill(text: str, company: str, expected: list[str]) -> None:
    assert required(text, company) == expected


def test_a_list_in_the_line_of_a_heading_ends_with_the_line() -> None:
    found = extract_posting("Helper", "Good to have: Kafka, Docker\nRole: trace deadlocks in SQL Server")
    assert [(skill.name, skill.is_required) for skill in found.skills] == [
        ("SQL Server", True),
        ("Kafka", False),
        ("Docker", False),
    ]


def test_a_skill_refused_in_one_sentence_and_required_in_another_is_required() -> None:
    (skill,) = skills_asked("No Java at night. Java by day is a must.")
    assert (skill.is_required, len(skill.mentions)) == (True, 1)


@pytest.mark.parametrize(
    "text",
    [
        "Kestrelmont Logistics has 25 years of experience in freight.",
        "KESTRELMONT LOGISTICS, Inc. brings more than 30 years of experience.",
        "Our 30 years of experience in insurance help you.",
        "A company with 20+ years in the trade seeks a Java developer.",
        "Most of the team had 8 years when they came.",
    ],
)
def test_takes_no_age_of_the_company_for_years_asked(text: str) -> None:
    assert years_asked(text, "Kestrelmont Logistics") is None


@pytest.mark.parametrize(
    ("text", "least"),
    [
        ("Kestrelmont Logistics needs 8 years of Java.", 8),
        ("7 YRS MIN", 7),
        ("You have worked with C# and Jira for 10 years or longer.", 10),
        ("No fewer than 6 years count.", 6),
        ("You are someone with Apex and 12 years behind you.", 12),
        ("Kestrelmont Logistics has 25 years of experience. At least 3 years of experience with SQL.", 3),
    ],
)
def test_reads_the_years_that_are_asked_for(text: str, least: int) -> None:
    found = years_asked(text, "Kestrelmont Logistics")
    assert found is not None
    assert (found.low, found.high) == (least, None)


WORDS = [
    "Java",
    "Kafka",
    "no",
    "not",
    "required",
    "a plus",
    "must",
    "we offer",
    "Oracle",
    ",",
    ";",
    ".",
    "\n",
    "or",
    "n't",
]


@given(
    st.lists(st.sampled_from(WORDS), max_size=60).map(" ".join),
    st.sampled_from(["", "Oracle", "Java Works", "(((", "Inc"]),
)
def test_every_quoted_sentence_holds_its_mention(text: str, company: str) -> None:
    for skill in skills_asked(text, company):
        assert skill.mentions
        for mention in skill.mentions:
            assert any(s.start <= mention.start < s.end for s in skill.sentences)
