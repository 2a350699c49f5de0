"""A running scraper on a database of its own, hosts with real streams, and a matching service that only counts."""

from __future__ import annotations

import asyncio
import hashlib
import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import grpc
import pytest
from blacklight.matching.v1 import posting_service_pb2, posting_service_pb2_grpc
from blacklight.matching.v1.posting_pb2 import PostingDraft, PostingDrafts
from blacklight.scraper.v1 import (
    api_key_service_pb2,
    api_key_service_pb2_grpc,
    fleet_service_pb2,
    fleet_service_pb2_grpc,
    platform_service_pb2,
    platform_service_pb2_grpc,
    role_queue_service_pb2,
    role_queue_service_pb2_grpc,
    session_service_pb2,
    session_service_pb2_grpc,
)
from blacklight_scraper.app import APP
from blacklight_servicekit.caller import Caller
from blacklight_servicekit.clock import utc_now
from blacklight_servicekit.ids import new_id
from google.rpc import error_details_pb2
from grpc_status import rpc_status

PATIENCE = 30.0
PLATFORMS = ("dice", "indeed")


class MovedClock:
    """The real time, moved by hand."""

    def __init__(self) -> None:
        self.offset = timedelta()

    def __call__(self) -> datetime:
        return utc_now() + self.offset

    def advance(self, by: timedelta) -> None:
        self.offset += by


@dataclass(frozen=True)
class Failure:
    """How a call failed."""

    code: str
    reason: str
    fields: tuple[str, ...]


def _failure_of(call: Callable[[], Any]) -> Failure:
    """Runs a call that must fail."""
    with pytest.raises(grpc.RpcError) as caught:
        call()
    return failure_from(caught.value)


def failure_from(error: Any) -> Failure:
    """The code, reason and fields of an error."""
    status = rpc_status.from_call(error)
    reason, fields = "", ()
    for detail in status.details if status else ():
        info, bad = error_details_pb2.ErrorInfo(), error_details_pb2.BadRequest()
        if detail.Unpack(info):
            reason = info.reason
        elif detail.Unpack(bad):
            fields = tuple(found.field for found in bad.field_violations)
    return Failure(error.code().name, reason, fields)


def _draft(number: int = 1, **changes: Any) -> PostingDraft:
    """A posting that is well formed."""
    given = {
        "platform_job_id": f"job-{number}",
        "title": f"Java Developer {number}",
        "company": "Harbor Mutual",
        "location": "Dallas, TX",
        "description": f"Builds services, number {number}.",
        "url": f"https://dice.example/jobs/{number}",
        **changes,
    }
    return PostingDraft(**given)


def _batch_of(
    assignment: fleet_service_pb2.Assignment,
    sequence: int,
    postings: Sequence[PostingDraft],
    **changes: Any,
) -> fleet_service_pb2.ConnectRequest:
    """A batch of a session."""
    payload = PostingDrafts(postings=postings).SerializeToString()
    given = {
        "session_id": assignment.session_id,
        "fencing_token": assignment.fencing_token,
        "sequence": sequence,
        "platform": assignment.platforms[0],
        "drafts": payload,
        "sha256": hashlib.sha256(payload).digest(),
        **changes,
    }
    return fleet_service_pb2.ConnectRequest(batch=fleet_service_pb2.PostingBatch(**given))


