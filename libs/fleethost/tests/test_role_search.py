"""Which names mean the same role."""

from __future__ import annotations

import pytest
from blacklight_fleethost.role_search import names_role, title_fits


@pytest.mark.parametrize(
    ("hint", "name"),
    [
        ("Java Developer", "java developer"),
        ("Java Developer", "Senior Java Developer"),
        ("QA Automation Engineer", "Automation Engineer"),
        ("C# Developer", "c# developer"),
        (".NET Developer", "Senior .NET Developer"),
    ],
)
def test_takes_names_with_the_same_words_for_one_role(hint: str, name: str) -> None:
    assert names_role(hint, [name])


@pytest.mark.parametrize(
    ("hint", "name"),
    [
        ("Java Developer", "JavaScript Developer"),
        ("C# Developer", "C Developer"),
        ("Nurse", "Accountant"),
        ("", "Nurse"),
        ("Nurse", ""),
    ],
)
def test_keeps_other_names_apart(hint: str, name: str) -> None:
    assert not names_role(hint, [name])


def test_finds_a_role_in_a_title_by_all_its_words() -> None:
    assert title_fits("Senior Java Developer, Dallas", ["Nurse", "Java Developer"])
    assert not title_fits("Java Architect", ["Java Developer"])
