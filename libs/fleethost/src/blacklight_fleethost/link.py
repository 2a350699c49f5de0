"""One connection to the platform: questions and answers in order over one stream, and what is pushed in between."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Any, NoReturn, cast

import grpc
import grpc.aio
from blacklight.scraper.v1.fleet_service_pb2 import ConnectRequest, ConnectResponse
from blacklight.scraper.v1.fleet_service_pb2_grpc import FleetServiceStub
from google.rpc import error_details_pb2
from grpc_status import rpc_status

API_KEY_METADATA = "x-scraper-api-key"
OPTIONS = [
    ("grpc.keepalive_time_ms", 30_000),
    ("grpc.keepalive_timeout_ms", 10_000),
    ("grpc.keepalive_permit_without_calls", 1),
    ("grpc.http2.max_pings_without_data", 0),
]


PUSHED = ("directive", "credits")
"""Messages that answer nothing."""


class LinkLost(Exception):
    """The connection broke; connecting again may help."""


class HostRefused(Exception):
    """The platform does not admit this host; connecting again does not help."""


class TakenOver(HostRefused):
    """Another host of the same key and name has taken over."""


class LeaseStarved(Exception):
    """There is work, and no account for any of it."""


class Link:
    """A stream; every message is answered, in order."""

    def __init__(self, channel: grpc.aio.Channel, api_key: str, pushed: Callable[[ConnectResponse], None]) -> None:
        """`pushed` gets directives and credits, as they come."""
        self._pushed = pushed
        self._call = FleetServiceStub(channel).Connect(metadata=((API_KEY_METADATA, api_key),))
        self._waiting: deque[asyncio.Future[ConnectResponse]] = deque()
        self._writing = asyncio.Lock()

    async def post(self, message: ConnectRequest) -> asyncio.Future[ConnectResponse]:
        """Sends a message; the future has its answer. Raises LinkLost."""
        answer: asyncio.Future[ConnectResponse] = asyncio.get_running_loop().create_future()
        answer.add_done_callback(_seen)
        writing = asyncio.ensure_future(self._write(message, answer))
        writing.add_done_callback(_seen)
        # grpc ends the whole stream when a task is cancelled that writes; one reader that stops must not do that.
        await asyncio.shield(writing)
        return answer

    async def _write(self, message: ConnectRequest, answer: asyncio.Future[ConnectResponse]) -> None:
        async with self._writing:
            self._waiting.append(answer)
            try:
                await self._call.write(message)
            except (grpc.RpcError, asyncio.InvalidStateError) as error:
                raise LinkLost("the stream broke while writing") from error

    async def ask(self, message: ConnectRequest) -> ConnectResponse:
        """Sends a message and waits for its answer. Raises LinkLost."""
        return await (await self.post(message))

    async def read(self) -> NoReturn:
        """Gives answers to whoever asked, until the stream ends. Raises LinkLost, HostRefused or TakenOver."""
        try:
            while True:
                answer = await self._call.read()
                if not isinstance(answer, ConnectResponse):
                    await self._raise_end()
                kind = answer.WhichOneof("message")
                if kind is None:
                    continue  # something that only newer hosts know
                if kind in PUSHED:
                    self._pushed(answer)
                    continue
                if not self._waiting:
                    raise LinkLost("an answer to nothing")
                waiting = self._waiting.popleft()
                if not waiting.done():
                    waiting.set_result(answer)
        except grpc.aio.AioRpcError as error:
            raise _why(error) from error
        finally:
            for waiting in self._waiting:
                if not waiting.done():
                    waiting.set_exception(LinkLost("the stream ended"))

    async def close(self) -> None:
        """Ends the stream."""
        self._call.cancel()

    async def _raise_end(self) -> NoReturn:
        code = await self._call.code()
        raise LinkLost(f"the stream ended: {code.name}")


def _why(error: grpc.aio.AioRpcError) -> Exception:
    code = error.code()
    reason = ""
    status = rpc_status.from_call(cast(grpc.Call, error))  # it reads what both kinds of error have
    for detail in status.details if status else ():
        info = error_details_pb2.ErrorInfo()
        if detail.Unpack(info):
            reason = info.reason
    if reason == "TAKEN_OVER":
        return TakenOver("another host of the same key and name has taken over")
    if code in (grpc.StatusCode.UNAUTHENTICATED, grpc.StatusCode.PERMISSION_DENIED):
        return HostRefused(f"the platform does not admit this host: {reason or code.name}")
    return LinkLost(f"the stream broke: {code.name}")


def _seen(answer: asyncio.Future[Any]) -> None:
    if not answer.cancelled():
        answer.exception()
