"""Steps of `scrape-session`, and the events that start it and make it look."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from uuid import UUID

from blacklight_servicekit import logs, rpc
from blacklight_servicekit.caller import Caller
from blacklight_servicekit.relay import Event
from blacklight_servicekit.temporal import TemporalClient
from temporalio import activity
from temporalio.service import RPCError

from blacklight_scraper.sessions.ending.service import SessionEnds
from blacklight_scraper.sessions.states import OPEN

WORKFLOW = "scrape-session"
TASK_QUEUE = "scraper"
PROGRESS_SIGNAL = "progress"
log = logs.get(__name__)
_CALLER = Caller.service("scraper", None)


@dataclass(frozen=True)
class ScrapeSessionInput:
    """Which session."""

    session_id: str


@dataclass(frozen=True)
class ScrapeSessionStanding:
    """A session after a review: its state's name, and while it is open the seconds to wait at most."""

    state: str
    open: bool
    wait_seconds: float


class ScrapeSessionActivities:
    """Activities over sessions."""

    def __init__(self, sessions: SessionEnds) -> None:
        self._sessions = sessions

    @activity.defn(name="scrape-session-review")
    def review(self, given: ScrapeSessionInput) -> ScrapeSessionStanding:
        """Ends the session if it is time; idempotent."""
        standing = self._sessions.review(_CALLER, session_id=UUID(given.session_id))
        return ScrapeSessionStanding(standing.state.name, standing.state in OPEN, standing.wait.total_seconds())


class ScrapeSessionEvents:
    """Outbox events about sessions."""

    def __init__(self, sessions: SessionEnds, temporal: TemporalClient) -> None:
        self._sessions = sessions
        self._temporal = temporal

    async def opened(self, event: Event) -> None:
        """A session is open: its workflow starts, once."""
        await self._start(event.payload["session_id"])

    async def progress(self, event: Event) -> None:
        """The host is through with the session: the workflow looks."""
        await self._signal(event.payload["session_id"])

    async def settled(self, event: Event) -> None:
        """A batch is settled; only a finishing session waits for that, and only for its last.

        Finishing and settling each leave an event after their commit, so the last of them sees all.
        """
        session_id = event.payload["session_id"]
        if await rpc.blocking(self._sessions.is_through, _CALLER, session_id=UUID(session_id)):
            await self._signal(session_id)

    async def _start(self, session_id: str) -> None:
        await self._temporal.start(
            WORKFLOW,
            ScrapeSessionInput(session_id),
            id=workflow_id(session_id),
            task_queue=TASK_QUEUE,
        )

    async def _signal(self, session_id: str) -> None:
        """Events come in any order: this one may be ahead of the one that starts the workflow, which looks at once.

        A workflow that has ended is not started again.
        """
        if not await self._temporal.signal(workflow_id(session_id), PROGRESS_SIGNAL):
            await self._start(session_id)


class OverdueSweep:
    """Sees to it that every open session has a workflow, whatever became of the one it had (P-32, F-21)."""

    def __init__(self, sessions: SessionEnds, temporal: TemporalClient, every_seconds: float) -> None:
        self._sessions = sessions
        self._temporal = temporal
        self._every = every_seconds

    async def run(self) -> None:
        """Looks until cancelled."""
        while True:
            try:
                await self.look()
            except (RPCError, RuntimeError) as error:
                # Temporal does not answer; the sessions are still there next time.
                log.warning("scrape_session.sweep_failed", error=type(error).__name__)
            await asyncio.sleep(self._every)

    async def look(self) -> None:
        """Starts a workflow for each overdue session that has none."""
        for session_id in await rpc.blocking(self._sessions.overdue, _CALLER):
            started = await self._temporal.start(
                WORKFLOW,
                ScrapeSessionInput(str(session_id)),
                id=workflow_id(str(session_id)),
                task_queue=TASK_QUEUE,
                reuse=True,
            )
            if started:
                log.warning("scrape_session.workflow_restarted", session_id=str(session_id))


def workflow_id(session_id: str) -> str:
    """The id of a session's workflow."""
    return f"{WORKFLOW}-{session_id}"
