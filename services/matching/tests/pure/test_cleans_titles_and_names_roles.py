"""Titles of boards become titles for people and names of roles (spec section 6.7, pains F-16 and P-74)."""

from __future__ import annotations

import pytest
from blacklight_matching.places import canonical_place, is_place
from blacklight_matching.roles.naming import LONGEST_NAME, MOST_WORDS, clean_name, normal_form, plausible
from blacklight_matching.titles import clean_title, drop_level
from blacklight_testkit.faults import guards
from hypothesis import given
from hypothesis import strategies as st


@pytest.mark.parametrize(
    ("raw", "cleaned"),
    [
        ("Sr. Java Developer - Dallas, TX - C2C - Req #4711", "Sr. Java Developer"),
        ("Scrum Master &amp; System Analyst - BHJOB2052_12588", "Scrum Master & System Analyst"),
        ("Java Architect - Denver, CO - Fulltime", "Java Architect"),
        ("work from home C#", "C#"),
        ("2017-20814 - Software Developer", "Software Developer"),
        ("ETL Test Engineer - MO", "ETL Test Engineer"),
        ("<b>Nurse</b> ($45/hr)", "Nurse"),
        ("Contract Manager", "Contract Manager"),
        ("Salesforce Developer at Phoenix, AZ", "Salesforce Developer"),
        (".NET Developer", ".NET Developer"),
        ("Developer C++", "Developer C++"),
        ("Remote", "Remote"),
        ("", ""),
    ],
)
def test_takes_the_noise_out_of_a_title(raw: str, cleaned: str) -> None:
    assert clean_title(raw) == cleaned


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        ("Sr. react dev (Remote) - C2C", "React Developer"),
        ("SENIOR JAVA DEVELOPER", "Java Developer"),
        ("Jr. .net developer", ".NET Developer"),
        ("Servicenow admin", "ServiceNow Administrator"),
        ("Lead BI Dev / Architect", "Business Intelligence Developer"),
        ("RN - ICU", "ICU Registered Nurse"),
        ("Principal Architect, Data", "Data Architect"),
        ("Salesforce Administrator II", "Salesforce Administrator"),
        ("5 Full Stack Engineers", "Full Stack Engineer"),
        ("SAP PM Consultant", "SAP PM Consultant"),
        ("Staff Accountant", "Staff Accountant"),
        ("Senior Power BI Developer", "Power BI Developer"),
        ("Staff Software Engineer", "Software Engineer"),
        ("head of product", "Head of Product"),
        ("Data Analyst w/ Hadoop", "Data Analyst"),
        ("Project Manager-Fresno", "Project Manager"),
    ],
)
def test_names_the_role_a_title_means(raw: str, name: str) -> None:
    assert clean_name(raw) == name
    assert plausible(name)


@pytest.mark.parametrize(
    "text",
    [
        "We are hiring! Java devs, DM me",
        "looking for c++ engineers in dallas",
        "Thanks for your interest in our company",
        "https://jobs.example.com/1",
        "Send resume to hr@example.com",
        "1234567890",
        "a" * (LONGEST_NAME + 1),
        "one two three four five six seven eight nine",
        "",
        "-",
        "I worked as a manager.",
    ],
)
@guards(
    "F-16",
    file="services/matching/src/blacklight_matching/roles/naming.py",
    old="    return not _SENTENCE_WORDS.intersection(words)\n",
    new="    return True\n",
)
def test_f16_refuses_sentences_addresses_and_numbers_as_role_names(text: str) -> None:
    assert not plausible(text)


def test_one_role_has_one_normal_form() -> None:
    assert normal_form("Front-End Developers") == normal_form("front end  developer")
    assert normal_form("R&D Engineer") == normal_form("R & D Engineer")
    assert len({normal_form(f"{x} Developer") for x in ("C", "C++", "C#", ".NET", "Net")}) == 5


def test_a_bare_level_is_not_dropped() -> None:
    assert drop_level("Senior") == "Senior"
    assert drop_level("Lead") == "Lead"


@pytest.mark.parametrize(
    ("place", "canonical"),
    [
        ("NYC", "new york ny"),
        ("New York, NY", "new york ny"),
        ("New York, New York 10001, USA", "new york ny"),
        ("Austin, Texas", "austin tx"),
        ("Austin TX (Remote)", "austin tx"),
        ("Remote", ""),
        ("", ""),
    ],
)
def test_gives_one_form_of_a_place(place: str, canonical: str) -> None:
    assert canonical_place(place) == canonical


def test_state_codes_count_only_in_capitals() -> None:
    assert is_place("OR")
    assert not is_place("or")
    assert not is_place("in")


@given(st.text(max_size=120))
def test_any_title_gives_a_tidy_name(raw: str) -> None:
    name = clean_name(raw)
    assert name == " ".join(name.split())
    if plausible(name):
        assert len(name) <= LONGEST_NAME
        assert len(name.split()) <= MOST_WORDS


@given(st.text(max_size=80))
def test_normal_form_of_a_role_is_its_own(name: str) -> None:
    assert normal_form(normal_form(name)) == normal_form(name)
