"""Reads the O*NET 27.0 files (CC BY 4.0) and says which alternate titles are held out for measuring."""

from __future__ import annotations

import csv
import random
from collections import defaultdict
from pathlib import Path

HELD_OUT_SEED = 20261123
HELD_OUT_SHARE = 0.2


def rows_of(path: Path, delimiter: str = "\t") -> list[dict[str, str]]:
    """The rows of a table with a header line; tables separated by tabs have no quoting."""
    quoting = csv.QUOTE_NONE if delimiter == "\t" else csv.QUOTE_MINIMAL
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines, delimiter=delimiter, quoting=quoting))


def occupations(onet: Path) -> dict[str, tuple[str, str]]:
    """(title, description) of each code, in order of the codes."""
    rows = sorted(rows_of(onet / "occupations.tsv"), key=lambda row: row["O*NET-SOC Code"])
    return {row["O*NET-SOC Code"]: (row["Title"], row["Description"]) for row in rows}


def alternate_titles(onet: Path, left_out: frozenset[str] = frozenset()) -> dict[str, list[str]]:
    """Alternate titles by code, in file order, without those left out (compared in any case)."""
    titles: dict[str, list[str]] = defaultdict(list)
    for row in rows_of(onet / "alternate_titles.tsv"):
        if row["Alternate Title"].casefold() not in left_out:
            titles[row["O*NET-SOC Code"]].append(row["Alternate Title"])
    return titles


def technologies(onet: Path) -> dict[str, list[str]]:
    """Technology examples by code."""
    found: dict[str, list[str]] = defaultdict(list)
    for row in rows_of(onet / "technology_skills.tsv"):
        found[row["O*NET-SOC Code"]].append(row["Example"])
    return found


def held_out_titles(onet: Path) -> frozenset[str]:
    """A fifth of the distinct alternate titles, lower case, drawn by the published seed; split by title, not by row."""
    titles = sorted({row["Alternate Title"].casefold() for row in rows_of(onet / "alternate_titles.tsv")})
    random.Random(HELD_OUT_SEED).shuffle(titles)
    return frozenset(titles[: round(len(titles) * HELD_OUT_SHARE)])