class Stream:
    """A host's stream, message by message."""

    def __init__(self, channel: grpc.Channel, metadata: Any) -> None:
        self._outgoing: queue.Queue[Any] = queue.Queue()
        stub = fleet_service_pb2_grpc.FleetServiceStub(channel)
        self.call = stub.Connect(iter(self._outgoing.get, None), metadata=metadata, timeout=4 * PATIENCE)

    def send(self, message: fleet_service_pb2.ConnectRequest) -> None:
        self._outgoing.put(message)

    def receive(self) -> fleet_service_pb2.ConnectResponse:
        return next(self.call)

    def ask(self, message: fleet_service_pb2.ConnectRequest) -> fleet_service_pb2.ConnectResponse:
        self.send(message)
        return self.receive()

    def hello(self, host_name: str = "host-1") -> fleet_service_pb2.Welcome:
        hello = fleet_service_pb2.Hello(host_name=host_name, agent_version="1")
        return self.ask(fleet_service_pb2.ConnectRequest(hello=hello)).welcome

    def claim(self, *platforms: str, claim_id: str = "") -> fleet_service_pb2.ConnectResponse:
        claim = fleet_service_pb2.Claim(claim_id=claim_id or str(uuid4()), platforms=platforms)
        return self.ask(fleet_service_pb2.ConnectRequest(claim=claim))

    def assignment(self, *platforms: str) -> fleet_service_pb2.Assignment:
        answer = self.claim(*platforms)
        assert answer.HasField("assignments"), answer
        return answer.assignments.assignments[0]

    def batch(
        self, assignment: fleet_service_pb2.Assignment, sequence: int, *drafts: PostingDraft, **changes: Any
    ) -> fleet_service_pb2.ConnectResponse:
        return self.ask(_batch_of(assignment, sequence, drafts or [_draft(sequence)], **changes))

    def report(
        self, assignment: fleet_service_pb2.Assignment, platform: str, outcome: int, reason: int = 0
    ) -> fleet_service_pb2.ConnectResponse:
        told = fleet_service_pb2.PlatformReport(
            session_id=assignment.session_id,
            fencing_token=assignment.fencing_token,
            platform=platform,
            outcome=outcome,  # type: ignore[arg-type]
            failure_reason=reason,  # type: ignore[arg-type]
        )
        return self.ask(fleet_service_pb2.ConnectRequest(report=told))

    def finish(self, assignment: fleet_service_pb2.Assignment) -> fleet_service_pb2.ConnectResponse:
        told = fleet_service_pb2.FinishSession(session_id=assignment.session_id, fencing_token=assignment.fencing_token)
        return self.ask(fleet_service_pb2.ConnectRequest(finish=told))

    def close(self) -> None:
        self._outgoing.put(None)
        self.call.cancel()


@dataclass
class Scraper:
    """Stubs of the running service, and what tests do with them all the time."""

    app: Any
    tokens: Any
    settings: Any
    streams: list[Stream] = field(default_factory=list)

    def __post_init__(self) -> None:
        channel = self.app.channel
        self.admin = self.tokens.platform_admin()
        self.keys = api_key_service_pb2_grpc.ApiKeyServiceStub(channel)
        self.platforms = platform_service_pb2_grpc.PlatformServiceStub(channel)
        self.queue = role_queue_service_pb2_grpc.RoleQueueServiceStub(channel)
        self.sessions = session_service_pb2_grpc.ScrapeSessionServiceStub(channel)

    def servicer(self, name: str) -> Any:
        """The servicer of a gRPC service, by the service's name."""
        [found] = [each for each in self.app.parts.servicers if each.service.name == name]
        return found

    def add_platforms(self, *names: str, **changes: Any) -> None:
        for rank, name in enumerate(names):
            given = {"enabled": True, "priority": 100 - rank, "max_in_flight": 100, **changes}
            platform = platform_service_pb2.Platform(name=name, display_name=name.title(), **given)
            request = platform_service_pb2.CreatePlatformRequest(platform=platform)
            self.platforms.CreatePlatform(request, metadata=self.admin)

    def add_role(self, name: str = "Java Developer", *, approve: bool = True, version: int = 1, **changes: Any) -> str:
        role_id = changes.pop("role_id", None) or str(new_id())
        self.put_role(role_id, name, version, **changes)
        if approve:
            self.approve(role_id)
        return role_id

    def put_role(self, role_id: str, name: str, version: int, **changes: Any) -> Any:
        request = role_queue_service_pb2.PutRoleRequest(
            role_id=role_id, version=version, name=name, **{"candidate_count": 1, **changes}
        )
        return self.queue.PutRole(request, metadata=self.tokens.service("matching", "scraper")).applied

    def approve(self, role_id: str, priority: int = 0) -> Any:
        request = role_queue_service_pb2.ApproveQueuedRoleRequest(role_id=role_id, priority=priority)  # type: ignore[arg-type]
        return self.queue.ApproveQueuedRole(request, metadata=self.admin)

    @property
    def ends(self) -> Any:
        """What ends sessions."""
        return self.app.parts.activities[0].__self__._sessions

    @property
    def claims(self) -> Any:
        """What claims."""
        return self.servicer("FleetService")._shared.claims

    @property
    def intake(self) -> Any:
        """What keeps batches."""
        return self.ends._intake

    def review(self, session_id: Any) -> Any:
        """What the workflow of a session does when it looks."""
        return self.ends.review(Caller.service("scraper", None), session_id=UUID(str(session_id)))

    def role(self, role_id: str) -> Any:
        request = role_queue_service_pb2.GetQueuedRoleRequest(role_id=role_id)
        return self.queue.GetQueuedRole(request, metadata=self.admin)

    def add_key(self, name: str = "host", platforms: Sequence[str] = PLATFORMS) -> Any:
        request = api_key_service_pb2.CreateApiKeyRequest(name=name, platforms=platforms)
        return self.keys.CreateApiKey(request, metadata=self.admin).secret

    def connect(self, secret: str) -> Stream:
        stream = Stream(self.app.channel, self.tokens.host(secret))
        self.streams.append(stream)
        return stream

    def session(self, session_id: str) -> Any:
        request = session_service_pb2.GetScrapeSessionRequest(session_id=session_id)
        return self.sessions.GetScrapeSession(request, metadata=self.admin)

    def rows(self, statement: str, **values: Any) -> list[Any]:
        from sqlalchemy import text

        with self.app.database.platform_transaction() as session:
            return list(session.execute(text(statement), values).all())


