"""Group commit: what waits while one commit runs shares the next one. Pure asyncio.

There is no timer: a lone item is committed at once, and the more wait, the more share.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from contextvars import Context
from typing import Generic, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


class GroupCommit(Generic[Item, Result]):
    """Commits items in the order they came, many at a time; each caller gets its own result."""

    def __init__(
        self,
        write: Callable[[Sequence[Item]], Awaitable[Sequence[Result]]],
        *,
        most_items: int,
        most_weight: int,
        weigh: Callable[[Item], int],
        is_outage: Callable[[Exception], bool],
    ) -> None:
        self._write = write
        self._most_items = most_items
        self._most_weight = most_weight
        self._weigh = weigh
        self._is_outage = is_outage
        self._waiting: deque[tuple[Item, asyncio.Future[Result]]] = deque()
        self._running: asyncio.Task[None] | None = None

    def submit(self, item: Item) -> asyncio.Future[Result]:
        """Queues an item; the future has its result once it is committed, or what the commit raised."""
        future: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, future))
        if self._running is None or self._running.done():
            # Its own context: the work of many calls is no single call's.
            self._running = asyncio.get_running_loop().create_task(self._run(), context=Context())
        return future

    async def _run(self) -> None:
        while self._waiting:
            await self._settle(self._next_group())

    def _next_group(self) -> list[tuple[Item, asyncio.Future[Result]]]:
        group = [self._waiting.popleft()]
        weight = self._weigh(group[0][0])
        while self._waiting and len(group) < self._most_items:
            weight += self._weigh(self._waiting[0][0])
            if weight > self._most_weight:
                break
            group.append(self._waiting.popleft())
        return group

    async def _settle(self, group: list[tuple[Item, asyncio.Future[Result]]]) -> None:
        try:
            results = await self._write([item for item, _ in group])
        except Exception as error:  # noqa: BLE001 - whoever waits for the item gets it
            await self._settle_failed(group, error)
            return
        for (_, future), result in zip(group, results, strict=True):
            if not future.done():
                future.set_result(result)

    async def _settle_failed(self, group: list[tuple[Item, asyncio.Future[Result]]], error: Exception) -> None:
        """One item that cannot be committed must not sink the others, so halves are tried; not in an outage."""
        if len(group) > 1 and not self._is_outage(error):
            middle = len(group) // 2
            await self._settle(group[:middle])
            await self._settle(group[middle:])
            return
        for _, future in group:
            if not future.done():
                future.set_exception(error)
