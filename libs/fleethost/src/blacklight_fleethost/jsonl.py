"""A reader of JSON lines: postings saved to a file, one a line.

A line has `platform` and the fields of a posting draft (`is_remote` for its `remote`). `role_hint` names the role
whose search finds it; without one its title decides. Lines with `stray: true` are what a board mixes into its results:
each is dealt to one of the file's hints in turn, so that a file is dealt alike by every host and in every run.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from blacklight.matching.v1.posting_pb2 import PostingDraft
from blacklight.scraper.v1.fleet_service_pb2 import Assignment

from blacklight_fleethost.reader import NothingThere
from blacklight_fleethost.role_search import names_role, title_fits

_TEXTS = (
    "platform_job_id",
    "title",
    "company",
    "location",
    "description",
    "url",
    "salary_currency",
    "job_type",
    "experience_level",
    "posted_date",
)


class UnreadableFile(ValueError):
    """A line of the file is no posting; the message says which."""


@dataclass(frozen=True)
class _Line:
    platform: str
    hint: str
    draft: PostingDraft


class JsonlReader:
    """Reads postings from a file of JSON lines."""

    def __init__(self, path: Path) -> None:
        """Reads the whole file. Raises UnreadableFile and OSError."""
        given = list(_objects(path))
        hints = sorted({hint for line in given if not _stray(line) and (hint := _text(line.get("role_hint")))})
        self._lines = list(_dealt(given, hints))
        self._has_hints = bool(hints)

    @property
    def platforms(self) -> frozenset[str]:
        """The boards the file has postings of."""
        return frozenset(line.platform for line in self._lines)

    async def read(self, assignment: Assignment, platform: str) -> AsyncIterator[PostingDraft]:
        """The postings of a board for a role. Raises NothingThere, as the file is all there is."""
        names = [assignment.role_name, *assignment.aliases]
        found = False
        for line in self._lines:
            if line.platform == platform and self._fits(line, names):
                found = True
                yield line.draft
        if not found:
            raise NothingThere

    def _fits(self, line: _Line, names: list[str]) -> bool:
        if line.hint:
            return names_role(line.hint, names)
        # A file that names no roles at all is offered whole: its owner wants every line read.
        return not self._has_hints or title_fits(line.draft.title, names)


def _objects(path: Path) -> Iterable[Mapping[str, Any]]:
    with path.open(encoding="utf-8") as file:
        for number, text in enumerate(file, 1):
            if not text.strip():
                continue
            try:
                line = json.loads(text)
            except ValueError as error:
                raise UnreadableFile(f"{path.name}, line {number}: not JSON") from error
            if not isinstance(line, dict) or not isinstance(line.get("platform"), str):
                raise UnreadableFile(f"{path.name}, line {number}: not an object with a text `platform`")
            yield line


def _dealt(lines: Iterable[Mapping[str, Any]], hints: list[str]) -> Iterable[_Line]:
    dealt: dict[str, int] = {}
    for line in lines:
        platform = str(line["platform"])
        hint = _text(line.get("role_hint"))
        if _stray(line):
            turn = dealt.get(platform, 0)
            dealt[platform] = turn + 1
            hint = hints[turn % len(hints)] if hints else ""
        yield _Line(platform, hint, _draft(line))


def _draft(line: Mapping[str, Any]) -> PostingDraft:
    draft = PostingDraft()
    for name in _TEXTS:
        setattr(draft, name, _text(line.get(name)))
    for name in ("salary_min", "salary_max"):
        value = line.get(name)
        if isinstance(value, int | float) and not isinstance(value, bool):
            setattr(draft, name, float(value))
    remote = line.get("is_remote")
    if isinstance(remote, bool):
        draft.remote = remote
    return draft


def _stray(line: Mapping[str, Any]) -> bool:
    return line.get("stray") is True


def _text(value: object) -> str:
    """The value as text that UTF-8 can hold; JSON may carry halves of surrogate pairs."""
    return "" if value is None else str(value).encode("utf-8", "replace").decode()
