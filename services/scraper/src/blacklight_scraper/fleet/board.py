"""Tells the hosts of this process what holds for them: one look for all of them, differences to each. Pure asyncio."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Collection
from contextvars import Context
from typing import Protocol

from blacklight_servicekit import logs

from blacklight_scraper.fleet.standing import Order, Standing, Subject, differences

log = logs.get(__name__)
REST_SECONDS = 0.2
"""Between two looks, however often something happens: when 2,000 hosts connect at once, each is news."""


class Told(Protocol):
    """A stream, as far as the board knows it."""

    host_id: str
    platforms: frozenset[str]
    sessions: set[str]
    """Those it is at work on."""
    told: dict[Subject, Order]

    def tell(self, order: Order) -> None:
        """Sends a directive."""


class ControlBoard:
    """Looks while streams are open: when woken by a notification, and every `every` seconds for what it missed."""

    def __init__(
        self,
        look: Callable[[Collection[str], Collection[str]], Awaitable[Standing]],
        listen: Callable[[Callable[[], None]], Awaitable[None]],
        every: float,
    ) -> None:
        self._look = look
        self._listen = listen
        self._every = every
        self._streams: set[Told] = set()
        self._news = asyncio.Event()
        self._running: list[asyncio.Task[None]] = []

    def join(self, stream: Told) -> None:
        """A stream that was told what held when it began."""
        self._streams.add(stream)
        if not self._running:
            loop = asyncio.get_running_loop()
            # Their own context: they outlive the call that was the first.
            self._running = [
                loop.create_task(self._run(), context=Context()),
                loop.create_task(self._listening(), context=Context()),
            ]

    def leave(self, stream: Told) -> None:
        """The stream has ended."""
        self._streams.discard(stream)

    def wake(self) -> None:
        """Something has happened."""
        self._news.set()

    async def stop(self) -> None:
        """Looks no more."""
        running, self._running = self._running, []
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    async def look(self) -> None:
        """Tells each stream what has changed for it."""
        # What is asked for now is told below; whatever joins meanwhile was told newer things on joining.
        asked = [(stream, frozenset(stream.sessions)) for stream in self._streams]
        sessions = frozenset[str]().union(*(working for _, working in asked))
        standing = await self._look([stream.host_id for stream, _ in asked], sessions)
        for stream, working in asked:
            holds = standing.orders(stream.host_id, stream.platforms, working)
            known = {subject: order for subject, order in stream.told.items() if subject[1] in working | {""}}
            for order in differences(known, holds):
                stream.tell(order)
            stream.told = holds

    async def _run(self) -> None:
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._every):
                    await self._news.wait()
            self._news.clear()
            if self._streams:
                try:
                    await self.look()
                except Exception as error:  # noqa: BLE001 - the next look asks the same question
                    log.warning("fleet.look_failed", error=type(error).__name__)
            await asyncio.sleep(REST_SECONDS)

    async def _listening(self) -> None:
        await self._listen(self.wake)
