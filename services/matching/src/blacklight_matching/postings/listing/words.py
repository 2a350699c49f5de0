"""Words of a reader as a query of PostgreSQL's full text, in the parts of a text that a weight stands for. Pure."""

from __future__ import annotations

import re

_BREAKS = re.compile(r"[\s'\\\x00]+")

TITLE_WEIGHT, COMPANY_WEIGHT = "A", "B"


def all_of(words: str, weight: str) -> str:
    """Every word, in any order, for `to_tsquery`; empty where there is none."""
    return " & ".join(_weighed(words, weight))


def in_a_row(words: str, weight: str) -> str:
    """The words one after another."""
    return " <-> ".join(_weighed(words, weight))


def _weighed(words: str, weight: str) -> list[str]:
    return [f"'{word}':{weight}" for word in _BREAKS.split(words) if any(sign.isalnum() for sign in word)]
