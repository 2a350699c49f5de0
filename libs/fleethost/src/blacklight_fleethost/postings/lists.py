"""Where the list of postings stands in a JSON document. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

KEYS = ("jobs", "items", "postings", "results", "data", "positions", "content", "hits", "elements")
"""What APIs call their list of jobs."""


class NoList(ValueError):
    """The document has no list where one was looked for; the message says where."""


def list_in(data: Any, path: str = "") -> list[Any]:
    """The document itself, or what stands at `path` (`data.jobs`), or the first list under a usual name.

    Raises NoList.
    """
    if path:
        found = at(data, path)
        if isinstance(found, list):
            return found
        raise NoList(f"no list at {path}")
    if isinstance(data, list):
        return data
    if isinstance(data, Mapping):
        for key in KEYS:
            inside = data.get(key)
            if isinstance(inside, list):
                return inside
            if isinstance(inside, Mapping):
                try:
                    return list_in(inside)
                except NoList:
                    continue
    raise NoList(f"no list of jobs under a usual name ({', '.join(KEYS)})")


def at(data: Any, path: str) -> Any:
    """What stands at a dotted path of keys and numbers (`company.name`, `locations.0`); None where nothing does."""
    for step in path.split("."):
        if isinstance(data, Mapping):
            data = data.get(step)
        elif isinstance(data, list) and step.isdecimal() and int(step) < len(data):
            data = data[int(step)]
        else:
            return None
    return data
