"""When two names of roles that look alike are still two roles. Pure."""

from __future__ import annotations

from blacklight_skills import find_skills


def same_specialty(name: str, other: str) -> bool:
    """Whether both names name the same skills: `React Developer` and `Angular Developer` are near, and two roles."""
    return _skills(name) == _skills(other)


def _skills(name: str) -> frozenset[str]:
    return frozenset(found.skill_id for found in find_skills(name))
