"""How much may be on the way without acknowledgement: batches and bytes, as the platform grants them."""

from __future__ import annotations

import asyncio


class Window:
    """Counts what is on the way. One batch always may be, however large (spec 8; Welcome.window_bytes)."""

    def __init__(self, batches: int, most_bytes: int) -> None:
        """`most_bytes` 0 means that only batches count."""
        self._most = (batches, most_bytes)
        self._batches = 0
        self._bytes = 0
        self._changed = asyncio.Event()

    @property
    def batches(self) -> int:
        """Batches on the way."""
        return self._batches

    def change(self, batches: int, most_bytes: int) -> None:
        """The platform grants more or less; what is on the way goes on."""
        self._most = (batches, most_bytes)
        self._changed.set()

    async def acquire(self, size: int) -> None:
        """Waits until a batch of so many bytes may go."""
        while not self._may(size):
            self._changed.clear()
            await self._changed.wait()
        self._batches += 1
        self._bytes += size

    def release(self, size: int) -> None:
        """A batch of so many bytes was acknowledged or refused."""
        self._batches -= 1
        self._bytes -= size
        self._changed.set()

    def _may(self, size: int) -> bool:
        batches, most_bytes = self._most
        if not self._batches:
            return batches > 0
        return self._batches < batches and (not most_bytes or self._bytes + size <= most_bytes)
