"""A scraper host: connects, claims roles, works them, and goes on where it was after any cut."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from uuid import uuid4

import grpc
import grpc.aio
from blacklight.scraper.v1.fleet_service_pb2 import (
    Assignment,
    Claim,
    ConnectRequest,
    Heartbeat,
    Hello,
    Welcome,
)

from blacklight_fleethost.causes import leaves
from blacklight_fleethost.events import HostEvent, HostEventKind, Watch, unwatched
from blacklight_fleethost.link import OPTIONS, HostRefused, Link, LinkLost
from blacklight_fleethost.reader import Reader
from blacklight_fleethost.retry import pause
from blacklight_fleethost.session_work import SessionWork, Tools, batch_message
from blacklight_fleethost.spool import Spool

AGENT_VERSION = "blacklight-fleethost 0.1.0"


class FleetHost:
    """A host with one reader. `spool` is its folder (None: in memory, lost with the process)."""

    def __init__(
        self,
        address: str,
        api_key: str,
        name: str,
        reader: Reader,
        *,
        spool: Path | None = None,
        credentials: grpc.ChannelCredentials | None = None,
        watch: Watch = unwatched,
        chance: Callable[[], float] = random.random,
    ) -> None:
        """`credentials` None means plain text, for the same machine only."""
        self._address = address
        self._api_key = api_key
        self._name = name
        self._reader = reader
        self._spool_folder = spool
        self._credentials = credentials
        self._watch = watch
        self._chance = chance
        self._draining = asyncio.Event()
        self._changed = asyncio.Event()
        self._failures = 0

    def drain(self) -> None:
        """Claims nothing more; `run` returns once the open sessions are finished."""
        self._draining.set()
        self._changed.set()

    async def run(self, *, once: bool = False) -> None:
        """Works until drained; with `once` until there is nothing to claim and no session open.

        Connects again after any cut, later and later. Raises HostRefused, TakenOver and SpoolInUse.
        """
        spool = Spool(self._spool_folder)
        try:
            while True:
                try:
                    return await self._connection(spool, once)
                except LinkLost as lost:
                    self._failures += 1
                    seconds = pause(self._failures, self._chance)
                    self._tell(HostEventKind.RECONNECTING, message=f"{lost}; again in {seconds:.1f} s")
                    if not await self._sleep(seconds):
                        return
        finally:
            spool.close()

    async def _sleep(self, seconds: float) -> bool:
        """False when drained meanwhile: what is open is in the spool, for the next run."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._draining.wait(), seconds)
        return not self._draining.is_set()

    async def _connection(self, spool: Spool, once: bool) -> None:
        async with self._channel() as channel:
            link = Link(channel, self._api_key)
            reading = asyncio.create_task(link.read())
            working = asyncio.create_task(self._shift(link, spool, once))
            try:
                await asyncio.wait({reading, working}, return_when=asyncio.FIRST_COMPLETED)
                if reading.done() and not working.done():
                    reading.result()
                try:
                    await working
                except LinkLost:
                    # The stream's own end says more than what broke because of it.
                    with contextlib.suppress(TimeoutError):
                        await asyncio.wait_for(asyncio.shield(reading), 1)
                    raise
            finally:
                for task in (reading, working):
                    task.cancel()
                await asyncio.gather(reading, working, return_exceptions=True)
                await link.close()

    @contextlib.asynccontextmanager
    async def _channel(self) -> AsyncIterator[grpc.aio.Channel]:
        if self._credentials is None:
            channel = grpc.aio.insecure_channel(self._address, OPTIONS)
        else:
            channel = grpc.aio.secure_channel(self._address, self._credentials, OPTIONS)
        async with channel:
            yield channel

    async def _shift(self, link: Link, spool: Spool, once: bool) -> None:
        """One connection's work."""
        welcome = await self._hello(link)
        self._failures = 0
        tools = Tools(
            self._name,
            link,
            self._reader,
            spool,
            asyncio.Semaphore(welcome.window),
            welcome.max_batch_postings,
            self._watch,
        )
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._shift_work(tasks, tools, welcome, once))
        except* (LinkLost, HostRefused) as broken:
            # What the platform decided weighs more than a stream that broke over it.
            found = leaves(broken)
            raise next((error for error in found if isinstance(error, HostRefused)), found[0]) from broken

    async def _shift_work(self, tasks: asyncio.TaskGroup, tools: Tools, welcome: Welcome, once: bool) -> None:
        beating = asyncio.create_task(self._beat(tools.link, welcome.heartbeat_seconds))
        try:
            await self._send_late(tools, welcome)
            busy: dict[asyncio.Task[None], frozenset[str]] = {}
            for each in welcome.open_sessions:
                self._start(
                    tasks,
                    busy,
                    tools,
                    each.assignment,
                    each.last_acknowledged_sequence,
                    frozenset(each.reported_platforms),
                )
            await self._claim_until_done(tasks, busy, tools, welcome, once)
        finally:
            beating.cancel()
            await asyncio.gather(beating, return_exceptions=True)

    async def _claim_until_done(
        self,
        tasks: asyncio.TaskGroup,
        busy: dict[asyncio.Task[None], frozenset[str]],
        tools: Tools,
        welcome: Welcome,
        once: bool,
    ) -> None:
        while True:
            retry: float | None = None
            self._changed.clear()
            free = [name for name in welcome.platforms if not any(name in held for held in busy.values())]
            if free and not self._draining.is_set():
                claim = Claim(claim_id=str(uuid4()), platforms=free)
                answer = await tools.link.ask(ConnectRequest(claim=claim))
                if answer.HasField("assignment"):
                    self._start(tasks, busy, tools, answer.assignment, 0, frozenset())
                    continue
                self._tell(HostEventKind.NOTHING_TO_CLAIM)
                retry = float(max(1, answer.nothing.retry_after_seconds))
            if not busy and (once or self._draining.is_set()):
                return
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._changed.wait(), retry)

    def _start(
        self,
        tasks: asyncio.TaskGroup,
        busy: dict[asyncio.Task[None], frozenset[str]],
        tools: Tools,
        assignment: Assignment,
        last_acknowledged: int,
        reported: frozenset[str],
    ) -> None:
        kind = HostEventKind.RESUMED if last_acknowledged or reported else HostEventKind.CLAIMED
        self._watch(
            HostEvent(
                kind,
                self._name,
                session_id=assignment.session_id,
                role_name=assignment.role_name,
                message=", ".join(assignment.platforms),
            )
        )
        work = SessionWork(tools, assignment, last_acknowledged, reported)
        task = tasks.create_task(work.run())
        busy[task] = frozenset(assignment.platforms)

        def ended(done: asyncio.Task[None]) -> None:
            busy.pop(done, None)
            self._changed.set()

        task.add_done_callback(ended)

    async def _hello(self, link: Link) -> Welcome:
        hello = Hello(host_name=self._name, agent_version=AGENT_VERSION)
        answer = await link.ask(ConnectRequest(hello=hello))
        if not answer.HasField("welcome"):
            raise HostRefused(f"the platform refused the hello: {answer.refusal.reason}: {answer.refusal.message}")
        self._tell(HostEventKind.CONNECTED, message=", ".join(answer.welcome.platforms))
        return answer.welcome

    async def _send_late(self, tools: Tools, welcome: Welcome) -> None:
        """Batches of sessions that ended without us: the platform takes them for a day."""
        open_ones = {each.assignment.session_id for each in welcome.open_sessions}
        for session_id, fencing_token in tools.spool.sessions().items():
            if session_id in open_ones:
                continue
            for batch in tools.spool.unacknowledged(session_id):
                answer = await tools.link.ask(batch_message(batch, fencing_token))
                if answer.HasField("refusal"):
                    said = f"{answer.refusal.reason}: {answer.refusal.message}"
                    self._tell(HostEventKind.SESSION_LOST, message=said)
                    break
            tools.spool.forget(session_id)

    async def _beat(self, link: Link, seconds: int) -> None:
        while True:
            await asyncio.sleep(seconds / 2)
            await link.ask(ConnectRequest(heartbeat=Heartbeat()))

    def _tell(self, kind: HostEventKind, message: str = "") -> None:
        self._watch(HostEvent(kind, self._name, message=message))
