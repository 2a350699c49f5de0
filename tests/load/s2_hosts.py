"""Twenty hosts in one process that stream as fast as their windows let them, at as little cost as possible.

Batches go out as bytes: the small fields of a batch are serialised anew, the drafts come after them as they are (fields
of a message may stand in any order and side by side).
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Callable
from typing import Any
from uuid import uuid4

import grpc.aio
from blacklight.scraper.v1 import fleet_service_pb2 as fleet
from blacklight.scraper.v1 import session_pb2

from tests.load.s2_postings import checksum

METHOD = "/blacklight.scraper.v1.FleetService/Connect"
OPTIONS = [("grpc.max_send_message_length", 16 * 1024 * 1024)]
BATCH_FIELD = fleet.ConnectRequest.DESCRIPTOR.fields_by_name["batch"].number
_DELIMITED = 2


class Host:
    """A host that claims one role, streams postings of one platform until the time is up, reports and finishes."""

    def __init__(self, name: str, key: str, platform: str, next_drafts: Callable[[], bytes]) -> None:
        self._name = name
        self._metadata = (("x-scraper-api-key", key),)
        self._platform = platform
        self._next_drafts = next_drafts
        self._sending: asyncio.Queue[bytes | None] = asyncio.Queue()
        self._answers: Any = None
        self._window = 1
        self._window_bytes = 0
        self.acknowledged = 0
        self.last = 0.0

    async def run(self, address: str, until: float) -> None:
        """The whole stream; `until` is a time of the performance counter."""
        async with grpc.aio.insecure_channel(address, OPTIONS) as channel:
            connect: Any = channel.stream_stream(METHOD, None, fleet.ConnectResponse.FromString)
            self._answers = aiter(connect(self._requests(), metadata=self._metadata))
            welcome = (await self._ask(hello=fleet.Hello(host_name=self._name))).welcome
            self._window, self._window_bytes = welcome.window, welcome.window_bytes
            claimed = await self._ask(claim=fleet.Claim(claim_id=str(uuid4())))
            (work,) = claimed.assignments.assignments
            await self._stream(work, until)
            await self._end(work)
            self._sending.put_nowait(None)

    async def _requests(self) -> AsyncIterator[bytes]:
        while (message := await self._sending.get()) is not None:
            yield message

    async def _ask(self, **message: Any) -> fleet.ConnectResponse:
        self._sending.put_nowait(fleet.ConnectRequest(**message).SerializeToString())
        return await self._answer()

    async def _answer(self) -> fleet.ConnectResponse:
        """The next answer; what is pushed before it is heeded."""
        while True:
            answer: fleet.ConnectResponse = await anext(self._answers)
            assert not answer.HasField("refusal"), answer
            if not answer.HasField("credits"):
                return answer
            self._window, self._window_bytes = answer.credits.window, answer.credits.window_bytes

    async def _stream(self, work: fleet.Assignment, until: float) -> None:
        sequence = 0
        flying: deque[int] = deque()
        drafts = self._next_drafts()
        while True:
            while time.perf_counter() < until and self._has_room(flying, len(drafts)):
                sequence += 1
                flying.append(len(drafts))
                self._sending.put_nowait(self._batch(work, sequence, drafts))
                drafts = self._next_drafts()
            if not flying:
                return
            answer = await self._answer()
            assert answer.acknowledgement.sequence == sequence - len(flying) + 1, answer
            flying.popleft()
            self.acknowledged += answer.acknowledgement.accepted
            self.last = time.perf_counter()

    def _has_room(self, flying: deque[int], size: int) -> bool:
        return not flying or (len(flying) < self._window and sum(flying) + size <= self._window_bytes)

    def _batch(self, work: fleet.Assignment, sequence: int, drafts: bytes) -> bytes:
        small = fleet.PostingBatch(
            session_id=work.session_id,
            fencing_token=work.fencing_token,
            sequence=sequence,
            platform=self._platform,
            sha256=checksum(drafts),
        ).SerializeToString()
        tag = _tag(fleet.PostingBatch.DESCRIPTOR.fields_by_name["drafts"].number, len(drafts))
        head = _tag(BATCH_FIELD, len(small) + len(tag) + len(drafts))
        return b"".join((head, small, tag, drafts))

    async def _end(self, work: fleet.Assignment) -> None:
        held: dict[str, Any] = {"session_id": work.session_id, "fencing_token": work.fencing_token}
        outcome = session_pb2.PLATFORM_RUN_STATE_COMPLETED
        await self._ask(report=fleet.PlatformReport(platform=self._platform, outcome=outcome, **held))
        await self._ask(finish=fleet.FinishSession(**held))


def _tag(field: int, length: int) -> bytes:
    return _varint(field << 3 | _DELIMITED) + _varint(length)


def _varint(value: int) -> bytes:
    digits = bytearray()
    while value > 0x7F:
        digits.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*digits, value])


async def stream_all(hosts: list[Host], address: str, seconds: float) -> float:
    """Runs them side by side; returns the seconds from the start to the last acknowledgement."""
    start = time.perf_counter()
    await asyncio.gather(*(host.run(address, start + seconds) for host in hosts))
    return max(host.last for host in hosts) - start
