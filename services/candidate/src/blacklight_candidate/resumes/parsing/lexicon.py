"""Words the rules know, read once from the lists beside this module."""

from __future__ import annotations

from importlib.resources import files

_COMMENT = "#"


def _lines(name: str) -> list[str]:
    text = files(__package__).joinpath("words", f"{name}.txt").read_text("utf-8")
    return [line for line in text.splitlines() if line and not line.startswith(_COMMENT)]


def _words(name: str) -> frozenset[str]:
    return frozenset(word for line in _lines(name) for word in line.split())


def word_groups(name: str) -> dict[str, tuple[str, ...]]:
    """Lines under '[group]' marks."""
    groups: dict[str, list[str]] = {}
    for line in _lines(name):
        if line.startswith("["):
            current = groups.setdefault(line.strip("[]"), [])
        else:
            current.append(line)
    return {group: tuple(lines) for group, lines in groups.items()}


TITLE_WORDS = _words("titles")
WEAK_TITLE_WORDS = _words("titles_weak")
ORGANISATION_WORDS = _words("organisations")
SCHOOL_WORDS = _words("schools")
LANGUAGES = _words("languages")
LEVEL_WORDS = _words("levels")

HEADING_KIND: dict[str, str] = {phrase: kind for kind, phrases in word_groups("headings").items() for phrase in phrases}

_PLACES = word_groups("places")
US_STATES: dict[str, str] = {state[:2]: state[3:] for state in _PLACES["states"]}
COUNTRIES = _PLACES["countries"]
PROVINCES = _PLACES["provinces"]
DEGREES = "|".join(_lines("degrees"))
"""An alternation of degree names, to be wrapped in a group."""
