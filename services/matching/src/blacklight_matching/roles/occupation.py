"""The occupation that a role's name is sure to be of (O*NET look-up, spec 6.7). Pure."""

from __future__ import annotations

from blacklight_matching.occupations import find_occupations


def occupation_of(name: str) -> str:
    """Its O*NET code; empty when no occupation is sure."""
    return next((found.code for found in find_occupations(name, 1) if found.is_sure), "")
