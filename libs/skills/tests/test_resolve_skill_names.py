"""Typed skill names: aliases, versions, unknown names that stay comparable."""

from __future__ import annotations

import pytest
from blacklight_skills import find_skill, key_of, normal_form, resolve
from hypothesis import given
from hypothesis import strategies as st


@pytest.mark.parametrize(
    ("typed", "skill_id"),
    [
        ("C sharp", "c-sharp"),
        ("dot net", "dot-net"),
        ("node.JS", "node-js"),
        ("K8s", "kubernetes"),
        ("Amazon Web Services (AWS)", "aws"),
        ("Java 8", "java"),
        ("Postgres 15", "postgresql"),
        ("React.js 18", "react"),
        ("SAP FI/CO", "sap-fico"),
        ("SFDC", "salesforce"),
        ("Python programming", "python"),
        ("R", "r"),
        ("go", "go"),
        ("c", "c"),
        ("C++", "c-plus-plus"),
        ("  power   bi ", "power-bi"),
        ("RN", "registered-nurse"),
    ],
)
def test_resolves_the_ways_people_type_a_skill(typed: str, skill_id: str) -> None:
    skill = resolve(typed)
    assert skill is not None
    assert skill.skill_id == skill_id


@pytest.mark.parametrize("typed", ["tf", "es", "Quantum Widgets", "", "  ", "---"])
def test_leaves_ambiguous_and_unknown_names_unresolved(typed: str) -> None:
    assert resolve(typed) is None


def test_keeps_languages_with_signs_apart() -> None:
    assert len({key_of(name) for name in ["C", "C++", "C#", "F#", ".NET", "R", "Objective-C"]}) == 7


def test_keeps_unknown_names_comparable_whatever_their_spelling() -> None:
    assert key_of("Quantum-Widgets") == key_of("quantum  widgets") == "?quantum widgets"
    assert key_of("Quantum Widgets 2") != key_of("Quantum Widgets")


def test_never_gives_an_unknown_name_the_key_of_a_known_skill() -> None:
    assert key_of("?java") != "?java" or resolve("?java") is None
    assert find_skill(key_of("java")) is not None
    assert find_skill(key_of("quantum widgets")) is None


@given(st.text(max_size=60))
def test_normal_form_is_its_own_normal_form(name: str) -> None:
    once = normal_form(name)
    assert normal_form(once) == once


@given(st.text(max_size=60))
def test_key_ignores_outer_blanks_and_case(name: str) -> None:
    assert key_of(f"  {name} ") == key_of(name)
