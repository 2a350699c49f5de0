"""Single edits of a candidate that might raise a score, each with the candidate after it. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from blacklight_matching.profiles.profile import Profile
from blacklight_matching.scoring import CandidateSide, Edit, PostingSide
from blacklight_matching.vectors.texts import profile_text
from blacklight_matching.vectors.variants import embed_variants

MOST_SKILLS = 20
"""Missing skills looked at, in the order of the posting."""


def edits_of(
    profile: Profile, side: CandidateSide, required: Sequence[tuple[str, str]], posting: PostingSide
) -> list[Edit]:
    """Adding each required skill that is missing, and reaching the years asked for.

    Args:
        side: the candidate as scored.
        required: (key, name) of the required skills.
    """
    missing = [(key, name) for key, name in required if key not in side.skills][:MOST_SKILLS]
    edits = [
        Edit("ADD_SKILL", name, after)
        for (_, name), after in zip(missing, _with_skills(profile, side, missing), strict=True)
    ]
    years = _years_asked(side, posting)
    if years is not None:
        edits.append(Edit("REACH_YEARS", str(years), replace(side, years=years)))
    return edits


def _with_skills(profile: Profile, side: CandidateSide, added: Sequence[tuple[str, str]]) -> list[CandidateSide]:
    """The candidate with each of these skills. The text embedded gains the skill's name, so the vector changes too."""
    titles, shown, prose = profile.text_parts
    text = profile_text(titles, shown, prose)
    has_room = profile_text(titles, [*shown, "another"], prose) != text
    separator = ", " if shown else ""
    additions = [f"{separator}{name}" if has_room and name not in shown else "" for _, name in added]
    vectors = embed_variants(text, additions, "profile") if added else ()
    return [
        replace(side, skills=side.skills | {key}, vector=vector)
        for (key, _), vector in zip(added, vectors, strict=True)
    ]


def _years_asked(side: CandidateSide, posting: PostingSide) -> int | None:
    """The years asked for, in whole ones, where the candidate has fewer or says nothing."""
    least = posting.min_years
    if not least or (side.years is not None and side.years >= least):
        return None
    return math.ceil(least)
