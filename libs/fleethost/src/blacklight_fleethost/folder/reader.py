"""A reader of saved files: JSON, JSON lines, and pages with schema.org JobPosting, in a folder or one of them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from blacklight.matching.v1.posting_pb2 import PostingDraft

from blacklight_fleethost.folder.files import Found, files_of
from blacklight_fleethost.folder.offers import Offer, Offers
from blacklight_fleethost.folder.records import records_of
from blacklight_fleethost.postings.fields import NotAPosting, draft_of
from blacklight_fleethost.postings.texts import text_of
from blacklight_fleethost.reader import BadOption, NothingThere, Reader, Search, Tell
from blacklight_fleethost.registry import check_known


@dataclass(frozen=True, slots=True)
class Limits:
    """How much of a folder is read; what is beyond is told, not read."""

    files: int = 10_000
    file_bytes: int = 50_000_000
    postings: int = 200_000


@dataclass(frozen=True, slots=True)
class _Read:
    version: tuple[int, int, int]
    offers: list[Offer]


class FolderReader:
    """Reads postings from files; looks for new and changed ones each time it is asked.

    The board a posting belongs to: the record's `platform`, else the first folder below `path` it stands in, else
    `platform`.
    """

    def __init__(self, path: Path, tell: Tell, *, platform: str = "", limits: Limits | None = None) -> None:
        self._path = path
        self._tell = tell
        self._platform = platform
        self._limits = limits or Limits()
        self._files: dict[Path, _Read] = {}
        self._offers = Offers([])
        self._told: frozenset[str] = frozenset()
        self._looking = asyncio.Lock()

    async def platforms(self) -> frozenset[str]:
        """The boards that there are postings of now."""
        return (await self._look()).platforms

    async def read(self, search: Search, platform: str) -> AsyncIterator[PostingDraft]:
        """A board's postings for a role. Raises NothingThere, as the files are all there is."""
        found = (await self._look()).found(platform, search.names)
        if not found:
            raise NothingThere
        for draft in found:
            yield draft

    async def _look(self) -> Offers:
        """What is there now. A problem is told once, and again only after it was gone."""
        async with self._looking:
            problems: list[str] = []
            if await asyncio.to_thread(self._refresh, problems):
                for problem in problems:
                    if problem not in self._told:
                        self._tell(problem)
                self._told = frozenset(problems)
            return self._offers

    def _refresh(self, problems: list[str]) -> bool:
        """Reads what is new or changed; False where nothing is."""
        files, too_many = self._listed(problems)
        if not too_many and {file.path: file.version for file in files} == {
            path: read.version for path, read in self._files.items()
        }:
            return False
        before, self._files, total = self._files, {}, 0
        for file in files:
            known = before.get(file.path)
            read = known if known and known.version == file.version else self._read_file(file, problems)
            if total + len(read.offers) > self._limits.postings:
                problems.append(f"not read: {file.name} and what follows; {self._limits.postings} postings are read")
                break
            total += len(read.offers)
            self._files[file.path] = read
        self._offers = Offers(offer for read in self._files.values() for offer in read.offers)
        return True

    def _listed(self, problems: list[str]) -> tuple[list[Found], bool]:
        files: list[Found] = []
        try:
            for file in files_of(self._path):
                if len(files) == self._limits.files:
                    problems.append(f"not read: {file.name} and what follows; {self._limits.files} files are read")
                    return files, True
                files.append(file)
        except OSError as error:
            problems.append(f"not read: {self._path.name}: {error.strerror}")
        return files, False

    def _read_file(self, file: Found, problems: list[str]) -> _Read:
        if file.size > self._limits.file_bytes:
            problems.append(f"not read: {file.name}: larger than {self._limits.file_bytes} bytes")
            return _Read(file.version, [])
        records = records_of(file.path)
        offers = []
        said = list(records.problems)
        for place, record in records.found:
            try:
                offers.append(self._offer(file, record))
            except NotAPosting as error:
                said.append(f"{place}: {error}")
        problems += [f"not read: {file.name}: {each}" for each in said]
        return _Read(file.version, offers)

    def _offer(self, file: Found, record: Mapping[str, Any]) -> Offer:
        given = record.get("platform")
        platform = platform_name(given) if isinstance(given, str) else ""
        platform = platform or platform_name(file.subfolder) or self._platform
        if not platform:
            raise NotAPosting("no platform; put it into a folder of the board's name, or give one")
        return Offer(
            platform, text_of(record.get("role_hint")), record.get("stray") is True, draft_of(record, platform)
        )


def platform_name(text: str) -> str:
    """A board's name as the platform spells it: lower case, blanks as underscores (spec 2.4)."""
    return "_".join(text.casefold().split())


def make(options: Mapping[str, str], tell: Tell) -> Reader:
    """The reader `folder`: `path`, and `platform` for files that stand in no folder of a board's name."""
    check_known(options, frozenset({"path", "platform"}))
    if not options.get("path"):
        raise BadOption("the reader folder needs the option path: a folder, or one file")
    path = Path(options["path"])
    if not path.exists():
        raise BadOption(f"there is no folder or file {path}")
    return FolderReader(path, tell, platform=platform_name(options.get("platform", "")))
