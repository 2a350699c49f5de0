"""What of a candidate or a posting is embedded (spec section 6.6), in one shape for both sides.

The means of `table.json` were taken over texts of exactly this shape, so a change here needs a new table.
"""

from __future__ import annotations

from collections.abc import Sequence

_LONGEST_PROSE = 2_000
_MOST_SKILLS = 40
_MOST_TITLES = 5


def profile_text(titles: Sequence[str], skills: Sequence[str], summary: str) -> str:
    """The text of a candidate.

    Args:
        titles: current title, then earlier and preferred ones; the first five count.
        skills: names as shown, most important first; the first forty count.
        summary: summary and newest work, plain text; the first 2,000 characters count.
    """
    return _text(titles[:_MOST_TITLES], skills, summary)


def posting_text(title: str, skills: Sequence[str], description: str) -> str:
    """The text of a posting: title, skills found, and the first 2,000 characters of the plain description."""
    return _text([title], skills, description)


def _text(titles: Sequence[str], skills: Sequence[str], prose: str) -> str:
    lines = [", ".join(titles), ", ".join(skills[:_MOST_SKILLS]), " ".join(prose[:_LONGEST_PROSE].split())]
    return "\n".join(line for line in lines if line)
