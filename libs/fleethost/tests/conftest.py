"""What a test serves on this machine: a web site, and the other end of a host's stream.

The other end says what a test wants to see a host answer to; hosts against the platform itself are tested where the
platform is, in `services/scraper/tests`.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import grpc
import grpc.aio
import pytest
from blacklight.matching.v1.posting_pb2 import PostingDrafts
from blacklight.scraper.v1 import fleet_service_pb2 as pb
from blacklight.scraper.v1.fleet_service_pb2_grpc import FleetServiceServicer, add_FleetServiceServicer_to_server
from blacklight_fleethost.events import HostEvent, HostEventKind
from blacklight_fleethost.host import FleetHost

Reply = tuple[int, dict[str, str], bytes]


@dataclass
class Site:
    """Answers by path (without the query); notes what it was asked."""

    address: str = ""
    replies: dict[str, Callable[[dict[str, str]], Reply]] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    def serve(self, path: str, body: bytes, status: int = 200, **headers: str) -> str:
        """Serves one answer at a path; returns its address."""
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        self.replies[path] = lambda _: (status, given, body)
        return self.address + path


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """A web site of the test's own."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    made = Site()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            headers = {name.lower(): value for name, value in self.headers.items()}
            made.asked.append((self.path, headers))
            reply = made.replies.get(self.path.partition("?")[0], lambda _: (404, {}, b""))
            status, given, body = reply(headers)
            self.send_response(status)
            for name, value in {**given, "content-length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Tells nobody."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made.address = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield made
    server.shutdown()
    server.server_close()
    thread.join()


SESSION = "01a20000-0000-7000-8000-000000000001"
Answer = pb.ConnectResponse | None
"""None cuts the stream."""


class Peer(FleetServiceServicer):
    """The other end: by default it grants `assignments` to the first claim, nothing after, and takes everything."""

    def __init__(self) -> None:
        self.said: list[tuple[str, Any]] = []
        self.welcome = pb.Welcome(
            platforms=["dice", "indeed"], heartbeat_seconds=60, max_batch_postings=2, window=2, protocol=1
        )
        self.assignments = [self.assignment()]
        self.answers: dict[str, Callable[[Any], Answer | Awaitable[Answer]]] = {}
        self.connections = 0
        self._context: Any = None
        self._writing = asyncio.Lock()
        self._claim_ids: dict[str, list[pb.Assignment]] = {}

    @staticmethod
    def assignment(session_id: str = SESSION, *platforms: str, **changes: Any) -> pb.Assignment:
        given = {"session_id": session_id, "fencing_token": 1, "role_name": "Nurse", **changes}
        return pb.Assignment(platforms=platforms or ["dice"], **given)

    @staticmethod
    def refusal(reason: str) -> pb.ConnectResponse:
        return pb.ConnectResponse(refusal=pb.Refusal(reason=reason, message="no"))

    async def Connect(self, requests: AsyncIterator[pb.ConnectRequest], context: Any) -> None:
        self._context, self._writing = context, asyncio.Lock()
        self.connections += 1
        async for request in requests:
            kind = str(request.WhichOneof("message"))
            said = getattr(request, kind)
            self.said.append((kind, said))
            answer: Any = self.answers.get(kind, self.usual)(said)
            if isinstance(answer, Awaitable):
                answer = await answer
            if answer is None:
                await context.abort(grpc.StatusCode.UNAVAILABLE, "cut")
            await self._write(answer)

    def usual(self, said: Any) -> pb.ConnectResponse:
        """What a platform answers to a host when all is well."""
        made = pb.ConnectResponse
        if isinstance(said, pb.Hello):
            return made(welcome=self.welcome)
        if isinstance(said, pb.Claim):
            given = self._claim_ids.setdefault(said.claim_id, self.assignments)
            self.assignments = []
            if given:
                return made(assignments=pb.Assignments(claim_id=said.claim_id, assignments=given))
            return made(nothing=pb.NothingToClaim(claim_id=said.claim_id, retry_after_seconds=1))
        if isinstance(said, pb.PostingBatch):
            taken = len(PostingDrafts.FromString(said.drafts).postings)
            return made(
                acknowledgement=pb.BatchAcknowledgement(
                    session_id=said.session_id, sequence=said.sequence, accepted=taken
                )
            )
        if isinstance(said, pb.LeaseReport):
            held = said.WhichOneof("action") not in ("failure", "release")
            return made(lease=pb.LeaseAnswer(credential_id=said.credential_id, held=held))
        if isinstance(said, pb.LeaseRequest):
            return self.refusal("NO_CREDENTIAL")
        if isinstance(said, pb.PlatformReport):
            return made(report=pb.ReportAcknowledgement(session_id=said.session_id, platform=said.platform))
        if isinstance(said, pb.FinishSession | pb.AbandonSession):
            return made(finish=pb.FinishAcknowledgement(session_id=said.session_id))
        return made(heartbeat=pb.HeartbeatAnswer())

    async def push(self, message: pb.Directive | pb.Credits) -> None:
        """Says something that answers nothing."""
        kind = "directive" if isinstance(message, pb.Directive) else "credits"
        await self._write(pb.ConnectResponse(**{kind: message}))

    async def _write(self, message: pb.ConnectResponse) -> None:
        async with self._writing:
            await self._context.write(message)

    def heard(self, kind: str) -> list[Any]:
        """What the host said of a kind."""
        return [said for its_kind, said in self.said if its_kind == kind]

    def kinds(self) -> list[str]:
        """The kinds of what it said, in order; a lease's by what is said of it."""
        return [said.WhichOneof("action") if kind == "lease" else kind for kind, said in self.said]

    def delivered(self) -> list[str]:
        """The ids of the postings of all batches, in order."""
        return [
            draft.platform_job_id
            for batch in self.heard("batch")
            for draft in PostingDrafts.FromString(batch.drafts).postings
        ]

    @asynccontextmanager
    async def served(self) -> AsyncIterator[str]:
        """While it listens; its address."""
        server = grpc.aio.server()
        add_FleetServiceServicer_to_server(self, server)
        port = server.add_insecure_port("127.0.0.1:0")
        await server.start()
        try:
            yield f"127.0.0.1:{port}"
        finally:
            await server.stop(0)


@dataclass
class Played:
    """A host that ran against a peer, and what it told."""

    peer: Peer
    told: list[HostEvent] = field(default_factory=list)

    def messages(self, kind: HostEventKind) -> list[str]:
        """What it told of a kind."""
        return [event.message for event in self.told if event.kind is kind]


Meanwhile = Callable[[FleetHost, "Played"], Awaitable[None]]


@pytest.fixture
def peer() -> Peer:
    """The other end of a stream."""
    return Peer()


@pytest.fixture
def play(peer: Peer, tmp_path: Path) -> Callable[..., Played]:
    """`play(reader)`: runs a host to its end against the peer, with `meanwhile` beside it."""

    def run(reader: Any, meanwhile: Meanwhile | None = None, *, once: bool = True, deliver: bool = False) -> Played:
        played = Played(peer)

        async def both() -> None:
            async with peer.served() as address:
                host = FleetHost(
                    address, "key", "h", reader, spool=tmp_path / "spool", watch=played.told.append, chance=lambda: 0.0
                )
                running = asyncio.ensure_future(host.deliver() if deliver else host.run(once=once))
                async with asyncio.timeout(60):
                    if meanwhile is not None:
                        beside = asyncio.ensure_future(meanwhile(host, played))
                        await asyncio.wait({running, beside}, return_when=asyncio.FIRST_COMPLETED)
                        if beside.done():
                            beside.result()
                        beside.cancel()
                    await running

        asyncio.run(both())
        return played

    return run


async def _until(condition: Callable[[], Any]) -> None:
    while not condition():
        await asyncio.sleep(0.005)


@pytest.fixture
def until() -> Callable[[Callable[[], Any]], Awaitable[None]]:
    """Waits for a condition; the host's own bound ends it."""
    return _until
