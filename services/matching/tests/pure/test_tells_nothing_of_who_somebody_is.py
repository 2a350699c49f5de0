"""Names, sex, age and family are taken out of a text before it is embedded (Q8)."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import pytest
from blacklight_matching.fairness import neutral
from blacklight_matching.profiles.profile import Profile, shown_skills

PROFILE = Profile(
    UUID(int=1), 1, "John Q. Smith", True, "Salesman", ("Chairman",), 7, (), shown_skills([("Java", "", 0, 0)]),
    "John Smith is a 45-year-old developer. He and his team maintain billing software. Born 12 May 1980. Mr. Smith "
    "is a married man, father of two, and has led men and women for 12 years.", None,
)  # fmt: skip
SWAPPED = replace(
    PROFILE,
    display_name="Aaliyah Washington-Jones",
    current_title="Saleswoman",
    preferred_roles=("Chairwoman",),
    summary="Aaliyah Washington-Jones is a 28-year-old developer. She and her team maintain billing software. "
    "Born 3 June 1999. Mrs. Washington-Jones is a divorced woman, mother of two, and has led women "
    "and men for 12 years.",
)


def test_a_profile_says_the_same_of_whoever_it_is() -> None:
    assert PROFILE.text == SWAPPED.text
    assert PROFILE.content_hash == SWAPPED.content_hash


def test_what_a_person_does_stays() -> None:
    said = "Built 3 single-page .NET applications in C and C++, a 10-year-old system, for 12 years."
    assert neutral(said) == said.replace("a 10-year-old system", "a system")
    assert "12 years" in PROFILE.text
    assert "billing software" in PROFILE.text


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Gender: male; Java.", "Gender: female; Java."),
        ("Date of birth: 12.05.1980, Java", "DOB 03/06/1999, Java"),
        ("Aged 54, Java", "age: 23, Java"),
        ("a young programmer", "an elderly programmer".replace("an ", "a ")),
        ("Ms. Example's code", "Mr. Example's code"),
        ("took maternity leave", "took paternity leave"),
        ("HE wrote it himself", "SHE wrote it herself"),
    ],
)
def test_words_of_sex_and_age_leave_nothing(one: str, other: str) -> None:
    assert neutral(one, "Robin Example") == neutral(other, "Robin Example")


def test_a_name_that_is_a_skill_stays_a_skill() -> None:
    assert "Ruby" in neutral("Writes Ruby for a living", "Ruby Example")
    assert "Example" not in neutral("Ruby Example writes Ruby", "Ruby Example")


def test_a_name_that_means_more_goes_only_where_it_is_the_name() -> None:
    said = "Moved to Washington. Mr. Washington has led teams there. Washington's is the largest office."
    left = "Moved to Washington. has led teams there. Washington's is the largest office."
    assert neutral(said, "Denzel Washington") == left
    assert neutral("April leads sales since April 2015", "April Stone") == "leads sales since April 2015"


def test_words_keep_their_case_when_they_become_one() -> None:
    assert neutral("Hostess and HOSTESS, hostess") == neutral("Host and HOST, host")
