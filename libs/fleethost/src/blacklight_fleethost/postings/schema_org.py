"""JobPosting objects of schema.org inside JSON-LD. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

DEEPEST = 30
"""Objects nested deeper than this are not looked into."""


def job_postings(data: Any) -> Iterator[dict[str, Any]]:
    """Every JobPosting in a document, in lists, `@graph`s and other objects too; references by `@id` are followed."""
    known: dict[str, Mapping[str, Any]] = {}
    objects = list(_objects(data, 0))
    for each in objects:
        if isinstance(each.get("@id"), str) and len(each) > 1:
            known.setdefault(each["@id"], each)
    for each in objects:
        if is_job_posting(each.get("@type")):
            yield {name: _followed(value, known) for name, value in each.items()}


def is_job_posting(kind: Any) -> bool:
    """Whether a type, or one of several, is JobPosting."""
    kinds = kind if isinstance(kind, list) else [kind]
    return any(isinstance(each, str) and each.rstrip("/").rsplit("/", 1)[-1] == "JobPosting" for each in kinds)


def _objects(data: Any, depth: int) -> Iterator[Mapping[str, Any]]:
    if depth > DEEPEST:
        return
    if isinstance(data, list):
        for part in data:
            yield from _objects(part, depth + 1)
    elif isinstance(data, Mapping):
        yield data
        for value in data.values():
            if isinstance(value, list | Mapping):
                yield from _objects(value, depth + 1)


def _followed(value: Any, known: Mapping[str, Mapping[str, Any]]) -> Any:
    if isinstance(value, list):
        return [_followed(part, known) for part in value]
    if isinstance(value, Mapping) and set(value) == {"@id"}:
        return known.get(str(value["@id"]), value)
    return value
