"""Sending spooled batches: within the window, each gone from the spool only when acknowledged or set aside."""

from __future__ import annotations

import asyncio
import hashlib

from blacklight.scraper.v1.fleet_service_pb2 import ConnectRequest, ConnectResponse, PostingBatch, Refusal

from blacklight_fleethost.events import HostEventKind
from blacklight_fleethost.link import LinkLost, TakenOver
from blacklight_fleethost.spool import SpooledBatch
from blacklight_fleethost.tools import Tools

AGAIN = ("SEQUENCE_GAP", "CHECKSUM_MISMATCH", "BATCHES_MISSING")
"""Refusals that going on from the platform's last number puts right."""
MOST_AGAIN = 5


class SessionLost(Exception):
    """The platform takes nothing more of this session."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(f"{refusal.reason}: {refusal.message}")


class Delivery:
    """Delivers the batches of one session over one connection."""

    def __init__(self, tools: Tools, session_id: str, fencing_token: int) -> None:
        self._tools = tools
        self._session_id = session_id
        self._fencing_token = fencing_token
        self._order = asyncio.Lock()
        self._waiting: dict[str, list[asyncio.Task[None]]] = {}

    async def send_new(self, platform: str, drafts: bytes, postings: list[bytes]) -> None:
        """Spools a batch and sends it, in the order of the numbers, once the window has room.

        Raises LinkLost, TakenOver and SessionLost, for this batch or for one before it.
        """
        await self._tools.window.acquire(len(drafts))
        try:
            async with self._order:
                batch = self._tools.kept.spool.add(self._session_id, platform, drafts, postings)
                await self._post(batch)
        except BaseException:
            self._tools.window.release(len(drafts))
            raise
        self._still_waiting(platform)

    async def settle(self, platform: str) -> None:
        """Until every batch of a board that is on the way is acknowledged. Raises as `send_new` does."""
        while self._still_waiting(platform):
            await self._waiting[platform][0]

    async def send_spooled(self) -> None:
        """Sends what is spooled of the session and waits until it is acknowledged. Raises as `send_new` does."""
        platforms = set()
        for batch in self._tools.kept.spool.unacknowledged(self._session_id):
            await self._tools.window.acquire(len(batch.drafts))
            await self._post(batch)
            platforms.add(batch.platform)
        for platform in sorted(platforms):
            await self.settle(platform)

    async def send_late(self) -> None:
        """Sends what is spooled of a session that has ended; what is refused is set aside. Raises LinkLost."""
        for batch in self._tools.kept.spool.unacknowledged(self._session_id):
            await self._tools.window.acquire(len(batch.drafts))
            try:
                answer = await self._tools.link.ask(self._message(batch))
            finally:
                self._tools.window.release(len(batch.drafts))
            if answer.HasField("refusal"):
                self._set_aside(batch, answer.refusal.reason)
            else:
                self._took(batch, answer)
        self._tools.kept.spool.forget(self._session_id)

    def set_all_aside(self, reason: str) -> None:
        """Nothing more of the session is taken: what is spooled is set aside."""
        for batch in self._tools.kept.spool.unacknowledged(self._session_id):
            self._set_aside(batch, reason)

    def check(self, answer: ConnectResponse) -> None:
        """Raises LinkLost, TakenOver or SessionLost for a refusal."""
        if not answer.HasField("refusal"):
            return
        refusal = answer.refusal
        if refusal.reason == "STALE_FENCING_TOKEN":
            raise TakenOver("another host of the same key and name writes to this session")
        if refusal.reason in AGAIN:
            self._tools.kept.out_of_step[self._session_id] += 1
            if self._tools.kept.out_of_step[self._session_id] < MOST_AGAIN:
                raise LinkLost(f"out of step: {refusal.reason}")
        raise SessionLost(refusal)

    def _still_waiting(self, platform: str) -> bool:
        """Whether batches of a board are on the way; what went wrong with one that is back is raised."""
        left = []
        for task in self._waiting.get(platform, []):
            if task.done():
                task.result()
            else:
                left.append(task)
        self._waiting[platform] = left
        return bool(left)

    async def _post(self, batch: SpooledBatch) -> None:
        posted = await self._tools.link.post(self._message(batch))
        posted.add_done_callback(lambda _: self._tools.window.release(len(batch.drafts)))
        task = asyncio.create_task(self._acknowledged(batch, posted))
        task.add_done_callback(_seen)
        self._waiting.setdefault(batch.platform, []).append(task)

    async def _acknowledged(self, batch: SpooledBatch, posted: asyncio.Future[ConnectResponse]) -> None:
        answer = await posted
        self.check(answer)
        self._took(batch, answer)

    def _took(self, batch: SpooledBatch, answer: ConnectResponse) -> None:
        taken = answer.acknowledgement
        self._tools.kept.spool.acknowledged(batch.session_id, batch.sequence)
        about = {"session_id": batch.session_id, "platform": batch.platform}
        for refused in taken.refused:
            said = f"posting {refused.index} of batch {batch.sequence}: {refused.field}: {refused.message}"
            self._tools.tell(HostEventKind.POSTING_REFUSED, message=said, **about)
        self._tools.tell(
            HostEventKind.BATCH_ACKNOWLEDGED,
            sequence=batch.sequence,
            accepted=taken.accepted,
            refused=len(taken.refused),
            **about,
        )

    def _set_aside(self, batch: SpooledBatch, reason: str) -> None:
        said = self._tools.kept.refused.keep(batch, reason)
        self._tools.kept.spool.acknowledged(batch.session_id, batch.sequence)
        self._tools.tell(
            HostEventKind.BATCH_SET_ASIDE, session_id=batch.session_id, platform=batch.platform, message=said
        )

    def _message(self, batch: SpooledBatch) -> ConnectRequest:
        return ConnectRequest(
            batch=PostingBatch(
                session_id=batch.session_id,
                fencing_token=self._fencing_token,
                sequence=batch.sequence,
                platform=batch.platform,
                drafts=batch.drafts,
                sha256=hashlib.sha256(batch.drafts).digest(),
            )
        )


def _seen(task: asyncio.Task[None]) -> None:
    if not task.cancelled():
        task.exception()
