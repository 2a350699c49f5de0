"""One connection's work: sessions to go on with, spools of ended ones, claims, signs of life."""

from __future__ import annotations

import asyncio
import contextlib

from blacklight.scraper.v1.fleet_service_pb2 import Assignment, ConnectRequest, Heartbeat, Welcome

from blacklight_fleethost.causes import leaves
from blacklight_fleethost.claims import Claims
from blacklight_fleethost.delivery import Delivery
from blacklight_fleethost.events import HostEventKind
from blacklight_fleethost.link import HostRefused, LeaseStarved, LinkLost
from blacklight_fleethost.reader import PlatformFailed
from blacklight_fleethost.served import served
from blacklight_fleethost.session_work import SessionWork
from blacklight_fleethost.tools import Tools


class Shift:
    """The work of a host while one connection lasts."""

    def __init__(self, tools: Tools, welcome: Welcome, claims: Claims, draining: asyncio.Event) -> None:
        self._tools = tools
        self._welcome = welcome
        self._claims = claims
        self._draining = draining
        self._changed = asyncio.Event()
        self._busy: dict[asyncio.Task[None], Assignment] = {}
        self._worked = False

    def wake(self) -> None:
        """Something that claims depend on has changed."""
        self._changed.set()

    async def work(self, once: bool) -> None:
        """Until drained; with `once` until nothing is open and nothing to claim.

        Raises LinkLost, HostRefused, TakenOver, and with `once` LeaseStarved.
        """
        beating = asyncio.create_task(self._beat())
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._deliver_late())
                tasks.create_task(self._tell_left_out())
                for each in self._welcome.open_sessions:
                    reported = frozenset(each.reported_platforms)
                    self._start(tasks, each.assignment, each.last_acknowledged_sequence, reported)
                await self._claim_until_done(tasks, once)
        except* (LinkLost, HostRefused, LeaseStarved) as broken:
            # What the platform decided weighs more than a stream that broke over it.
            found = leaves(broken)
            raise next((error for error in found if isinstance(error, HostRefused)), found[0]) from broken
        finally:
            beating.cancel()
            await asyncio.gather(beating, return_exceptions=True)

    async def deliver(self) -> None:
        """Only sends what is spooled; nothing is claimed or read. Raises LinkLost, HostRefused and TakenOver."""
        for each in self._welcome.open_sessions:
            assignment = each.assignment
            spool = self._tools.kept.spool
            spool.resume(assignment.session_id, assignment.fencing_token, each.last_acknowledged_sequence)
            await Delivery(self._tools, assignment.session_id, assignment.fencing_token).send_spooled()
        await self._deliver_late()

    async def _deliver_late(self) -> None:
        """Batches of sessions that ended without us: the platform takes them for a day (F-15)."""
        open_ones = {each.assignment.session_id for each in self._welcome.open_sessions}
        for session_id, fencing_token in self._tools.kept.spool.sessions().items():
            if session_id not in open_ones:
                await Delivery(self._tools, session_id, fencing_token).send_late()

    async def _claim_until_done(self, tasks: asyncio.TaskGroup, once: bool) -> None:
        while True:
            retry, starved = self._tools.kept.cooldowns.seconds_to_next(), False
            self._changed.clear()
            if free := await self._free():
                answer = await self._claims.ask(self._tools, free)
                if self._start_all(tasks, answer.assignments):
                    continue
                starved = answer.starved
                retry = min(answer.retry_seconds or 1.0, retry or answer.retry_seconds or 1.0)
            if not self._busy and (once or self._is_draining()):
                if starved and not self._worked:
                    raise LeaseStarved("there is work, and no account is free for any of it")
                return
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(retry):
                    await self._changed.wait()

    async def _free(self) -> list[str]:
        if self._is_draining():
            return []
        busy = frozenset(name for assignment in self._busy.values() for name in assignment.platforms)
        return await self._claims.free(self._tools, self._welcome.platforms, busy)

    def _is_draining(self) -> bool:
        return self._draining.is_set() or self._tools.kept.standing.draining

    def _start_all(self, tasks: asyncio.TaskGroup, assignments: tuple[Assignment, ...]) -> bool:
        """Starts what is not at work yet: an answer given again may name sessions that the Welcome named."""
        at_work = {assignment.session_id for assignment in self._busy.values()}
        new = [assignment for assignment in assignments if assignment.session_id not in at_work]
        for assignment in new:
            self._start(tasks, assignment, 0, frozenset())
        return bool(new)

    def _start(
        self, tasks: asyncio.TaskGroup, assignment: Assignment, last_acknowledged: int, reported: frozenset[str]
    ) -> None:
        self._worked = True
        self._tools.tell(
            HostEventKind.RESUMED if last_acknowledged or reported else HostEventKind.CLAIMED,
            session_id=assignment.session_id,
            role_name=assignment.role_name,
            message=", ".join(assignment.platforms),
        )
        task = tasks.create_task(SessionWork(self._tools, assignment, last_acknowledged, reported).run())
        self._busy[task] = assignment

        def ended(done: asyncio.Task[None]) -> None:
            self._busy.pop(done, None)
            self.wake()

        task.add_done_callback(ended)

    async def _tell_left_out(self) -> None:
        """Postings of a board that the key does not allow, or that is switched off, are not read: say so."""
        with contextlib.suppress(PlatformFailed):  # claiming tells of it
            missing = (await served(self._tools.reader) or frozenset()) - set(self._welcome.platforms)
            if missing:
                said = f"this key does not allow the platform or it is off: {', '.join(sorted(missing))}"
                self._tools.tell(HostEventKind.NOT_READ, message=said)

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(self._welcome.heartbeat_seconds / 2)
            await self._tools.link.ask(ConnectRequest(heartbeat=Heartbeat()))
            for account in [each for each in self._tools.accounts if each.held]:
                await account.alive()
