"""FleetService: one long-lived stream a host."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from uuid import UUID

from blacklight.matching.v1.posting_pb2 import PostingDrafts
from blacklight.scraper.v1 import fleet_service_pb2 as pb
from blacklight.scraper.v1 import session_pb2
from blacklight_servicekit import logs, rpc
from blacklight_servicekit.caller import Caller
from blacklight_servicekit.errors import Conflict
from blacklight_servicekit.validation import violations
from google.protobuf.message import DecodeError

from blacklight_scraper.fleet.group_commit import GroupCommit
from blacklight_scraper.fleet.outgoing import Outgoing
from blacklight_scraper.fleet.service import Attached, Fleet, is_outage
from blacklight_scraper.fleet.verdicts import Acknowledged, BatchWrite
from blacklight_scraper.intake.boundary import refusals
from blacklight_scraper.sessions.refusals import RefusalView, Refused
from blacklight_scraper.sessions.reports import Report
from blacklight_scraper.sessions.states import AssignmentView, RunState

log = logs.get(__name__)
GROUP_BATCHES = 64
GROUP_BYTES = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class StreamRules:
    """What a host is told on connecting, and held to."""

    heartbeat_seconds: int
    max_batch_postings: int
    window: int
    claim_retry_seconds: int


class FleetServicer:
    """The scraper hosts' side of the platform. Batches of all streams share their commits."""

    service = pb.DESCRIPTOR.services_by_name["FleetService"]

    def __init__(self, fleet: Fleet, rules: StreamRules) -> None:
        self.fleet = fleet
        self.rules = rules
        self.batches: GroupCommit[BatchWrite, Acknowledged | RefusalView] = GroupCommit(
            self._store,
            most_items=GROUP_BATCHES,
            most_weight=GROUP_BYTES,
            weigh=lambda write: len(write.payload),
            is_outage=is_outage,
        )
        self._streams: dict[tuple[str, str], HostStream] = {}

    async def Connect(
        self, messages: AsyncIterator[pb.ConnectRequest], caller: Caller
    ) -> AsyncIterator[pb.ConnectResponse]:
        """A host's stream, until the host ends it, its key is revoked, or a newer stream takes over."""
        first = await anext(messages, None)
        if first is None:
            return
        refusal = _ill_formed(first) if first.HasField("hello") else _HELLO_EXPECTED
        if refusal is not None:
            yield _refuse(refusal)
            return
        stream = HostStream(self, caller, first.hello.host_name)
        place = (caller.id, first.hello.host_name)
        if (older := self._streams.get(place)) is not None:
            older.outgoing.end(Conflict("a newer stream of this key and host name has taken over", reason="TAKEN_OVER"))
        self._streams[place] = stream
        log.info("fleet.connected", api_key_id=caller.id, agent_version=first.hello.agent_version)
        try:
            async for answer in stream.run(messages):
                yield answer
        finally:
            if self._streams.get(place) is stream:
                del self._streams[place]

    async def _store(self, writes: Sequence[BatchWrite]) -> list[Acknowledged | RefusalView]:
        return await rpc.blocking(self.fleet.store_batches, writes)


