"""Working one session: what is spooled first, then each board, then the end."""

from __future__ import annotations

import asyncio

from blacklight.scraper.v1 import session_pb2
from blacklight.scraper.v1.fleet_service_pb2 import AbandonSession, Assignment, ConnectRequest, FinishSession

from blacklight_fleethost.board_work import BoardWork
from blacklight_fleethost.causes import leaves
from blacklight_fleethost.delivery import Delivery, SessionLost
from blacklight_fleethost.events import HostEventKind
from blacklight_fleethost.leases import HeldAccount
from blacklight_fleethost.tools import Tools


class SessionWork:
    """One session of one connection."""

    def __init__(self, tools: Tools, assignment: Assignment, last_acknowledged: int, reported: frozenset[str]) -> None:
        self._tools = tools
        self._assignment = assignment
        self._reported = reported
        self._delivery = Delivery(tools, assignment.session_id, assignment.fencing_token)
        self._accounts = {lease.platform: HeldAccount(tools.link, lease) for lease in assignment.leases}
        tools.accounts.update(self._accounts.values())
        tools.kept.spool.resume(assignment.session_id, assignment.fencing_token, last_acknowledged)

    async def run(self) -> None:
        """Works the session to its end. Raises LinkLost and TakenOver; a lost session is given up.

        Whatever happens, the accounts are given back (F-22).
        """
        try:
            await self._delivery.send_spooled()
            async with asyncio.TaskGroup() as boards:
                for platform in self._assignment.platforms:
                    if platform not in self._reported:
                        board = BoardWork(self._tools, self._assignment, platform, self._delivery, self._accounts)
                        boards.create_task(board.run())
            await self._end()
        except* SessionLost as lost:
            await self._give_up(leaves(lost)[0])
        finally:
            for account in self._accounts.values():
                self._tools.accounts.discard(account)
                await account.release()

    async def _end(self) -> None:
        """Finishes, unless the platform has ended the session; what a stopped board left in the spool goes late."""
        ended = self._tools.kept.standing.session_ended(self._assignment.session_id)
        if not ended:
            finish = FinishSession(session_id=self._assignment.session_id, fencing_token=self._assignment.fencing_token)
            self._delivery.check(await self._tools.link.ask(ConnectRequest(finish=finish)))
        await self._delivery.send_late()
        self._tools.kept.out_of_step.pop(self._assignment.session_id, None)
        self._tell(HostEventKind.SESSION_ENDED if ended else HostEventKind.SESSION_FINISHED)

    async def _give_up(self, lost: BaseException) -> None:
        """The session is abandoned, as far as the platform still listens; what it does not take is set aside."""
        self._tell(HostEventKind.SESSION_LOST, str(lost))
        self._delivery.set_all_aside(str(lost).partition(":")[0])
        abandon = AbandonSession(
            session_id=self._assignment.session_id,
            fencing_token=self._assignment.fencing_token,
            failure_reason=session_pb2.FAILURE_REASON_UNKNOWN,
            message=str(lost)[:1000],
        )
        await self._tools.link.ask(ConnectRequest(abandon=abandon))
        self._tools.kept.spool.forget(self._assignment.session_id)

    def _tell(self, kind: HostEventKind, message: str = "") -> None:
        self._tools.tell(
            kind, session_id=self._assignment.session_id, role_name=self._assignment.role_name, message=message
        )