@pytest.fixture
def failure_of() -> Callable[[Callable[[], Any]], Failure]:
    """`failure_of(call)`: how a call that must fail does."""
    return _failure_of


@pytest.fixture
def draft() -> Callable[..., PostingDraft]:
    """`draft(number, **changes)`: a posting that is well formed, but for the changes."""
    return _draft


@pytest.fixture
def batch_of() -> Callable[..., fleet_service_pb2.ConnectRequest]:
    """`batch_of(assignment, sequence, drafts, **changes)`: a batch as a message."""
    return _batch_of


@pytest.fixture
def clock() -> MovedClock:
    """The service's clock."""
    return MovedClock()


@pytest.fixture
def own_settings() -> dict[str, Any]:
    """Settings of a test module's own; overridden there."""
    return {}


@pytest.fixture
def scraper(
    serve_app: Any, make_settings: Any, tokens: Any, clock: MovedClock, own_settings: dict[str, Any]
) -> Iterator[Scraper]:
    """A served scraper with two platforms."""
    settings = make_settings(APP, **own_settings)
    running = Scraper(serve_app(APP, settings=settings, clock=clock), tokens, settings)
    running.add_platforms(*PLATFORMS)
    yield running
    for stream in running.streams:
        stream.close()


class CountingMatching(posting_service_pb2_grpc.PostingServiceServicer):
    """Another service's end of the contract: takes postings as matching would, and remembers them.

    What is under test here is the scraper; the two together are tested end to end.
    """

    def __init__(self) -> None:
        self.answered: dict[str, posting_service_pb2.ImportPostingsResponse] = {}
        self.batches: dict[str, list[str]] = {}
        self.requests: list[posting_service_pb2.ImportPostingsRequest] = []
        self.seen: set[tuple[str, str]] = set()
        self.failure: grpc.StatusCode | None = None
        self.calls = 0
        self._lock = threading.Lock()

    async def ImportPostings(self, request: Any, context: Any) -> Any:
        with self._lock:
            self.calls += 1
            if self.failure is not None:
                await context.abort(self.failure, "no")
            if request.batch_id not in self.answered:
                self.requests.append(request)
                self.batches[request.batch_id] = [posting.platform_job_id for posting in request.postings]
                self.answered[request.batch_id] = self._import(request)
            return self.answered[request.batch_id]

    def _import(self, request: Any) -> posting_service_pb2.ImportPostingsResponse:
        results = []
        in_batch: set[str] = set()
        for posting in request.postings:
            key = (request.platform, posting.platform_job_id)
            outcome = posting_service_pb2.ROW_OUTCOME_NEW
            if posting.platform_job_id in in_batch:
                outcome = posting_service_pb2.ROW_OUTCOME_DUPLICATE
            elif key in self.seen:
                outcome = posting_service_pb2.ROW_OUTCOME_REFRESHED
            in_batch.add(posting.platform_job_id)
            self.seen.add(key)
            results.append(posting_service_pb2.RowResult(outcome=outcome, posting_id=str(UUID(int=1))))
        return posting_service_pb2.ImportPostingsResponse(results=results)

    async def GetPosting(self, request: Any, context: Any) -> Any:
        await context.abort(grpc.StatusCode.UNIMPLEMENTED, "not here")

    async def ListPostings(self, request: Any, context: Any) -> Any:
        await context.abort(grpc.StatusCode.UNIMPLEMENTED, "not here")


@pytest.fixture
def matching() -> Iterator[tuple[CountingMatching, str]]:
    """The other service's end, and its address."""
    service = CountingMatching()
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    async def start() -> tuple[Any, int]:
        server = grpc.aio.server()
        posting_service_pb2_grpc.add_PostingServiceServicer_to_server(service, server)  # type: ignore[arg-type]
        port = server.add_insecure_port("127.0.0.1:0")
        await server.start()
        return server, port

    server, port = asyncio.run_coroutine_threadsafe(start(), loop).result(10)
    yield service, f"127.0.0.1:{port}"
    asyncio.run_coroutine_threadsafe(server.stop(None), loop).result(10)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(10)
    loop.close()
