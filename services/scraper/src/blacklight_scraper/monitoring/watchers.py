"""Those who watch the fleet: woken together by one listener a process, bounded in number. Pure asyncio."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable

from blacklight_servicekit.errors import Exhausted

Listen = Callable[[Callable[[], None]], Awaitable[None]]


class TooManyWatchers(Exhausted):
    """No more streams of this kind at a time."""

    def __init__(self, most: int) -> None:
        super().__init__(f"{most} watch already; close one of them", reason="TOO_MANY_WATCHERS")


class Watchers:
    """Keeps nothing for anybody: each reads on from where it stands, so a slow one costs no memory."""

    def __init__(self, listen: Listen, most: int) -> None:
        self._listen = listen
        self._most = most
        self._waiting: set[asyncio.Event] = set()
        self._listener: asyncio.Task[None] | None = None
        self.ended = False

    @contextlib.asynccontextmanager
    async def join(self) -> AsyncIterator[asyncio.Event]:
        """An event that is set whenever there may be something new. Raises TooManyWatchers."""
        if len(self._waiting) >= self._most:
            raise TooManyWatchers(self._most)
        woken = asyncio.Event()
        self._waiting.add(woken)
        if self._listener is None or self._listener.done():
            self._listener = asyncio.create_task(self._heed())
        try:
            yield woken
        finally:
            self._waiting.discard(woken)
            if not self._waiting:
                await self._hush()

    async def end(self) -> None:
        """The server stops: nobody waits any longer."""
        self.ended = True
        self._wake()

    async def _heed(self) -> None:
        await self._listen(self._wake)

    async def _hush(self) -> None:
        listener, self._listener = self._listener, None
        if listener is not None:
            listener.cancel()
            await asyncio.gather(listener, return_exceptions=True)

    def _wake(self) -> None:
        for woken in self._waiting:
            woken.set()


async def woken_within(woken: asyncio.Event, seconds: float) -> None:
    """Returns once woken, or when the time is up: polling covers what a notification misses."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await woken.wait()
    woken.clear()
