"""What of a candidate or a posting is embedded (spec section 6.6), in one shape for both sides.

Three lines: titles, skills, prose; a line may be empty. The means of `table.json` were taken over texts of exactly
this shape, so a change here needs `tools/measure_texts.py` again.
"""

from __future__ import annotations

from collections.abc import Sequence

_LONGEST_PROFILE = 8_000
_LONGEST_POSTING = 2_000
_MOST_SKILLS = 40
_MOST_TITLES = 5
_BETWEEN_TITLES = "; "


def profile_text(titles: Sequence[str], skills: Sequence[str], summary: str) -> str:
    """The text of a candidate.

    Args:
        titles: current title, then earlier and preferred ones; the first five count.
        skills: names as shown, most important first; the first forty count.
        summary: summary and newest work, plain text; the first 8,000 characters count.
    """
    return _text(titles[:_MOST_TITLES], skills, summary[:_LONGEST_PROFILE])


def posting_text(title: str, skills: Sequence[str], description: str) -> str:
    """The text of a posting: title, skills found, and the first 2,000 characters of the plain description."""
    return _text([title], skills, description[:_LONGEST_POSTING])


def titles_of(text: str) -> list[str]:
    """The titles in a text of this shape, none in any other."""
    lines = text.split("\n")
    return [title for title in lines[0].split(_BETWEEN_TITLES) if title] if len(lines) == 3 else []


def _text(titles: Sequence[str], skills: Sequence[str], prose: str) -> str:
    told = _BETWEEN_TITLES.join(" ".join(title.split()) for title in titles)
    named = ", ".join(" ".join(skill.split()) for skill in skills[:_MOST_SKILLS])
    return "\n".join((told, named, " ".join(prose.split()))) if told or named or prose.strip() else ""
