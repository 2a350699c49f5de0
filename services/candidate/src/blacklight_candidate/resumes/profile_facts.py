"""From what a resume says to the fields of its candidate, within the contract's limits. Pure."""

from __future__ import annotations

from blacklight_skills import key_of, resolve

from blacklight_candidate.candidates.service import ProfileFacts
from blacklight_candidate.resumes.parsing import Field, ParsedResume

MAX_SKILLS = 200
MAX_YEARS = 70
_SUFFIXES = {"jr", "sr", "ii", "iii", "iv", "phd", "md", "mba", "cpa", "pmp", "rn", "esq"}


def facts_of(parsed: ParsedResume) -> ProfileFacts:
    """The profile a resume states; a value that the contract would refuse counts as not stated."""
    given, family = split_name(parsed.name.value or "")
    months = parsed.total_experience_months
    return ProfileFacts(
        given_name=given[:100],
        family_name=family[:100],
        email=next((mail.value for mail in parsed.emails if mail.value and len(mail.value) <= 254), ""),
        phone=next((phone.number.value for phone in parsed.phones if phone.number.value), "")[:40],
        location=_line(parsed.location, 200),
        current_title=_line(parsed.current_title, 200),
        experience_years=None if months is None else min(months // 12, MAX_YEARS),
        skills=skill_names(parsed),
        summary=_shortened(parsed.summary.value or "", 5_000),
    )


def skill_names(parsed: ParsedResume) -> tuple[str, ...]:
    """Skills by canonical name, or as written where unknown; each once, listed ones before mentioned ones."""
    kept: dict[str, str] = {}
    for field in (*parsed.skills, *parsed.mentioned_skills):
        name = canonical_skill(" ".join((field.value or "").split()))
        if 0 < len(name) <= 100:
            kept.setdefault(key_of(name) or name, name)
    return tuple(kept.values())[:MAX_SKILLS]


def canonical_skill(name: str) -> str:
    """The taxonomy's name of a skill, or the name as it is."""
    skill = resolve(name)
    return skill.name if skill is not None else name


def split_name(full_name: str) -> tuple[str, str]:
    """Given and family name: the last word that is no suffix is the family name."""
    words = full_name.split(",")[0].split()
    while len(words) > 2 and words[-1].strip(".").replace(".", "").lower() in _SUFFIXES:
        words.pop()
    return (" ".join(words[:-1]), words[-1]) if len(words) > 1 else (" ".join(words), "")


def _line(field: Field[str], longest: int) -> str:
    return _shortened(" ".join((field.value or "").split()), longest)


def _shortened(text: str, longest: int) -> str:
    """At most so many characters, cut between words."""
    if len(text) <= longest:
        return text.strip()
    return text[: longest + 1].rsplit(maxsplit=1)[0][:longest].strip()
