"""Between a host and the scraper: a relay of messages that cuts streams between a message and its answer, and sends
again what was acknowledged already.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import grpc.aio
from blacklight.scraper.v1 import fleet_service_pb2 as pb
from blacklight.scraper.v1 import fleet_service_pb2_grpc
from blacklight.scraper.v1.fleet_service_pb2_grpc import FleetServiceStub

KEY = "x-scraper-api-key"
OPTIONS = [("grpc.max_receive_message_length", 16 << 20), ("grpc.max_send_message_length", 16 << 20)]
# Hosts ask every half minute whether the connection still stands.
SERVER_OPTIONS = [*OPTIONS, ("grpc.http2.min_recv_ping_interval_without_data_ms", 10_000)]
RESENT = 2


@dataclass
class Cut:
    """Cuts a stream after so many of the host's messages; `answered`: only after the last one's answer has come from
    the scraper, which has committed then, and which the host does not get.
    """

    messages: int
    answered: bool


@dataclass
class Ordeal:
    """What a host's streams must go through: a cut for each connection in turn, and batches sent again."""

    cuts: list[Cut] = field(default_factory=list)
    resend: bool = False
    resent: int = 0
    batches: dict[str, list[pb.PostingBatch]] = field(default_factory=lambda: defaultdict(list))


class MessageRelay(fleet_service_pb2_grpc.FleetServiceServicer):
    """FleetService towards hosts, a host towards the scraper; `ordeals` by API key. `wrong`: answers to what was sent
    again that were no acknowledgements of it.
    """

    def __init__(self, address: str) -> None:
        self._channel = grpc.aio.insecure_channel(address, OPTIONS)
        self._stub = FleetServiceStub(self._channel)
        self.ordeals: dict[str, Ordeal] = {}
        self.wrong: list[str] = []

    async def Connect(self, requests: AsyncIterator[pb.ConnectRequest], context: Any) -> None:
        """One stream."""
        secret = dict(context.invocation_metadata())[KEY]
        passage = _Passage(self.ordeals[secret], context, self._stub.Connect(metadata=((KEY, secret),)))
        pumps = {asyncio.create_task(passage.up(requests)), asyncio.create_task(passage.down())}
        try:
            await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for pump in pumps:
                pump.cancel()
            ended = await asyncio.gather(*pumps, return_exceptions=True)
            passage.call.cancel()
            self.wrong += [str(each) for each in ended if isinstance(each, AssertionError)]
        await context.abort(grpc.StatusCode.UNAVAILABLE, "cut")

    async def close(self) -> None:
        """Closes the connection to the scraper."""
        await self._channel.close()


class _Passage:
    """One stream through the relay."""

    def __init__(self, ordeal: Ordeal, context: Any, call: Any) -> None:
        self._ordeal = ordeal
        self._context = context
        self.call = call
        self._cut = ordeal.cuts.pop(0) if ordeal.cuts else None
        self._sent = 0
        self._answered = 0

    async def up(self, requests: AsyncIterator[pb.ConnectRequest]) -> None:
        """The host's messages; returns where the stream is to be cut."""
        async for message in requests:
            if message.HasField("batch"):
                self._ordeal.batches[message.batch.session_id].append(message.batch)
            await self.call.write(message)
            self._sent += 1
            if self._cut and not self._cut.answered and self._sent == self._cut.messages:
                return
        await self.call.done_writing()
        await asyncio.Event().wait()

    async def down(self) -> None:
        """The scraper's; the answer at which the stream is to be cut does not arrive."""
        while (answer := await self.call.read()) is not grpc.aio.EOF:
            pushed = answer.WhichOneof("message") in ("directive", "credits")
            self._answered += not pushed
            if not pushed and self._cut and self._cut.answered and self._answered == self._cut.messages:
                return
            if answer.HasField("welcome") and self._ordeal.resend:
                await self._resend(answer.welcome)
            await self._context.write(answer)

    async def _resend(self, welcome: pb.Welcome) -> None:
        """Batches that the Welcome acknowledges, under the new token: each is acknowledged once more."""
        for session in welcome.open_sessions:
            given = session.assignment
            known = [each for each in self._ordeal.batches[given.session_id]
                     if each.sequence <= session.last_acknowledged_sequence]  # fmt: skip
            for batch in known[-RESENT:]:
                again = pb.PostingBatch()
                again.CopyFrom(batch)
                again.fencing_token = given.fencing_token
                await self.call.write(pb.ConnectRequest(batch=again))
                answer = await self._answer()
                assert answer.acknowledgement.sequence == batch.sequence, answer
                self._ordeal.resent += 1

    async def _answer(self) -> pb.ConnectResponse:
        while True:
            answer = await self.call.read()
            if answer is grpc.aio.EOF:
                raise EOFError
            if answer.WhichOneof("message") not in ("directive", "credits"):
                return answer
            await self._context.write(answer)


@asynccontextmanager
async def message_relay(address: str) -> AsyncIterator[tuple[MessageRelay, str]]:
    """A relay and its address."""
    relay = MessageRelay(address)
    server = grpc.aio.server(options=SERVER_OPTIONS)
    fleet_service_pb2_grpc.add_FleetServiceServicer_to_server(relay, server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    try:
        yield relay, f"127.0.0.1:{port}"
    finally:
        with contextlib.suppress(asyncio.CancelledError):
            await server.stop(None)
        await relay.close()
