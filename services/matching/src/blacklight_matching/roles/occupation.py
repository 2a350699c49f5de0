"""The occupation that a role's name is sure to be of. Pure."""

from __future__ import annotations


def occupation_of(name: str) -> str:
    """Its O*NET code; empty when no occupation is sure."""
    return ""
