"""Sessions end here: by their last batch, by the timer or by an administrator, exactly once (H-13, P-32, P-39)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from blacklight_servicekit.caller import Caller
from blacklight_servicekit.clock import Clock
from blacklight_servicekit.database import Database
from blacklight_servicekit.errors import NotFound
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from blacklight_scraper.activity.service import note
from blacklight_scraper.credentials.service import Credentials
from blacklight_scraper.intake.service import BatchIntake
from blacklight_scraper.queue.schedule.service import Schedule
from blacklight_scraper.sessions.models import PlatformRunRow, SessionRow
from blacklight_scraper.sessions.states import (
    HOST_SILENT,
    OPEN,
    TERMINATED,
    RunState,
    SessionState,
    Standing,
    end_state,
    rest_outcome,
)
from blacklight_scraper.sessions.sweeps.service import Sweeps

SHORTEST_WAIT = timedelta(seconds=1)
OVERDUE = 2
OVERDUE_SESSIONS = 200


class ScrapeSessionNotFound(NotFound):
    """No session of that id."""

    def __init__(self, session_id: UUID) -> None:
        super().__init__(f"scrape session {session_id} not found", reason="SCRAPE_SESSION_NOT_FOUND")


class SessionEnds:
    """The ends of sessions. `review`: how often a finishing session looks for its batches without being told."""

    def __init__(
        self,
        database: Database,
        schedule: Schedule,
        sweeps: Sweeps,
        intake: BatchIntake,
        credentials: Credentials,
        clock: Clock,
        review: timedelta,
    ) -> None:
        self._database = database
        self._schedule = schedule
        self._sweeps = sweeps
        self._intake = intake
        self._credentials = credentials
        self._clock = clock
        self._review = review

    # Verbs

    def is_through(self, caller: Caller, *, session_id: UUID) -> bool:
        """Whether a session's host and its batches are: it can end. Raises ScrapeSessionNotFound."""
        with self._database.platform_transaction() as session:
            state = session.scalar(select(SessionRow.state).where(SessionRow.session_id == session_id))
            if state is None:
                raise ScrapeSessionNotFound(session_id)
            return state == SessionState.FINISHING and self._intake.waiting_count(session, session_id) == 0

    def overdue(self, caller: Caller) -> Sequence[UUID]:
        """Open sessions without a sign of life for so long that somebody should have looked; the oldest ones."""
        patience = func.make_interval(0, 0, 0, 0, 0, 0, OVERDUE * SessionRow.liveness_seconds)
        with self._database.platform_transaction() as session:
            return session.scalars(
                select(SessionRow.session_id)
                .where(SessionRow.end_time.is_(None), SessionRow.last_seen_time + patience < self._clock())
                .order_by(SessionRow.last_seen_time)
                .limit(OVERDUE_SESSIONS)
            ).all()

    def review(self, caller: Caller, *, session_id: UUID) -> Standing:
        """Ends the session if it is time; a session that has ended stays as it is (H-13, P-33).

        The session's row is locked before its batches are counted, so that of two last batches settled at once
        neither can hide from the other (P-32). Raises ScrapeSessionNotFound.
        """
        with self._database.platform_transaction() as session:
            row = self.locked(session, session_id)
            state = SessionState(row.state)
            if state not in OPEN:
                return Standing(state, timedelta())
            now = self._clock()
            silent_at = row.last_seen_time + timedelta(seconds=row.liveness_seconds)
            ended = end_state(
                state,
                self._run_states(session, session_id),
                batches_waiting=self._intake.waiting_count(session, session_id),
                silent=now >= silent_at,
            )
            if ended is not None:
                self.end(session, [row], ended, now)
                return Standing(ended, timedelta())
            wait = self._review if state is SessionState.FINISHING else silent_at - now
            return Standing(state, max(wait, SHORTEST_WAIT))

    # Parts

    def locked(self, session: Session, session_id: UUID) -> SessionRow:
        """Part: a session's row, locked. Raises ScrapeSessionNotFound."""
        row = session.scalars(
            select(SessionRow).where(SessionRow.session_id == session_id).with_for_update(key_share=True)
        ).one_or_none()
        if row is None:
            raise ScrapeSessionNotFound(session_id)
        return row

    def end(
        self, session: Session, rows: Sequence[SessionRow], ended: SessionState, now: datetime, reason: str = ""
    ) -> None:
        """Part: everything that ends with these open sessions, whose rows are locked, ends here (P-39, F-21).

        What is not reported has failed; targets, accounts and sweeps are let go. Sessions are locked before targets,
        and both in order, wherever both are: no two transactions wait for each other.
        """
        silent_or_stopped = TERMINATED if ended is SessionState.TERMINATED else HOST_SILENT
        session.execute(
            update(PlatformRunRow)
            .where(
                PlatformRunRow.session_id.in_([row.session_id for row in rows]),
                PlatformRunRow.state == RunState.PENDING,
            )
            .values(state=RunState.FAILED, failure_reason=silent_or_stopped, message=reason, report_time=now)
            .execution_options(synchronize_session=False)
        )
        for row in rows:
            row.state = ended
            row.end_time = now
            row.end_reason = reason
            row.paused = False
        session.flush()
        self._schedule.lock(session, {row.target_id for row in rows})
        for row in rows:
            self._let_go(session, row, now)

    def _let_go(self, session: Session, row: SessionRow, now: datetime) -> None:
        runs = session.execute(
            select(PlatformRunRow.platform, PlatformRunRow.state, PlatformRunRow.failure_reason).where(
                PlatformRunRow.session_id == row.session_id
            )
        )
        outcomes = {run.platform: rest_outcome(RunState(run.state), run.failure_reason) for run in runs}
        self._schedule.release(session, target_id=row.target_id, session_id=row.session_id, outcomes=outcomes, now=now)
        self._credentials.release_of(session, row.session_id, now)
        if row.sweep_id is not None:
            self._sweeps.leave(session, row.sweep_id, row.target_id, now)
        note(
            session,
            "session.ended",
            now,
            session_id=row.session_id,
            api_key_id=row.api_key_id,
            host_name=row.host_name,
            detail={"state": SessionState(row.state).name, "reason": row.end_reason},
        )

    def _run_states(self, session: Session, session_id: UUID) -> list[RunState]:
        found = select(PlatformRunRow.state).where(PlatformRunRow.session_id == session_id)
        return [RunState(state) for state in session.scalars(found)]
