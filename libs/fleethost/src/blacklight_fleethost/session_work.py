"""Working one session: what is spooled first, then each board, then the end."""

from __future__ import annotations

import asyncio
import hashlib
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

from blacklight.matching.v1.posting_pb2 import PostingDraft
from blacklight.scraper.v1 import session_pb2
from blacklight.scraper.v1.fleet_service_pb2 import (
    Assignment,
    ConnectRequest,
    ConnectResponse,
    FinishSession,
    PlatformReport,
    PostingBatch,
    Refusal,
)

from blacklight_fleethost.batching import batches, payload_of, too_large
from blacklight_fleethost.causes import leaves
from blacklight_fleethost.events import HostEvent, HostEventKind, Watch
from blacklight_fleethost.link import Link, LinkLost, TakenOver
from blacklight_fleethost.reader import NothingThere, PlatformFailed, Reader
from blacklight_fleethost.spool import Spool, SpooledBatch, digest_of

AGAIN = ("SEQUENCE_GAP", "CHECKSUM_MISMATCH")
"""Refusals that going on from the platform's last number puts right."""


class SessionLost(Exception):
    """The platform takes nothing more of this session."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(f"{refusal.reason}: {refusal.message}")


@dataclass(frozen=True)
class Tools:
    """What the sessions of one connection share."""

    host: str
    link: Link
    reader: Reader
    spool: Spool
    window: asyncio.Semaphore
    most_postings: int
    watch: Watch


class SessionWork:
    """One session of one connection."""

    def __init__(self, tools: Tools, assignment: Assignment, last_acknowledged: int, reported: frozenset[str]) -> None:
        self._tools = tools
        self._assignment = assignment
        self._reported = set(reported)
        self._order = asyncio.Lock()
        tools.spool.resume(assignment.session_id, assignment.fencing_token, last_acknowledged)

    async def run(self) -> None:
        """Works the session to its end. Raises LinkLost and TakenOver; a lost session is given up."""
        try:
            await self._send_all(self._tools.spool.unacknowledged(self._assignment.session_id))
            async with asyncio.TaskGroup() as boards:
                for platform in self._assignment.platforms:
                    if platform not in self._reported:
                        boards.create_task(self._board(platform))
            await self._finish()
        except* SessionLost as lost:
            await self._give_up(leaves(lost)[0])

    async def _board(self, platform: str) -> None:
        sent_before = self._tools.spool.sent(self._assignment.session_id, platform)
        sent = sum(sent_before.values())
        outcome, reason, message = session_pb2.PLATFORM_RUN_STATE_COMPLETED, session_pb2.FailureReason.ValueType(0), ""
        waiting: list[Awaitable[None]] = []
        try:
            async for drafts in batches(self._unsent(platform, sent_before), self._tools.most_postings):
                waiting.append(await self._send_new(platform, drafts))
                sent += len(drafts)
        except NothingThere:
            outcome = session_pb2.PLATFORM_RUN_STATE_EMPTY_CONFIRMED
        except PlatformFailed as failed:
            outcome, reason, message = session_pb2.PLATFORM_RUN_STATE_FAILED, failed.reason, failed.message[:1000]
        for acknowledged in waiting:
            await acknowledged
        if outcome == session_pb2.PLATFORM_RUN_STATE_COMPLETED and not sent:
            outcome = session_pb2.PLATFORM_RUN_STATE_EMPTY_UNCONFIRMED
        await self._report(platform, outcome, reason, message)

    async def _unsent(self, platform: str, sent_before: Counter[bytes]) -> AsyncIterator[PostingDraft]:
        """What the reader yields, without what was put into batches before a crash."""
        async for draft in self._read(platform):
            digest = digest_of(draft.SerializeToString(deterministic=True))
            if sent_before[digest] > 0:
                sent_before[digest] -= 1
            elif too_large(draft):
                self._tell(HostEventKind.POSTING_DROPPED, platform=platform, message="larger than a batch may be")
            else:
                yield draft

    async def _read(self, platform: str) -> AsyncIterator[PostingDraft]:
        """The reader's postings; what goes wrong inside it is that board's failure and stops nothing else."""
        try:
            async for draft in self._tools.reader.read(self._assignment, platform):
                yield draft
        except (NothingThere, PlatformFailed):
            raise
        except Exception as error:
            said = f"the reader broke: {type(error).__name__}"
            raise PlatformFailed(session_pb2.FAILURE_REASON_UNKNOWN, said) from error

    async def _send_new(self, platform: str, drafts: list[PostingDraft]) -> Awaitable[None]:
        """Spools a batch and sends it, in the order of the numbers; the result ends when it is acknowledged."""
        await self._tools.window.acquire()
        async with self._order:
            batch = self._tools.spool.add(
                self._assignment.session_id,
                platform,
                payload_of(drafts),
                [draft.SerializeToString(deterministic=True) for draft in drafts],
            )
            return await self._post(batch)

    async def _send_all(self, spooled: list[SpooledBatch]) -> None:
        waiting = []
        for batch in spooled:
            await self._tools.window.acquire()
            waiting.append(await self._post(batch))
        for acknowledged in waiting:
            await acknowledged

    async def _post(self, batch: SpooledBatch) -> asyncio.Task[None]:
        posted = await self._tools.link.post(batch_message(batch, self._assignment.fencing_token))
        posted.add_done_callback(lambda _: self._tools.window.release())
        task = asyncio.create_task(self._acknowledged(batch, posted))
        task.add_done_callback(_seen)
        return task

    async def _acknowledged(self, batch: SpooledBatch, posted: asyncio.Future[ConnectResponse]) -> None:
        answer = await posted
        _check(answer)
        taken = answer.acknowledgement
        self._tools.spool.acknowledged(batch.session_id, batch.sequence)
        for refused in taken.refused:
            said = f"posting {refused.index} of batch {batch.sequence}: {refused.field}: {refused.message}"
            self._tell(HostEventKind.POSTING_REFUSED, platform=batch.platform, message=said)
        self._tell(
            HostEventKind.BATCH_ACKNOWLEDGED,
            platform=batch.platform,
            sequence=batch.sequence,
            accepted=taken.accepted,
            refused=len(taken.refused),
        )

    async def _report(
        self,
        platform: str,
        outcome: session_pb2.PlatformRunState.ValueType,
        reason: session_pb2.FailureReason.ValueType,
        message: str,
    ) -> None:
        report = PlatformReport(
            session_id=self._assignment.session_id,
            fencing_token=self._assignment.fencing_token,
            platform=platform,
            outcome=outcome,
            failure_reason=reason,
            message=message,
        )
        _check(await self._tools.link.ask(ConnectRequest(report=report)))
        self._reported.add(platform)
        said = session_pb2.PlatformRunState.Name(outcome).removeprefix("PLATFORM_RUN_STATE_")
        self._tell(HostEventKind.PLATFORM_REPORTED, platform=platform, message=said)

    async def _finish(self) -> None:
        finish = FinishSession(session_id=self._assignment.session_id, fencing_token=self._assignment.fencing_token)
        _check(await self._tools.link.ask(ConnectRequest(finish=finish)))
        self._tools.spool.forget(self._assignment.session_id)
        self._tell(HostEventKind.SESSION_FINISHED)

    async def _give_up(self, lost: BaseException) -> None:
        """What is left is reported as failed, as far as the platform still listens; the spool lets go of it."""
        self._tell(HostEventKind.SESSION_LOST, message=str(lost))
        self._tools.spool.forget(self._assignment.session_id)
        failed = session_pb2.PLATFORM_RUN_STATE_FAILED
        unknown = session_pb2.FAILURE_REASON_UNKNOWN
        steps: list[Callable[[], Awaitable[None]]] = [
            lambda platform=platform: self._report(platform, failed, unknown, str(lost)[:1000])  # type: ignore[misc]
            for platform in self._assignment.platforms
            if platform not in self._reported
        ]
        for step in [*steps, self._finish]:
            try:
                await step()
            except SessionLost:
                return

    def _tell(self, kind: HostEventKind, **fields: str | int) -> None:
        self._tools.watch(
            HostEvent(
                kind,
                self._tools.host,
                session_id=self._assignment.session_id,
                role_name=self._assignment.role_name,
                **fields,  # type: ignore[arg-type]
            )
        )


def batch_message(batch: SpooledBatch, fencing_token: int) -> ConnectRequest:
    """A spooled batch as a message."""
    return ConnectRequest(
        batch=PostingBatch(
            session_id=batch.session_id,
            fencing_token=fencing_token,
            sequence=batch.sequence,
            platform=batch.platform,
            drafts=batch.drafts,
            sha256=hashlib.sha256(batch.drafts).digest(),
        )
    )


def _check(answer: ConnectResponse) -> None:
    if not answer.HasField("refusal"):
        return
    refusal = answer.refusal
    if refusal.reason == "STALE_FENCING_TOKEN":
        raise TakenOver("another host of the same key and name writes to this session")
    if refusal.reason in AGAIN:
        raise LinkLost(f"out of step: {refusal.reason}")
    raise SessionLost(refusal)


def _seen(task: asyncio.Task[None]) -> None:
    if not task.cancelled():
        task.exception()
