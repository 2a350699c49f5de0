"""The fields of a candidate that people and resumes write, what tidies them, and who wrote what. Pure."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from blacklight_servicekit.errors import Invalid
from blacklight_skills import key_of

EDITABLE = (
    "given_name",
    "family_name",
    "email",
    "phone",
    "location",
    "current_title",
    "experience_years",
    "skills",
    "preferred_roles",
    "summary",
    "preferences",
)
"""Fields of the contract's `Candidate` that a person writes; the rest is output only."""

MATCHED = frozenset(
    {
        "given_name",
        "family_name",
        "current_title",
        "experience_years",
        "skills",
        "preferred_roles",
        "summary",
        "preferences",
    }
)
"""Fields that matching is told of."""

_LINE_BREAKS = frozenset("\n\t")


@dataclass(frozen=True, slots=True)
class ProfileFacts:
    """What a resume states of a person, within the contract's limits; empty where it states nothing."""

    given_name: str = ""
    family_name: str = ""
    email: str = ""
    phone: str = ""
    location: str = ""
    current_title: str = ""
    experience_years: int | None = None
    skills: tuple[str, ...] = ()
    summary: str = ""


def tidy_line(text: str) -> str:
    """One line: control characters and runs of white space become one space, ends are trimmed."""
    return " ".join("".join(" " if _is_control(char) else char for char in text).split())


def tidy_text(text: str) -> str:
    """Lines stay; other control characters go, ends are trimmed."""
    unix = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(char for char in unix if char in _LINE_BREAKS or not _is_control(char)).strip()


def tidy_names(names: Collection[str], same: Callable[[str], str]) -> list[str]:
    """Names tidied, each once by what `same` compares them by; the first spelling stays, blank ones go."""
    kept: dict[str, str] = {}
    for name in map(tidy_line, names):
        if name:
            kept.setdefault(same(name) or name, name)
    return list(kept.values())


def skill_keys(skills: Collection[str]) -> list[str]:
    """What skills are filtered by, sorted: the same for every spelling of a known skill."""
    return sorted({key for key in map(key_of, skills) if key})


def typed_values(values: Mapping[str, Any]) -> dict[str, Any]:
    """What a person typed, tidied. Raises Invalid (BLANK_NAME) for a given name without a character."""
    return {name: _typed(name, value) for name, value in values.items()}


def values_from_resume(facts: ProfileFacts, *, given_name: str, edited: Collection[str]) -> dict[str, Any]:
    """The fields that a resume fills: all that no person has written, so reading it again overwrites nobody (P-59).

    A family name is taken only where the resume is of the same given name: two people never become one (P-53).
    """
    values: dict[str, Any] = {
        "given_name": facts.given_name or given_name,
        "email": facts.email,
        "phone": facts.phone,
        "location": facts.location,
        "current_title": facts.current_title,
        "experience_years": facts.experience_years,
        "skills": list(facts.skills),
        "summary": facts.summary,
    }
    if "given_name" not in edited or facts.given_name.casefold() == given_name.casefold():
        values["family_name"] = facts.family_name
    return {name: value for name, value in values.items() if name not in edited}


def _typed(name: str, value: Any) -> Any:
    if name == "skills":
        return tidy_names(value, key_of)
    if name == "preferred_roles":
        return tidy_names(value, str.casefold)
    if name == "summary":
        return tidy_text(value)
    if name == "experience_years":
        return value
    if name == "preferences":
        return _typed_preferences(value)
    text = tidy_line(value)
    if name == "given_name" and not text:
        raise Invalid("given_name must hold a character", reason="BLANK_NAME", field="candidate.given_name")
    return text


def _typed_preferences(told: Mapping[str, Any]) -> dict[str, Any]:
    """Preferences with their places tidied. Raises Invalid where the least pay can't be compared with anything."""
    kept = dict(told)
    if places := tidy_names(kept.pop("locations", ()), str.casefold):
        kept["locations"] = places
    least = kept.pop("least_pay", {})
    if "min" in least:
        currency = least.get("currency", "").upper()
        for field, given, right in (
            ("currency", len(currency) == 3 and currency.isalpha(), "an ISO 4217 code such as USD"),
            ("period", "period" in least, "what the amount is for, such as PAY_PERIOD_HOUR"),
        ):
            if not given:
                raise Invalid(
                    f"preferences.least_pay.min needs a {field}: {right}",
                    reason="INCOMPLETE_PAY",
                    field=f"candidate.preferences.least_pay.{field}",
                )
        kept["least_pay"] = {"min": least["min"], "currency": currency, "period": least["period"]}
    return kept


def _is_control(char: str) -> bool:
    return unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp")
