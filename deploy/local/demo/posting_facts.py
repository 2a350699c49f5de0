"""What an opening is, before a board words it: facts drawn from the occupation files, seeded."""

from __future__ import annotations

import random
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

CONTENT = Path(__file__).parent / "postings"
BOARDS = ("linkedin", "dice", "monster", "indeed", "glassdoor", "techfetch")
FIT_SHARES = (1.0, 0.9, 0.75, 0.6, 0.5, 0.35)
"""Share of the required skills that the bench's consultant has, taken in turn within an occupation."""


@dataclass(frozen=True)
class Facts:
    """One opening. `kind` is tech, clinical, office or general; `skills` are required, `plus` welcome."""

    role: str
    title: str
    kind: str
    stray: bool
    company: str
    agency: str
    industry: str
    place: str
    focus: str
    duties: tuple[str, ...]
    skills: tuple[str, ...]
    plus: tuple[str, ...]
    years: int
    contract: bool
    remote: bool
    salary: int
    number: int


def read_yaml(name: str) -> Any:
    """A content file of `postings/`."""
    return yaml.safe_load((CONTENT / name).read_text(encoding="utf-8"))


def bench_facts(draw: random.Random, occupation: dict[str, Any], turn: int, settings: dict[str, Any]) -> Facts:
    """An opening of an occupation somebody on the bench holds; the turn decides how well it fits."""
    share = FIT_SHARES[turn % len(FIT_SHARES)]
    wanted = min(draw.randint(6, 9), len(occupation["has"]) - 2)  # two are left to be welcome extras
    known = round(wanted * share)
    skills = draw.sample(occupation["has"], known)
    skills += draw.sample(occupation["lacks"], wanted - known)
    draw.shuffle(skills)
    pool = occupation["has"] if share >= 0.9 else occupation["has"] + occupation["lacks"]
    others = [skill for skill in pool if skill not in skills]
    kind = occupation.get("kind", "tech")
    return _facts(
        draw,
        occupation,
        settings,
        kind=kind,
        stray=False,
        skills=skills,
        plus=draw.sample(others, 2),
        years=draw.choice((2, 3, 4, 5, 6) if share > 0.7 else (5, 7, 8, 10, 12)),
        contract=kind == "tech" and draw.random() < 0.5,
        salary=draw.randrange(95, 165) if kind == "tech" else draw.randrange(68, 110),
    )


def stray_facts(draw: random.Random, occupation: dict[str, Any], settings: dict[str, Any]) -> Facts:
    """An opening of an occupation nobody on the bench holds."""
    needs = draw.sample(occupation["needs"], 5)
    return _facts(
        draw,
        occupation,
        settings,
        kind="general",
        stray=True,
        skills=needs[:4],
        plus=needs[4:],
        years=draw.choice((1, 2, 3, 5)),
        contract=False,
        salary=draw.randrange(41, 98),
    )


def _facts(
    draw: random.Random,
    occupation: dict[str, Any],
    settings: dict[str, Any],
    *,
    kind: str,
    stray: bool,
    skills: list[str],
    plus: list[str],
    years: int,
    contract: bool,
    salary: int,
) -> Facts:
    suffixes = settings.get(f"{kind}_suffixes", settings["general_suffixes"])
    return Facts(
        role=occupation["role"],
        title=draw.choice(occupation["titles"]),
        kind=kind,
        stray=stray,
        company=f"{draw.choice(settings['stems'])} {draw.choice(suffixes)}",
        agency=f"{draw.choice(settings['stems'])} {draw.choice(settings['staffing_suffixes'])}",
        industry=draw.choice(settings["industries"][kind]),
        place=draw.choice(settings["places"]),
        focus=draw.choice(occupation["focus"]),
        duties=tuple(draw.sample(occupation["duties"], 6)),
        skills=tuple(skills),
        plus=tuple(plus),
        years=years,
        contract=contract,
        remote=kind == "tech" and draw.random() < 0.3,
        salary=salary * 1000,
        number=draw.randrange(10_000, 99_999),
    )
