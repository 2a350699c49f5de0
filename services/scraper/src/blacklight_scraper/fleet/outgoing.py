"""The answers of a stream, in the order of what they answer, with a bound on how many are under way. Pure asyncio."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable
from typing import Any, Generic, TypeVar

Answer = TypeVar("Answer")
Awaited = TypeVar("Awaited")


class Outgoing(Generic[Answer]):
    """Whoever reads the stream asks for `room` before each message, so a host that sends faster than we commit, or
    does not read its answers, is held back by the transport's own flow control."""

    def __init__(self, window: int) -> None:
        self._room = asyncio.Semaphore(window)
        self._pending: asyncio.Queue[asyncio.Future[Answer] | None] = asyncio.Queue()
        self._ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._ended.add_done_callback(_seen)

    async def room(self) -> None:
        """Returns once fewer answers than the window are under way."""
        await self._room.acquire()

    def put(self, answer: Awaitable[Answer]) -> None:
        """The answer to the message last read."""
        future = asyncio.ensure_future(answer)
        future.add_done_callback(_seen)  # nobody may be left to ask for it
        self._pending.put_nowait(future)

    def close(self) -> None:
        """No more messages will come; what is pending is still answered."""
        self._pending.put_nowait(None)

    def end(self, error: Exception) -> None:
        """Ends the stream with an error, now."""
        if not self._ended.done():
            self._ended.set_exception(error)

    async def answers(self) -> AsyncIterator[Answer]:
        """The answers, each once it is there. Raises what `end` was given, or what an answer raises."""
        try:
            while (pending := await self._unless_ended(self._pending.get())) is not None:
                yield await self._unless_ended(pending)
                self._room.release()
        finally:
            self._ended.cancel()

    async def _unless_ended(self, awaited: Awaitable[Awaited]) -> Awaited:
        task = asyncio.ensure_future(awaited)
        watched: set[asyncio.Future[Any]] = {task, self._ended}
        try:
            await asyncio.wait(watched, return_when=asyncio.FIRST_COMPLETED)
        finally:
            if not task.done():
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
        if self._ended.done():
            self._ended.result()
        return task.result()


def _seen(future: asyncio.Future[Any]) -> None:
    if not future.cancelled():
        future.exception()
