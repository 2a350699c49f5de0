"""FleetService: one long-lived stream a host."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Sequence
from typing import TypeVar
from uuid import UUID

from blacklight.scraper.v1 import fleet_service_pb2 as pb
from blacklight_servicekit import logs, rpc
from blacklight_servicekit.caller import Caller
from blacklight_servicekit.errors import Unavailable
from blacklight_servicekit.ids import new_id

from blacklight_scraper.claims.service import Claims
from blacklight_scraper.credentials.service import Credentials
from blacklight_scraper.fleet.board import ControlBoard
from blacklight_scraper.fleet.budget import ByteBudget
from blacklight_scraper.fleet.credits import Crediting
from blacklight_scraper.fleet.encoding import encode_refusal
from blacklight_scraper.fleet.group_commit import GroupCommit
from blacklight_scraper.fleet.messages import HELLO_EXPECTED, ill_formed, inner
from blacklight_scraper.fleet.negotiation import NEWEST, OLDEST, agree, shared
from blacklight_scraper.fleet.service import Fleet, is_outage
from blacklight_scraper.fleet.standing import Standing
from blacklight_scraper.fleet.stream import OpenStream, Shared, StreamRules
from blacklight_scraper.fleet.verdicts import Acknowledged, BatchWrite
from blacklight_scraper.hosts.service import TakenOver
from blacklight_scraper.hosts.states import Arrival
from blacklight_scraper.sessions.refusals import RefusalView

log = logs.get(__name__)
GROUP_BATCHES = 64
GROUP_BYTES = 16 * 1024 * 1024
GROUP_STREAMS = 500
DELIVERY_REST_SECONDS = 10.0
DRAIN_SECONDS = 3.0
Item = TypeVar("Item")
Result = TypeVar("Result")

_UNSUPPORTED = RefusalView(
    "UNSUPPORTED_PROTOCOL",
    f"this server speaks versions {OLDEST} to {NEWEST} of the protocol; use a host program that does, too",
    field="oldest_protocol",
)


class FleetServicer:
    """The scraper hosts' side of the platform. What all streams write is committed together, kind by kind."""

    service = pb.DESCRIPTOR.services_by_name["FleetService"]

    def __init__(self, fleet: Fleet, claims: Claims, credentials: Credentials, rules: StreamRules) -> None:
        batches: GroupCommit[BatchWrite, Acknowledged | RefusalView] = GroupCommit(
            _in_pool(fleet.store_batches),
            most_items=GROUP_BATCHES,
            most_weight=GROUP_BYTES,
            weigh=lambda write: len(write.payload),
            is_outage=is_outage,
        )
        self._fleet = fleet
        self._crediting = Crediting(rules.window, rules.inflight_bytes, DELIVERY_REST_SECONDS)
        budget = ByteBudget(rules.inflight_bytes)
        self._shared = Shared(
            fleet, claims, rules, batches, _of_streams(fleet.beat), credentials, budget, self._crediting
        )
        self._departures = _of_streams(fleet.detach)
        self._board = ControlBoard(self._look, fleet.listen, rules.board_seconds)
        self._streams: dict[tuple[str, str], OpenStream] = {}
        self._leaving: set[asyncio.Future[None]] = set()
        self._stopping = False

    async def Connect(
        self, messages: AsyncIterator[pb.ConnectRequest], caller: Caller
    ) -> AsyncIterator[pb.ConnectResponse]:
        """A host's stream, until the host ends it, its key is revoked, or a newer stream takes over."""
        first = await anext(messages, None)
        if first is None:
            return
        refusal = ill_formed(first) if first.HasField("hello") else HELLO_EXPECTED
        protocol = agree(first.hello.oldest_protocol, first.hello.newest_protocol)
        if refusal is not None or protocol is None:
            yield encode_refusal(refusal or _UNSUPPORTED, inner(first))
            return
        stream = self._begin(caller, first.hello, protocol)
        try:
            yield await stream.attach()
            self._board.join(stream)
            reading = asyncio.create_task(stream.read(messages))
            try:
                async for answer in stream.outgoing.answers():
                    yield answer
            finally:
                reading.cancel()
                await asyncio.gather(reading, return_exceptions=True)
        finally:
            self._end((caller.id, first.hello.host_name), stream)

    async def drain(self) -> None:
        """The server stops: every stream ends, so that its host connects elsewhere, and is let go of."""
        self._stopping = True
        for stream in self._streams.values():
            stream.outgoing.end(_stops())
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(DRAIN_SECONDS):
                while self._streams or self._leaving:
                    await asyncio.sleep(0.01)
        await self._board.stop()

    def _begin(self, caller: Caller, hello: pb.Hello, protocol: int) -> OpenStream:
        if self._stopping:
            raise _stops()
        arrival = Arrival(
            api_key_id=UUID(caller.id),
            host_name=hello.host_name,
            stream_id=new_id(),
            agent_version=hello.agent_version,
            protocol=protocol,
            capabilities=shared(hello.capabilities),
        )
        place = (caller.id, hello.host_name)
        if (older := self._streams.get(place)) is not None:
            older.outgoing.end(TakenOver())
        stream = self._streams[place] = OpenStream(self._shared, caller, arrival)
        log.info("fleet.connected", api_key_id=caller.id, agent_version=hello.agent_version)
        return stream

    def _end(self, place: tuple[str, str], stream: OpenStream) -> None:
        """Not awaited: the call may be cancelled. Streams that end together are let go of together."""
        if self._streams.get(place) is stream:
            del self._streams[place]
        self._board.leave(stream)
        self._crediting.gone(stream)
        if stream.held is not None:
            leaving = self._departures.submit(stream.held)
            self._leaving.add(leaving)
            leaving.add_done_callback(self._left)

    def _left(self, leaving: asyncio.Future[None]) -> None:
        self._leaving.discard(leaving)
        if not leaving.cancelled() and (error := leaving.exception()) is not None:
            # The host counts as disconnected all the same once it has been silent for a while.
            log.warning("fleet.departure_not_noted", error=type(error).__name__)

    async def _look(self, hosts: Collection[str], sessions: Collection[str]) -> Standing:
        self._crediting.settle(time.monotonic())
        return await rpc.blocking(self._fleet.standing, hosts, sessions)


def _in_pool(
    work: Callable[[Sequence[Item]], list[Result]],
) -> Callable[[Sequence[Item]], Awaitable[Sequence[Result]]]:
    async def run(items: Sequence[Item]) -> Sequence[Result]:
        return await rpc.blocking(work, items)

    return run


def _of_streams(work: Callable[[Sequence[Item]], list[Result]]) -> GroupCommit[Item, Result]:
    return GroupCommit(
        _in_pool(work), most_items=GROUP_STREAMS, most_weight=GROUP_STREAMS, weigh=lambda _: 1, is_outage=is_outage
    )


def _stops() -> Unavailable:
    return Unavailable("the server stops; connect again", reason="SHUTTING_DOWN")