class HostStream:
    """One stream: answers every message in order, and reads no further than the window allows."""

    def __init__(self, servicer: FleetServicer, caller: Caller, host_name: str) -> None:
        self._fleet = servicer.fleet
        self._rules = servicer.rules
        self._batches = servicer.batches
        self._caller = caller
        self._host_name = host_name
        self._committing: set[asyncio.Future[Acknowledged | RefusalView]] = set()
        self.outgoing: Outgoing[pb.ConnectResponse] = Outgoing(servicer.rules.window)

    async def run(self, messages: AsyncIterator[pb.ConnectRequest]) -> AsyncIterator[pb.ConnectResponse]:
        """The answers, the welcome first."""
        attached = await rpc.blocking(self._fleet.attach, self._caller, host_name=self._host_name)
        yield _welcome(attached, self._rules)
        reading = asyncio.create_task(self._read(messages))
        try:
            async for answer in self.outgoing.answers():
                yield answer
        finally:
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)

    async def _read(self, messages: AsyncIterator[pb.ConnectRequest]) -> None:
        try:
            while True:
                await self.outgoing.room()
                message = await anext(messages, None)
                if message is None:
                    return self.outgoing.close()
                self.outgoing.put(await self._take(message))
        except Exception as error:  # noqa: BLE001 - it ends the stream, which answers with it
            self.outgoing.end(error)

    async def _take(self, message: pb.ConnectRequest) -> Awaitable[pb.ConnectResponse]:
        """Begins what a message asks. Batches are only queued; the rest waits for the batches before it."""
        kind = message.WhichOneof("message")
        if kind == "batch":
            return await self._batch(message)
        if self._committing:
            await asyncio.wait(self._committing)
        return _ready(await self._answer(kind, message))

    async def _answer(self, kind: str | None, message: pb.ConnectRequest) -> pb.ConnectResponse:
        if (refusal := _ill_formed(message)) is not None:
            return _refuse(refusal)
        steps: dict[str | None, Callable[[pb.ConnectRequest], Awaitable[pb.ConnectResponse]]] = {
            "claim": self._claim,
            "heartbeat": self._heartbeat,
            "report": self._report,
            "finish": self._finish,
        }
        step = steps.get(kind)
        if step is None:
            return _refuse(_SECOND_HELLO if kind == "hello" else _EMPTY_MESSAGE)
        try:
            return await step(message)
        except Refused as error:
            return _refuse(error.view)

    async def _batch(self, message: pb.ConnectRequest) -> Awaitable[pb.ConnectResponse]:
        try:
            write = await rpc.blocking(decode_batch, message, self._caller, self._rules.max_batch_postings)
        except Refused as error:
            return _ready(_refuse(error.view))
        committing = self._batches.submit(write)
        self._committing.add(committing)
        committing.add_done_callback(self._committing.discard)
        return _acknowledgement(committing)

    async def _claim(self, message: pb.ConnectRequest) -> pb.ConnectResponse:
        claim = message.claim
        assignment = await rpc.blocking(
            self._fleet.claim,
            self._caller,
            host_name=self._host_name,
            claim_id=UUID(claim.claim_id),
            platforms=list(claim.platforms),
        )
        if assignment is None:
            retry = self._rules.claim_retry_seconds
            nothing = pb.NothingToClaim(claim_id=claim.claim_id, retry_after_seconds=retry)
            return pb.ConnectResponse(nothing=nothing)
        given = pb.Assignments(claim_id=claim.claim_id, assignments=[_assignment(assignment)])
        return pb.ConnectResponse(assignments=given)

    async def _heartbeat(self, message: pb.ConnectRequest) -> pb.ConnectResponse:
        await rpc.blocking(self._fleet.heartbeat, self._caller, host_name=self._host_name)
        return pb.ConnectResponse(heartbeat=pb.HeartbeatAnswer())

    async def _report(self, message: pb.ConnectRequest) -> pb.ConnectResponse:
        told = message.report
        report = Report(
            session_id=UUID(told.session_id),
            fencing_token=told.fencing_token,
            platform=told.platform,
            outcome=RunState(told.outcome),
            failure_reason=told.failure_reason,
            message=told.message,
        )
        await rpc.blocking(self._fleet.report, self._caller, report)
        taken = pb.ReportAcknowledgement(session_id=told.session_id, platform=told.platform)
        return pb.ConnectResponse(report=taken)

    async def _finish(self, message: pb.ConnectRequest) -> pb.ConnectResponse:
        told = message.finish
        state = await rpc.blocking(
            self._fleet.finish,
            self._caller,
            session_id=UUID(told.session_id),
            fencing_token=told.fencing_token,
        )
        taken = pb.FinishAcknowledgement(session_id=told.session_id, state=session_pb2.SessionState.ValueType(state))
        return pb.ConnectResponse(finish=taken)


_HELLO_EXPECTED = RefusalView("HELLO_EXPECTED", "the first message must be a hello; connect again with one")
_SECOND_HELLO = RefusalView("HELLO_REPEATED", "a hello is sent once, first", field="hello")
_EMPTY_MESSAGE = RefusalView("EMPTY_MESSAGE", "the message holds nothing this server knows", field="message")


