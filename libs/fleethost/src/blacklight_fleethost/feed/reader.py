"""A reader of a public feed of jobs: RSS, Atom, JSON Feed, or JSON with a list of jobs, by its address."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from blacklight.matching.v1.posting_pb2 import PostingDraft
from blacklight.scraper.v1 import session_pb2

from blacklight_fleethost.feed.fetching import Fetcher, Tags
from blacklight_fleethost.feed.options import FeedOptions, options_of
from blacklight_fleethost.feed.pages import FeedPage, UnreadableFeed, page_of
from blacklight_fleethost.postings.fields import NotAPosting, draft_of
from blacklight_fleethost.postings.lists import at
from blacklight_fleethost.reader import NothingThere, PlatformFailed, Reader, Search, Tell
from blacklight_fleethost.role_search import title_fits

MOST_PAGES = 50
MOST_RECORDS = 20_000
MOST_KEPT = 20
FRESH_SECONDS = 60.0
"""An answer is not asked for again before; several roles of one feed are one request."""


@dataclass(frozen=True, slots=True)
class _Kept:
    page: FeedPage
    tags: Tags
    asked: float


class FeedReader:
    """Reads postings from a feed."""

    def __init__(
        self,
        options: FeedOptions,
        tell: Tell,
        *,
        fetcher: Callable[[], Fetcher] = Fetcher,
        fresh_seconds: float = FRESH_SECONDS,
    ) -> None:
        self._options = options
        self._tell = tell
        self._fetcher = fetcher
        self._fresh_seconds = fresh_seconds
        self._kept: OrderedDict[str, _Kept] = OrderedDict()
        self._asking = asyncio.Lock()

    async def platforms(self) -> frozenset[str]:
        """The feed's board."""
        return frozenset({self._options.platform})

    async def read(self, search: Search, platform: str) -> AsyncIterator[PostingDraft]:
        """The feed's postings for a role, page by page.

        Raises NothingThere where a well-formed feed holds none for the role, and PlatformFailed.
        """
        found, left_out = False, 0
        async for page in self._pages(self._options.address(search)):
            for record in page.records:
                try:
                    draft = draft_of(self._mapped(record), platform)
                except NotAPosting:
                    left_out += 1
                    continue
                if self._options.board_searches or title_fits(draft.title, search.names):
                    found = True
                    yield draft
        if left_out:
            self._tell(f"not read: {left_out} records of {platform} without a title")
        if not found:
            raise NothingThere

    def _mapped(self, record: Mapping[str, Any]) -> Mapping[str, Any]:
        made = {**record, **{name: at(record, path) for name, path in self._options.mapped.items()}}
        if self._options.split is not None and (parts := self._options.split.fullmatch(str(made.get("title", "")))):
            made |= {name: text for name, text in parts.groupdict().items() if text}
        if self._options.company and not made.get("company"):
            made["company"] = self._options.company
        return made

    async def _pages(self, url: str) -> AsyncIterator[FeedPage]:
        seen: set[str] = set()
        records = 0
        async with self._fetcher() as fetcher:
            while url and url not in seen:
                seen.add(url)
                page = await self._page(fetcher, url)
                records += len(page.records)
                yield page
                url = page.next_url
                if url and (len(seen) >= MOST_PAGES or records >= MOST_RECORDS):
                    self._tell(f"not read: what follows the first {len(seen)} pages of {self._options.platform}")
                    return

    async def _page(self, fetcher: Fetcher, url: str) -> FeedPage:
        async with self._asking:
            kept = self._kept.get(url)
            if kept is not None and time.monotonic() - kept.asked < self._fresh_seconds:
                return kept.page
            answer = await fetcher.get(url, kept.tags if kept else Tags())
            if answer.body is None:
                assert kept is not None, "only what is kept is asked for conditionally"
                return self._keep(url, replace(kept, asked=time.monotonic()))
            try:
                page = await asyncio.to_thread(page_of, answer.body, answer.url, self._options.items)
            except UnreadableFeed as error:
                raise PlatformFailed(session_pb2.FAILURE_REASON_PARSE_ERROR, str(error)) from error
            page = replace(page, next_url=page.next_url or answer.next_url)
            return self._keep(url, _Kept(page, answer.tags, time.monotonic()))

    def _keep(self, url: str, kept: _Kept) -> FeedPage:
        self._kept[url] = kept
        self._kept.move_to_end(url)
        while len(self._kept) > MOST_KEPT:
            self._kept.popitem(last=False)
        return kept.page


def make(options: Mapping[str, str], tell: Tell) -> Reader:
    """The reader `feed`; its options are those of FeedOptions, and `map.FIELD=PATH`."""
    return FeedReader(options_of(options), tell)
