"""Takes committed batches to matching, and their payloads away in time."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import TYPE_CHECKING
from uuid import UUID

import grpc
import grpc.aio
from blacklight.matching.v1 import posting_service_pb2
from blacklight.scraper.v1.fleet_service_pb2 import BatchAcknowledgement
from blacklight_servicekit import logs, rpc
from blacklight_servicekit.caller import Caller
from blacklight_servicekit.clients import Clients
from blacklight_servicekit.relay import DeadLetter, Event

from blacklight_scraper.intake import forwarding
from blacklight_scraper.intake.service import BatchIntake
from blacklight_scraper.intake.states import Outcomes, WaitingBatch

if TYPE_CHECKING:
    pass

log = logs.get(__name__)
_CALLER = Caller.service("scraper", None)
_Code = grpc.StatusCode
IMPORT = "/blacklight.matching.v1.PostingService/ImportPostings"
NEVER_TAKEN = (_Code.INVALID_ARGUMENT, _Code.NOT_FOUND, _Code.FAILED_PRECONDITION)
OUTAGE = (
    _Code.UNAVAILABLE,
    _Code.DEADLINE_EXCEEDED,
    _Code.CANCELLED,
    _Code.RESOURCE_EXHAUSTED,
    _Code.UNAUTHENTICATED,
    _Code.PERMISSION_DENIED,
    _Code.UNIMPLEMENTED,
)
"""Says nothing about the batch: somebody will put matching right."""


AT_ONCE = 4
"""Batches held in memory on their way; matching stores one at a time while it checks the next ones."""


class BatchDelivery:
    """Delivers batches to matching; idempotent by the batch's id on both sides."""

    def __init__(self, intake: BatchIntake, clients: Clients, *, attempts: int, timeout_seconds: float) -> None:
        self._intake = intake
        self._clients = clients
        self._attempts = attempts
        self._timeout = timeout_seconds
        self._room = asyncio.Semaphore(AT_ONCE)

    async def committed(self, event: Event) -> None:
        """A batch is committed: matching imports it, and what it made of each posting is noted.

        Raises while another attempt may help; an outage of any length loses nothing. A batch that is given up is
        accounted for, so that its session ends.
        """
        async with self._room:
            await self._deliver(event, UUID(event.payload["batch_id"]))

    async def _deliver(self, event: Event, batch_id: UUID) -> None:
        batch = await rpc.blocking(self._intake.find_waiting, _CALLER, batch_id=batch_id)
        if batch is None:
            return
        try:
            answer = await self._import(batch)
        except grpc.aio.AioRpcError as error:
            final = error.code() in NEVER_TAKEN
            if not final and event.attempt < self._attempts:
                raise
            if error.code() in OUTAGE:
                return await rpc.blocking(self._intake.begin_again, _CALLER, batch_id=batch_id)
            failure = error.code().name
            await rpc.blocking(self._intake.give_up, _CALLER, batch_id=batch_id, failure=failure)
            raise DeadLetter(f"matching does not take batch {batch_id}: {failure}") from error
        await rpc.blocking(
            self._intake.settle,
            _CALLER,
            batch_id=batch_id,
            outcomes=outcomes_of(answer),
            results=answer.SerializeToString(),
        )

    async def _import(self, batch: WaitingBatch) -> posting_service_pb2.ImportPostingsResponse:
        request = posting_service_pb2.ImportPostingsRequest(
            batch_id=str(batch.batch_id),
            platform=batch.platform,
            role_id=str(batch.role_id),
            session_id=str(batch.session_id),
        )
        refused = {refusal.index for refusal in BatchAcknowledgement.FromString(batch.acknowledgement).refused}
        call: grpc.aio.UnaryUnaryMultiCallable[bytes, posting_service_pb2.ImportPostingsResponse]
        call = self._clients.channel("matching").unary_unary(
            IMPORT, None, posting_service_pb2.ImportPostingsResponse.FromString
        )
        return await call(
            forwarding.serialised(request, batch.payload, refused),
            metadata=self._clients.metadata("matching", None),
            timeout=self._timeout,
        )


class PayloadSweep:
    """Drops payloads past their retention, again and again."""

    def __init__(self, intake: BatchIntake, every_seconds: float) -> None:
        self._intake = intake
        self._every = every_seconds

    async def run(self) -> None:
        """Sweeps until cancelled."""
        while True:
            while dropped := await rpc.blocking(self._intake.drop_payloads, _CALLER):
                log.info("batch.payloads_dropped", batches=dropped)
            await asyncio.sleep(self._every)


def outcomes_of(answer: posting_service_pb2.ImportPostingsResponse) -> Outcomes:
    """How many rows came to what."""
    counts = Counter(result.outcome for result in answer.results)
    return Outcomes(
        new=counts[posting_service_pb2.ROW_OUTCOME_NEW],
        refreshed=counts[posting_service_pb2.ROW_OUTCOME_REFRESHED],
        duplicate=counts[posting_service_pb2.ROW_OUTCOME_DUPLICATE],
        rejected=counts[posting_service_pb2.ROW_OUTCOME_REJECTED],
    )
