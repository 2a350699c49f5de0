"""A scraper host: connects, works, and goes on where it was after any cut."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import grpc
import grpc.aio
from blacklight.scraper.v1 import fleet_service_pb2
from blacklight.scraper.v1.fleet_service_pb2 import ConnectRequest, ConnectResponse, Hello, Welcome

from blacklight_fleethost.claims import Claims
from blacklight_fleethost.cooldowns import Cooldowns, Rest, rest_seconds
from blacklight_fleethost.events import HostEvent, HostEventKind, Watch, unwatched
from blacklight_fleethost.link import OPTIONS, HostRefused, Link, LinkLost
from blacklight_fleethost.reader import Reader
from blacklight_fleethost.refused import Refused
from blacklight_fleethost.retry import pause
from blacklight_fleethost.shift import Shift
from blacklight_fleethost.spool import Spool
from blacklight_fleethost.state import HostState
from blacklight_fleethost.tools import Kept, Tools
from blacklight_fleethost.window import Window

AGENT_VERSION = "blacklight-fleethost 0.1.0"
PROTOCOL = 1
CAPABILITIES = ("leases", "directives")


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
        rest: Rest = rest_seconds,
    ) -> None:
        """`credentials` None means plain text, for the same machine only; `rest` says how long failed boards rest."""
        self._address = address
        self._api_key = api_key
        self._name = name
        self._reader = reader
        self._spool_folder = spool
        self._credentials = credentials
        self._watch = watch
        self._chance = chance
        self._rest = rest
        self._claims = Claims(chance)
        self._draining = asyncio.Event()
        self._failures = 0
        self._kept: Kept | None = None
        self._shift: Shift | None = None
        self._window = Window(0, 0)

    @property
    def state(self) -> HostState | None:
        """What no event tells; None while the host does not run."""
        if self._kept is None:
            return None
        resting = {name: board.reason for name, board in self._kept.cooldowns.resting().items()}
        return HostState(self._kept.spool.depth(), self._kept.standing.paused, resting)

    def drain(self) -> None:
        """Claims nothing more; `run` returns once the open sessions are finished."""
        self._draining.set()
        self._tell(HostEventKind.DRAINING)
        if self._shift is not None:
            self._shift.wake()

    async def run(self, *, once: bool = False) -> None:
        """Works until drained; with `once` until there is nothing to claim and no session open.

        Connects again after any cut, later and later. Raises HostRefused, TakenOver and SpoolInUse, with `once`
        LeaseStarved.
        """
        with self._open() as kept:
            while True:
                try:
                    return await self._connection(kept, lambda shift: shift.work(once))
                except LinkLost as lost:
                    self._failures += 1
                    seconds = pause(self._failures, self._chance)
                    self._tell(HostEventKind.RECONNECTING, message=f"{lost}; again in {seconds:.1f} s")
                    if not await self._sleep(seconds):
                        return

    async def deliver(self) -> None:
        """Sends what is spooled, over one connection, and reads nothing.

        Raises LinkLost, HostRefused, TakenOver and SpoolInUse.
        """
        with self._open() as kept:
            await self._connection(kept, lambda shift: shift.deliver())

    @contextlib.contextmanager
    def _open(self) -> Iterator[Kept]:
        spool = Spool(self._spool_folder)
        try:
            self._kept = Kept(spool, Refused(self._spool_folder), Cooldowns(self._spool_folder, self._rest))
            yield self._kept
        finally:
            self._kept = None
            spool.close()

    async def _sleep(self, seconds: float) -> bool:
        """False when drained meanwhile: what is open is in the spool, for the next run."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._draining.wait()
        return not self._draining.is_set()

    async def _connection(self, kept: Kept, work: Callable[[Shift], Awaitable[None]]) -> None:
        async with self._channel() as channel:
            link = Link(channel, self._api_key, self._pushed)
            reading = asyncio.create_task(link.read())
            working = asyncio.create_task(self._work(link, kept, work))
            try:
                await asyncio.wait({reading, working}, return_when=asyncio.FIRST_COMPLETED)
                if reading.done() and not working.done():
                    reading.result()
                try:
                    await working
                except LinkLost:
                    # The stream's own end says more than what broke because of it.
                    with contextlib.suppress(TimeoutError):
                        async with asyncio.timeout(1):
                            await asyncio.shield(reading)
                    raise
            finally:
                self._shift = None
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

    async def _work(self, link: Link, kept: Kept, work: Callable[[Shift], Awaitable[None]]) -> None:
        welcome = await self._hello(link)
        self._failures = 0
        kept.standing.begin(welcome.directives)
        self._window = Window(welcome.window, welcome.window_bytes)
        tools = Tools(self._name, link, self._reader, kept, self._window, welcome.max_batch_postings, self._watch)
        self._shift = Shift(tools, welcome, self._claims, self._draining)
        await work(self._shift)

    async def _hello(self, link: Link) -> Welcome:
        hello = Hello(
            host_name=self._name,
            agent_version=AGENT_VERSION,
            oldest_protocol=PROTOCOL,
            newest_protocol=PROTOCOL,
            capabilities=CAPABILITIES,
        )
        answer = await link.ask(ConnectRequest(hello=hello))
        if not answer.HasField("welcome"):
            raise HostRefused(f"the platform refused the hello: {answer.refusal.reason}: {answer.refusal.message}")
        self._tell(HostEventKind.CONNECTED, message=", ".join(answer.welcome.platforms))
        return answer.welcome

    def _pushed(self, message: ConnectResponse) -> None:
        """What the platform says without having been asked; it answers nothing."""
        if message.HasField("credits"):
            self._window.change(message.credits.window, message.credits.window_bytes)
            return
        directive = message.directive
        kind = fleet_service_pb2.DirectiveKind.Name(directive.kind).removeprefix("DIRECTIVE_KIND_").lower()
        said = f"{kind} {directive.message}".strip()
        self._watch(
            HostEvent(HostEventKind.TOLD, self._name, directive.session_id, platform=directive.platform, message=said)
        )
        if self._kept is not None:
            self._kept.standing.heed(directive)
        if self._shift is not None:
            self._shift.wake()

    def _tell(self, kind: HostEventKind, message: str = "") -> None:
        self._watch(HostEvent(kind, self._name, message=message))
