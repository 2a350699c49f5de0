"""What a stream sends: answers in the order of what they answer, and what is pushed as it comes. Pure asyncio."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Hashable
from typing import Any, Generic, TypeVar

Answer = TypeVar("Answer")


class Outgoing(Generic[Answer]):
    """Whoever reads the stream asks for `room` before each message, so a host that sends faster than we commit, or
    does not read its answers, is held back by the transport's own flow control. What is pushed waits for no answer;
    of what is pushed under one key only the last is sent, so it is bounded too."""

    def __init__(self, window: int) -> None:
        self._room = asyncio.Semaphore(window)
        self._pending: deque[asyncio.Future[Answer]] = deque()
        self._pushed: dict[Hashable, Answer] = {}
        self._closed = False
        self._error: Exception | None = None
        self._sender: asyncio.Future[None] | None = None

    async def room(self) -> None:
        """Returns once fewer answers than the window are under way."""
        await self._room.acquire()

    def put(self, answer: Awaitable[Answer]) -> None:
        """The answer to the message last read."""
        future = asyncio.ensure_future(answer)
        future.add_done_callback(self._answered)
        self._pending.append(future)

    def push(self, key: Hashable, message: Answer) -> None:
        """A message that answers nothing."""
        self._pushed.pop(key, None)
        self._pushed[key] = message
        self._wake()

    def close(self) -> None:
        """No more messages will come; what is pending is still answered."""
        self._closed = True
        self._wake()

    def end(self, error: Exception) -> None:
        """Ends the stream with an error, now."""
        self._error = self._error or error
        self._wake()

    async def answers(self) -> AsyncIterator[Answer]:
        """What to send, each once it is there. Raises what `end` was given, or what an answer raises."""
        while True:
            if self._error is not None:
                raise self._error
            if self._pushed:
                yield self._pushed.pop(next(iter(self._pushed)))
            elif self._pending and self._pending[0].done():
                yield self._pending.popleft().result()
                self._room.release()
            elif self._closed and not self._pending:
                return
            else:
                await self._woken()

    async def _woken(self) -> None:
        self._sender = asyncio.get_running_loop().create_future()
        await self._sender

    def _answered(self, answer: asyncio.Future[Any]) -> None:
        if not answer.cancelled():
            answer.exception()  # nobody may be left to ask for it
        self._wake()

    def _wake(self) -> None:
        if self._sender is not None and not self._sender.done():
            self._sender.set_result(None)