def decode_batch(message: pb.ConnectRequest, caller: Caller, most: int) -> BatchWrite:
    """A batch, checked as far as it goes without the database: each posting by itself (F-09).

    A posting at fault is refused by its place in the batch, and the others are taken. Raises Refused for the whole.
    """
    batch = message.batch
    if (refusal := _ill_formed(message)) is not None:
        raise Refused(refusal)
    if hashlib.sha256(batch.drafts).digest() != batch.sha256:
        raise Refused(_of_batch(batch, "CHECKSUM_MISMATCH", "sha256 is not that of drafts; send it again", "sha256"))
    try:
        parsed = PostingDrafts.FromString(batch.drafts)
    except DecodeError as error:
        said = "drafts is no serialised blacklight.matching.v1.PostingDrafts"
        raise Refused(_of_batch(batch, "UNREADABLE_DRAFTS", said, "drafts")) from error
    drafts = parsed.postings
    if not 1 <= len(drafts) <= most:
        said = f"a batch holds 1 to {most} postings, this one {len(drafts)}"
        raise Refused(_of_batch(batch, "BATCH_SIZE", said, "drafts"))
    refused = refusals(parsed)
    acknowledgement = pb.BatchAcknowledgement(
        session_id=batch.session_id,
        sequence=batch.sequence,
        accepted=len(drafts) - len(refused),
        refused=refused,
    )
    return BatchWrite(
        api_key_id=UUID(caller.id),
        session_id=UUID(batch.session_id),
        fencing_token=batch.fencing_token,
        sequence=batch.sequence,
        platform=batch.platform,
        payload=batch.drafts,
        sha256=batch.sha256,
        received=len(drafts),
        accepted=len(drafts) - len(refused),
        acknowledgement=acknowledgement.SerializeToString(),
    )


def _of_batch(batch: pb.PostingBatch, reason: str, message: str, field: str) -> RefusalView:
    return RefusalView(reason, message, field=field, session_id=batch.session_id, sequence=batch.sequence)


def _ill_formed(message: pb.ConnectRequest) -> RefusalView | None:
    """What the contract's rules hold against a message, or a NUL in its texts, which no text may hold."""
    kind = message.WhichOneof("message")
    inner = getattr(message, kind) if kind else message
    where = ""
    said = ""
    for found in violations(message):
        where, said = found.field.removeprefix(f"{kind}."), found.description
        break
    else:
        for field, value in inner.ListFields():
            if isinstance(value, str) and "\x00" in value:
                where, said = field.name, "must not hold a NUL character"
    if not said:
        return None
    return RefusalView(
        "INVALID_FIELD",
        f"{where}: {said}",
        field=where,
        session_id=getattr(inner, "session_id", ""),
        sequence=getattr(inner, "sequence", 0),
        claim_id=getattr(inner, "claim_id", ""),
    )


async def _ready(answer: pb.ConnectResponse) -> pb.ConnectResponse:
    return answer


async def _acknowledgement(
    committing: asyncio.Future[Acknowledged | RefusalView],
) -> pb.ConnectResponse:
    verdict = await asyncio.shield(committing)
    if isinstance(verdict, RefusalView):
        return _refuse(verdict)
    taken = pb.BatchAcknowledgement.FromString(verdict.acknowledgement)
    return pb.ConnectResponse(acknowledgement=taken)


def _refuse(view: RefusalView) -> pb.ConnectResponse:
    refusal = pb.Refusal(
        reason=view.reason,
        message=view.message,
        field=view.field,
        session_id=view.session_id,
        sequence=view.sequence,
        expected_sequence=view.expected_sequence,
        claim_id=view.claim_id,
    )
    return pb.ConnectResponse(refusal=refusal)


def _assignment(view: AssignmentView) -> pb.Assignment:
    return pb.Assignment(
        claim_id=str(view.claim_id),
        session_id=str(view.session_id),
        fencing_token=view.fencing_token,
        role_id=str(view.role_id),
        role_name=view.role_name,
        aliases=view.aliases,
        platforms=view.platforms,
    )


def _welcome(attached: Attached, rules: StreamRules) -> pb.ConnectResponse:
    welcome = pb.Welcome(
        platforms=attached.platforms,
        open_sessions=[
            pb.OpenSession(
                assignment=_assignment(each.assignment),
                last_acknowledged_sequence=each.last_sequence,
                reported_platforms=each.reported,
            )
            for each in attached.open_sessions
        ],
        heartbeat_seconds=rules.heartbeat_seconds,
        max_batch_postings=rules.max_batch_postings,
        window=rules.window,
    )
    return pb.ConnectResponse(welcome=welcome)
