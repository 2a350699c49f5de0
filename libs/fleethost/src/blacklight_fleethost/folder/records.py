"""The records of one file: JSON, JSON lines, or a page with schema.org postings. Pure but for reading the file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from blacklight_fleethost.postings.lists import NoList, list_in
from blacklight_fleethost.postings.markup import UnreadablePage, page_of
from blacklight_fleethost.postings.schema_org import job_postings


@dataclass
class Records:
    """What a file holds: records with where they stand (`line 3`), and what of it could not be read."""

    found: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def records_of(path: Path) -> Records:
    """Reads a file; whatever is wrong with it is among its problems, never an error of its own."""
    kind = path.suffix.casefold()
    try:
        content = path.read_bytes()
    except OSError as error:
        return Records(problems=[f"cannot be read: {error.strerror}"])
    if kind in (".html", ".htm"):
        return _page(content)
    return _whole(content) if kind == ".json" else _lines(content)


def _page(content: bytes) -> Records:
    try:
        page = page_of(content)
    except UnreadablePage as error:
        return Records(problems=[str(error)])
    records = Records([(f"posting {number}", posting) for number, posting in enumerate(page.postings, 1)])
    if page.broken_scripts:
        records.problems.append(f"{page.broken_scripts} scripts with postings are no JSON")
    return records


def _whole(content: bytes) -> Records:
    try:
        data = json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return Records(problems=["not JSON"])
    linked = list(job_postings(data))
    try:
        given = linked or list_in(data)
    except NoList:
        given = [data]
    records = Records()
    for number, record in enumerate(given, 1):
        _put(records, f"record {number}", record)
    return records


def _lines(content: bytes) -> Records:
    records = Records()
    # Only \n ends a line: JSON may hold the other separators of Unicode as they are.
    for number, line in enumerate(content.removeprefix(b"\xef\xbb\xbf").split(b"\n"), 1):
        if not line.strip():
            continue
        try:
            record = json.loads(line.decode("utf-8"))
        except (ValueError, RecursionError):
            records.problems.append(f"line {number}: not JSON")
            continue
        _put(records, f"line {number}", record)
    return records


def _put(records: Records, place: str, record: Any) -> None:
    if isinstance(record, Mapping):
        records.found.append((place, record))
    else:
        records.problems.append(f"{place}: not an object")
