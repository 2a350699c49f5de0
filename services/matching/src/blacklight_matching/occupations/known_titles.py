"""The occupations of O*NET 27.0 and the titles they are known by, read once a process. Built by
`tools/build_titles.py`.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class KnownTitles:
    """Names by code, and the codes of each known title (as written in O*NET)."""

    names: Mapping[str, str]
    codes: Mapping[str, tuple[str, ...]]


def known_lines() -> list[list[str]]:
    """(code, name, alternate titles...) of every occupation of the package."""
    packed = files("blacklight_matching.occupations").joinpath("data", "titles.tsv.gz").read_bytes()
    return [line.split("\t") for line in gzip.decompress(packed).decode("utf-8").splitlines()]


def known_titles(lines: Iterable[Sequence[str]], left_out: frozenset[str] = frozenset()) -> KnownTitles:
    """From (code, name, alternate titles...); titles `left_out` (lower case) are unknown, as measurements need."""
    names: dict[str, str] = {}
    codes: dict[str, dict[str, None]] = {}
    for code, name, *alternates in lines:
        names[code] = name
        for title in (*alternates, name):
            if title.casefold() not in left_out:
                codes.setdefault(title, {})[code] = None
    return KnownTitles(names, {title: tuple(found) for title, found in codes.items()})
