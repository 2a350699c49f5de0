"""One act for many who ask for it: whoever asks while one runs shares the next. Pure asyncio."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable


class Coalesced:
    """Runs `act`, at most once in `every_seconds`; each call returns after an act that began after the call."""

    def __init__(self, act: Callable[[], Awaitable[None]], every_seconds: float) -> None:
        self._act = act
        self._every = every_seconds
        self._turn = asyncio.Lock()
        self._asked = self._answered = 0
        self._next = 0.0

    async def __call__(self) -> None:
        """Raises what the act raises; those who share it then try it in turn."""
        self._asked += 1
        mine = self._asked
        async with self._turn:
            if self._answered >= mine:
                return
            loop = asyncio.get_running_loop()
            await asyncio.sleep(max(0.0, self._next - loop.time()))
            covered = self._asked
            await self._act()
            self._answered = covered
            self._next = loop.time() + self._every
