"""One host's stream: every message is answered in order, and none is read before there is room for it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from uuid import UUID

from blacklight.scraper.v1 import fleet_service_pb2 as pb
from blacklight.scraper.v1 import session_pb2
from blacklight_servicekit import rpc
from blacklight_servicekit.caller import Caller
from blacklight_servicekit.errors import ServiceError, Unauthenticated, Unavailable

from blacklight_scraper.claims.service import Claims
from blacklight_scraper.credentials.service import Credentials
from blacklight_scraper.fleet import encoding, messages
from blacklight_scraper.fleet.budget import ByteBudget
from blacklight_scraper.fleet.credits import Crediting, Window
from blacklight_scraper.fleet.group_commit import GroupCommit
from blacklight_scraper.fleet.lease_reports import take_report
from blacklight_scraper.fleet.negotiation import DIRECTIVES, LEASES
from blacklight_scraper.fleet.outgoing import Outgoing
from blacklight_scraper.fleet.service import Attached, Beat, Fleet
from blacklight_scraper.fleet.standing import Kind, Order, Subject
from blacklight_scraper.fleet.verdicts import Acknowledged, BatchWrite
from blacklight_scraper.hosts.service import TakenOver
from blacklight_scraper.hosts.states import Arrival, HostStream
from blacklight_scraper.sessions.refusals import RefusalView, Refused
from blacklight_scraper.sessions.reports import Report
from blacklight_scraper.sessions.states import RunState, Transport

Step = Callable[[pb.ConnectRequest], Awaitable[pb.ConnectResponse]]


@dataclass(frozen=True, slots=True)
class StreamRules:
    """What a host is told on connecting, and held to; `inflight_bytes` bounds all streams of the process together."""

    heartbeat_seconds: int
    max_batch_postings: int
    window: Window
    inflight_bytes: int
    claim_retry_seconds: int
    late_batch_hours: int
    board_seconds: float


@dataclass(frozen=True, slots=True)
class Shared:
    """What all streams of a process use together."""

    fleet: Fleet
    claims: Claims
    rules: StreamRules
    batches: GroupCommit[BatchWrite, Acknowledged | RefusalView]
    beats: GroupCommit[Beat, bool]
    credentials: Credentials
    budget: ByteBudget
    crediting: Crediting


class OpenStream:
    """A stream, from its hello on."""

    STEPS = ("claim", "report", "finish", "abandon", "lease", "lease_request")
    """Messages that wait for the batches before them; each has the method of its name."""

    def __init__(self, shared: Shared, caller: Caller, arrival: Arrival) -> None:
        self._shared = shared
        self._fleet = shared.fleet
        self._rules = shared.rules
        self._caller = caller
        self._arrival = arrival
        self._window = shared.rules.window
        self._own = ByteBudget(self._window.bytes)
        self._committing: set[asyncio.Future[Acknowledged | RefusalView]] = set()
        self._steps: dict[str, Step] = {kind: getattr(self, f"_{kind}") for kind in self.STEPS}
        self.outgoing: Outgoing[pb.ConnectResponse] = Outgoing(self._window.batches)
        self.platforms = caller.platforms
        self.sessions: set[str] = set()
        self.told: dict[Subject, Order] = {}
        self.host_id = ""
        self.held: HostStream | None = None
        """Known once the stream is attached."""

    async def attach(self) -> pb.ConnectResponse:
        """Takes the host's open sessions over; returns the welcome."""
        attached = await rpc.blocking(self._fleet.attach, self._caller, self._arrival)
        self.held = attached.stream
        self.host_id = str(attached.stream.host_id)
        self.sessions = {str(opened.assignment.session_id) for opened in attached.open_sessions}
        self.told = attached.standing.orders(self.host_id, self.platforms, self.sessions)
        return pb.ConnectResponse(welcome=self._welcome(attached))

    async def read(self, requests: AsyncIterator[pb.ConnectRequest]) -> None:
        """Reads messages and begins what they ask, until there are no more."""
        try:
            while True:
                await self.outgoing.room()
                message = await anext(requests, None)
                if message is None:
                    return self.outgoing.close()
                self.outgoing.put(await self._take(message))
                del message  # the next may be long in coming
        except Exception as error:  # noqa: BLE001 - it ends the stream, which answers with it
            self.outgoing.end(error)

    def grant(self, window: Window) -> None:
        """Changes what the host may have on the way, and tells it."""
        if window != self._window:
            self._window = window
            self._own.change(window.bytes)
            self.outgoing.push("credits", encoding.encode_credits(window))

    def tell(self, order: Order) -> None:
        """Sends a directive, if the host heeds them."""
        if order.kind is Kind.TERMINATE and not order.platform:
            self.sessions.discard(order.session_id)
        if DIRECTIVES in self._arrival.capabilities:
            directive = pb.ConnectResponse(directive=encoding.encode_order(order))
            self.outgoing.push((*order.subject, order.kind), directive)

    async def _take(self, message: pb.ConnectRequest) -> Awaitable[pb.ConnectResponse]:
        """Begins what a message asks. Batches and heartbeats join the next commit; the rest waits for the batches
        before it."""
        kind = message.WhichOneof("message") or ""
        if kind == "batch":
            return await self._batch(message)
        if kind == "heartbeat":
            return self._heartbeat()
        if self._committing:
            await asyncio.wait(self._committing)
        return _ready(await self._answer(kind, message))

    async def _answer(self, kind: str, message: pb.ConnectRequest) -> pb.ConnectResponse:
        refusal = messages.ill_formed(message)
        if refusal is None and kind not in self._steps:
            refusal = messages.SECOND_HELLO if kind == "hello" else messages.EMPTY_MESSAGE
        try:
            if refusal is not None:
                raise Refused(refusal)
            return await self._steps[kind](message)
        except Refused as error:
            return encoding.encode_refusal(error.view, messages.inner(message))
        except ServiceError as error:
            if isinstance(error, Unavailable | Unauthenticated | TakenOver):
                raise  # not about this message
            return encoding.encode_refusal(_refusal_of(error), messages.inner(message))

    async def _batch(self, message: pb.ConnectRequest) -> Awaitable[pb.ConnectResponse]:
        """The bytes of a batch count from its arrival until it is committed or refused."""
        size = message.ByteSize()
        self._shared.crediting.delivers(self, time.monotonic())
        await self._own.acquire(size)
        try:
            await self._shared.budget.acquire(size)
        except asyncio.CancelledError:
            self._own.release(size)
            raise
        try:
            write = await rpc.blocking(messages.decode_batch, message, self._caller, self._rules.max_batch_postings)
        except BaseException as error:
            self._settled(size)
            if isinstance(error, Refused):
                return _ready(encoding.encode_refusal(error.view, messages.inner(message)))
            raise
        committing = self._shared.batches.submit(write)
        self._committing.add(committing)
        committing.add_done_callback(self._committing.discard)
        committing.add_done_callback(lambda _: self._settled(size))
        named = pb.PostingBatch(session_id=message.batch.session_id, sequence=write.sequence, platform=write.platform)
        return _acknowledgement(committing, named)

    def _settled(self, size: int) -> None:
        self._own.release(size)
        self._shared.budget.release(size)

    def _heartbeat(self) -> Awaitable[pb.ConnectResponse]:
        assert self.held is not None
        working = frozenset(UUID(session_id) for session_id in self.sessions)
        return _alive(self._shared.beats.submit(Beat(self.held, working)))

    async def _claim(self, message: pb.ConnectRequest) -> pb.ConnectResponse:
        claim = message.claim
        claimed = await rpc.blocking(
            self._shared.claims.claim,
            self._caller,
            claim_id=UUID(claim.claim_id),
            host_name=self._arrival.host_name,
            platforms=list(claim.platforms),
            most=claim.max_assignments,
            transport=Transport.STREAM,
            can_lease=LEASES in self._arrival.capabilities,
            stream=self.held,
        )
        self.sessions.update(str(assignment.session_id) for assignment in claimed.assignments)
        return encoding.encode_claimed(claim.claim_id, claimed, self._rules.claim_retry_seconds)

    async def _report(self, message: pb.ConnectRequest) -> pb.ConnectResponse:
        told = message.report
        report = Report(
            session_id=UUID(told.session_id),
            fencing_token=told.fencing_token,
            platform=told.platform,
            outcome=RunState(told.outcome),
            failure_reason=told.failure_reason,
            message=told.message,
            batches=told.batches if told.HasField("batches") else None,
        )
        await rpc.blocking(self._fleet.report, self._caller, report)
        return pb.ConnectResponse(report=pb.ReportAcknowledgement(session_id=told.session_id, platform=told.platform))

    async def _finish(self, message: pb.ConnectRequest) -> pb.ConnectResponse:
        told = message.finish
        state = await rpc.blocking(
            self._fleet.finish,
            self._caller,
            session_id=UUID(told.session_id),
            fencing_token=told.fencing_token,
        )
        return self._finished(told.session_id, state)

    async def _abandon(self, message: pb.ConnectRequest) -> pb.ConnectResponse:
        told = message.abandon
        state = await rpc.blocking(
            self._fleet.abandon,
            self._caller,
            session_id=UUID(told.session_id),
            fencing_token=told.fencing_token,
            failure_reason=told.failure_reason,
            message=told.message,
        )
        return self._finished(told.session_id, state)

    async def _lease_request(self, message: pb.ConnectRequest) -> pb.ConnectResponse:
        told = message.lease_request
        lease = await rpc.blocking(
            self._shared.claims.lease,
            self._caller,
            session_id=UUID(told.session_id),
            fencing_token=told.fencing_token,
            platform=told.platform,
        )
        return encoding.encode_leased(lease)

    async def _lease(self, message: pb.ConnectRequest) -> pb.ConnectResponse:
        told = message.lease
        standing = await rpc.blocking(take_report, self._shared.credentials, self._caller, told)
        return encoding.encode_lease_standing(told.credential_id, standing)

    def _finished(self, session_id: str, state: int) -> pb.ConnectResponse:
        """The host is through with the session: how it ends is no news to it."""
        self.sessions.discard(session_id)
        said = session_pb2.SessionState.ValueType(state)
        return pb.ConnectResponse(finish=pb.FinishAcknowledgement(session_id=session_id, state=said))

    def _welcome(self, attached: Attached) -> pb.Welcome:
        heeds = DIRECTIVES in self._arrival.capabilities
        leases = attached.leases if LEASES in self._arrival.capabilities else {}
        opened = [
            encoding.encode_open_session(each, leases.get(each.assignment.session_id, ()))
            for each in attached.open_sessions
        ]
        return pb.Welcome(
            platforms=attached.platforms,
            open_sessions=opened,
            heartbeat_seconds=self._rules.heartbeat_seconds,
            max_batch_postings=self._rules.max_batch_postings,
            window=self._window.batches,
            window_bytes=self._window.bytes,
            protocol=self._arrival.protocol,
            capabilities=self._arrival.capabilities,
            directives=map(encoding.encode_order, self.told.values()) if heeds else (),
            late_batch_hours=self._rules.late_batch_hours,
        )


async def _ready(answer: pb.ConnectResponse) -> pb.ConnectResponse:
    return answer


async def _alive(beating: asyncio.Future[bool]) -> pb.ConnectResponse:
    if not await asyncio.shield(beating):
        raise TakenOver
    return pb.ConnectResponse(heartbeat=pb.HeartbeatAnswer())


async def _acknowledgement(
    committing: asyncio.Future[Acknowledged | RefusalView], named: pb.PostingBatch
) -> pb.ConnectResponse:
    verdict = await asyncio.shield(committing)
    if isinstance(verdict, RefusalView):
        return encoding.encode_refusal(verdict, named)
    return pb.ConnectResponse(acknowledgement=pb.BatchAcknowledgement.FromString(verdict.acknowledgement))


def _refusal_of(error: ServiceError) -> RefusalView:
    return RefusalView(error.reason, error.message, field=error.violations[0].field if error.violations else "")
