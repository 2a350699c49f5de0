"""A bound on bytes held at once, given out in the order of asking. Pure asyncio."""

from __future__ import annotations

import asyncio
from collections import deque


class ByteBudget:
    """Whoever reads asks before it reads on. One that is alone gets what it asks for, however much."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._waiting: deque[tuple[int, asyncio.Future[None]]] = deque()
        self.used = 0

    def change(self, limit: int) -> None:
        """A new limit, from now on."""
        self._limit = limit
        self._grant()

    async def acquire(self, size: int) -> None:
        """Returns once so many bytes more may be held; those who asked before come first."""
        if not self._waiting and self._fits(size):
            self.used += size
            return
        granted: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((size, granted))
        try:
            await granted
        except asyncio.CancelledError:
            if granted.done() and not granted.cancelled():
                self.release(size)
            else:
                self._waiting.remove((size, granted))
                self._grant()
            raise

    def release(self, size: int) -> None:
        """So many bytes are held no more."""
        self.used -= size
        self._grant()

    def _grant(self) -> None:
        while self._waiting and self._fits(self._waiting[0][0]):
            size, granted = self._waiting.popleft()
            if not granted.done():
                self.used += size
                granted.set_result(None)

    def _fits(self, size: int) -> bool:
        return self.used == 0 or self.used + size <= self._limit
