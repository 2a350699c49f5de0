"""Scrape sessions: opened by a claim, written by their holder, ended exactly once (spec 3.14, 5.4, 8.9)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from blacklight_servicekit import outbox
from blacklight_servicekit.caller import Caller
from blacklight_servicekit.clock import Clock
from blacklight_servicekit.database import Database
from blacklight_servicekit.errors import NotFound
from blacklight_servicekit.paging import PageRequest
from sqlalchemy import insert, select, text, tuple_, update
from sqlalchemy.orm import Session

from blacklight_scraper.intake.service import BatchIntake
from blacklight_scraper.intake.states import Yield
from blacklight_scraper.queue.service import RoleQueue
from blacklight_scraper.queue.states import TakenRole
from blacklight_scraper.sessions.models import PlatformRunRow, SessionRow, pending_run
from blacklight_scraper.sessions.refusals import (
    Refused,
    bad_report,
    not_all_reported,
    session_ended,
    session_not_found,
    stale_token,
    unknown_platform,
)
from blacklight_scraper.sessions.reports import Report, check_report
from blacklight_scraper.sessions.states import (
    OPEN,
    SUCCESS,
    TIMEOUT_REASON,
    AssignmentView,
    Holding,
    OpenSessionView,
    RunState,
    RunView,
    SessionState,
    SessionView,
    Standing,
    end_state,
)

OPENED = "session.opened"
PROGRESS = "session.progress"
SHORTEST_WAIT = timedelta(seconds=1)
OVERDUE = 2
OVERDUE_SESSIONS = 200


class ScrapeSessionNotFound(NotFound):
    """No session of that id."""

    def __init__(self, session_id: UUID) -> None:
        super().__init__(f"scrape session {session_id} not found", reason="SCRAPE_SESSION_NOT_FOUND")


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a silent host counts as alive, and how often a finishing session looks for its batches."""

    liveness: timedelta
    review: timedelta


class ScrapeSessions:
    """Claims being worked, and those that were."""

    def __init__(
        self, database: Database, queue: RoleQueue, intake: BatchIntake, clock: Clock, patience: Patience
    ) -> None:
        self._database = database
        self._queue = queue
        self._intake = intake
        self._clock = clock
        self._patience = patience

    # Verbs

    def get(self, caller: Caller, *, session_id: UUID) -> SessionView:
        """One session with its counts. Raises ScrapeSessionNotFound."""
        with self._database.platform_transaction() as session:
            row = session.get(SessionRow, session_id)
            if row is None:
                raise ScrapeSessionNotFound(session_id)
            return self._views(session, [row])[0]

    def list_sessions(
        self, caller: Caller, *, page_size: int, page_token: str, state: SessionState | None
    ) -> tuple[list[SessionView], str]:
        """Sessions, newest first."""
        page = PageRequest.of(page_size, page_token, {"list": "sessions", "state": state})
        statement = select(SessionRow).order_by(SessionRow.create_time.desc(), SessionRow.session_id.desc())
        if state is not None:
            statement = statement.where(SessionRow.state == state)
        if page.after is not None:
            statement = statement.where(tuple_(SessionRow.create_time, SessionRow.session_id) < tuple_(*page.after))
        with self._database.platform_transaction() as session:
            found = session.scalars(statement.limit(page.size + 1)).all()
            rows, token = page.cut(found, key=lambda row: (row.create_time, row.session_id))
            return self._views(session, rows), token

    def state_of(self, caller: Caller, *, session_id: UUID) -> SessionState:
        """Where a session stands. Raises ScrapeSessionNotFound."""
        with self._database.platform_transaction() as session:
            state = session.scalar(select(SessionRow.state).where(SessionRow.session_id == session_id))
            if state is None:
                raise ScrapeSessionNotFound(session_id)
            return SessionState(state)

    def overdue(self, caller: Caller) -> Sequence[UUID]:
        """Open sessions without a sign of life for so long that somebody should have looked; the oldest ones."""
        before = self._clock() - OVERDUE * self._patience.liveness
        with self._database.platform_transaction() as session:
            return session.scalars(
                select(SessionRow.session_id)
                .where(SessionRow.end_time.is_(None), SessionRow.last_seen_time < before)
                .order_by(SessionRow.last_seen_time)
                .limit(OVERDUE_SESSIONS)
            ).all()

    def review(self, caller: Caller, *, session_id: UUID) -> Standing:
        """Ends the session if it is time; a session that has ended stays as it is (H-13, P-33).

        The session's row is locked before its batches are counted, so that of two last batches settled at once
        neither can hide from the other (P-32). Raises ScrapeSessionNotFound.
        """
        with self._database.platform_transaction() as session:
            row = self._locked(session, session_id)
            if row is None:
                raise ScrapeSessionNotFound(session_id)
            state = SessionState(row.state)
            if state not in OPEN:
                return Standing(state, timedelta())
            now = self._clock()
            silent_at = row.last_seen_time + self._patience.liveness
            ended = end_state(
                state,
                list(self._runs(session, session_id).values()),
                batches_waiting=self._intake.waiting_count(session, session_id),
                silent=now >= silent_at,
            )
            if ended is not None:
                self._finalise(session, row, ended, now)
                return Standing(ended, timedelta())
            wait = self._patience.review if state is SessionState.FINISHING else silent_at - now
            return Standing(state, max(wait, SHORTEST_WAIT))

    # Parts

    def find_claimed(self, session: Session, *, api_key_id: UUID, claim_id: UUID) -> AssignmentView | None:
        """Part: the assignment that this claim got before; the same claim at the same time waits here (F-01)."""
        session.execute(
            text("SELECT pg_advisory_xact_lock(hashtextextended(:claim, 0))"),
            {"claim": f"{api_key_id}/{claim_id}"},
        )
        row = session.scalars(
            select(SessionRow).where(SessionRow.api_key_id == api_key_id, SessionRow.claim_id == claim_id)
        ).one_or_none()
        return None if row is None else row.assignment()

    def open(
        self,
        session: Session,
        *,
        session_id: UUID,
        api_key_id: UUID,
        host_name: str,
        claim_id: UUID,
        role: TakenRole,
        platforms: Sequence[str],
    ) -> AssignmentView:
        """Part: a session on a role that was taken, its platforms in the order given."""
        now = self._clock()
        row = SessionRow(
            session_id=session_id,
            claim_id=claim_id,
            api_key_id=api_key_id,
            host_name=host_name,
            role_id=role.role_id,
            role_name=role.name,
            aliases=list(role.aliases),
            platforms=list(platforms),
            fencing_token=1,
            last_sequence=0,
            state=SessionState.ACTIVE,
            create_time=now,
            last_seen_time=now,
            target_id=role.target_id,
            claim_index=0,
            location=role.location,
            candidate_query=role.candidate_query,
            transport=1,
            liveness_seconds=int(self._patience.liveness.total_seconds()),
            paused=False,
            touched=False,
            end_reason="",
        )
        session.add(row)
        session.flush()
        session.execute(
            insert(PlatformRunRow),
            [pending_run(session_id, platform) for platform in platforms],
        )
        outbox.add(session, OPENED, {"session_id": str(session_id)}, tenant_id=None)
        return row.assignment()

    def attach(self, session: Session, *, api_key_id: UUID, host_name: str) -> list[OpenSessionView]:
        """Part: hands this host's open sessions to its new stream; older streams' tokens are stale from now on."""
        rows = session.scalars(
            select(SessionRow)
            .where(
                SessionRow.api_key_id == api_key_id,
                SessionRow.host_name == host_name,
                SessionRow.end_time.is_(None),
            )
            .order_by(SessionRow.session_id)
            .with_for_update(key_share=True)
        ).all()
        now = self._clock()
        views = []
        for row in rows:
            row.fencing_token += 1
            row.last_seen_time = now
            runs = self._runs(session, row.session_id)
            reported = tuple(name for name in row.platforms if runs[name] is not RunState.PENDING)
            views.append(OpenSessionView(row.assignment(), row.last_sequence, reported))
        return views

    def touch(self, session: Session, session_ids: Collection[UUID], now: datetime) -> None:
        """Part: these sessions are alive; one statement for all. An ended one stays as it is.

        A session that is being written to has shown life by that, and is not waited for.
        """
        if not session_ids:
            return
        free = (
            select(SessionRow.session_id)
            .where(SessionRow.session_id.in_(sorted(session_ids)), SessionRow.end_time.is_(None))
            .order_by(SessionRow.session_id)
            .with_for_update(key_share=True, skip_locked=True)
        )
        session.execute(
            update(SessionRow)
            .where(SessionRow.session_id.in_(free.scalar_subquery()))
            .values(last_seen_time=now)
            .execution_options(synchronize_session=False)
        )

    def holdings(self, session: Session, session_ids: Collection[UUID]) -> dict[UUID, Holding]:
        """Part: who may write to these sessions and what comes next; locked, in a fixed order."""
        columns = (
            SessionRow.session_id,
            SessionRow.api_key_id,
            SessionRow.role_id,
            SessionRow.fencing_token,
            SessionRow.platforms,
            SessionRow.last_sequence,
            SessionRow.end_time,
        )
        rows = session.execute(
            select(*columns)
            .where(SessionRow.session_id.in_(sorted(set(session_ids))))
            .order_by(SessionRow.session_id)
            .with_for_update(key_share=True)
        )
        return {
            row.session_id: Holding(
                row.api_key_id,
                row.role_id,
                row.fencing_token,
                tuple(row.platforms),
                row.last_sequence,
                row.end_time,
            )
            for row in rows
        }

    def advance(self, session: Session, last_sequences: Mapping[UUID, int], now: datetime) -> None:
        """Part: these sessions' batches are stored up to these numbers."""
        for session_id, last_sequence in sorted(last_sequences.items()):
            session.execute(
                update(SessionRow)
                .where(SessionRow.session_id == session_id)
                .values(last_sequence=last_sequence, last_seen_time=now)
                .execution_options(synchronize_session=False)
            )

    def report(self, session: Session, *, api_key_id: UUID, report: Report) -> None:
        """Part: a platform is done; the same report again changes nothing (H-11). Raises Refused."""
        row = self._held(session, api_key_id, report.session_id, report.fencing_token)
        run = session.get(PlatformRunRow, (report.session_id, report.platform))
        if run is None:
            raise Refused(unknown_platform(report.session_id, report.platform, tuple(row.platforms)))
        if run.state == report.outcome and run.failure_reason == report.failure_reason:
            return
        if row.end_time is not None:
            raise Refused(session_ended(report.session_id))
        if run.state != RunState.PENDING:
            raise Refused(
                bad_report(
                    report.session_id,
                    "ALREADY_REPORTED",
                    "this platform was reported with another outcome, which stands",
                    "platform",
                )
            )
        check_report(report, received=self._intake.received_count(session, row.session_id, report.platform))
        run.state = report.outcome
        run.failure_reason = report.failure_reason
        run.message = report.message
        run.report_time = row.last_seen_time = self._clock()

    def finish(self, session: Session, *, api_key_id: UUID, session_id: UUID, fencing_token: int) -> SessionState:
        """Part: the host is through; the session ends when its batches are settled. Raises Refused."""
        row = self._held(session, api_key_id, session_id, fencing_token)
        if row.state != SessionState.ACTIVE:
            return SessionState(row.state)
        runs = self._runs(session, session_id)
        missing = [name for name in row.platforms if runs[name] is RunState.PENDING]
        if missing:
            raise Refused(not_all_reported(session_id, missing))
        row.state = SessionState.FINISHING
        row.last_seen_time = self._clock()
        outbox.add(session, PROGRESS, {"session_id": str(session_id)}, tenant_id=None)
        return SessionState.FINISHING

    def _held(self, session: Session, api_key_id: UUID, session_id: UUID, fencing_token: int) -> SessionRow:
        row = self._locked(session, session_id)
        if row is None or row.api_key_id != api_key_id:
            raise Refused(session_not_found(session_id))
        if row.fencing_token != fencing_token:
            raise Refused(stale_token(session_id))
        return row

    def _locked(self, session: Session, session_id: UUID) -> SessionRow | None:
        return session.scalars(
            select(SessionRow).where(SessionRow.session_id == session_id).with_for_update(key_share=True)
        ).one_or_none()

    def _runs(self, session: Session, session_id: UUID) -> dict[str, RunState]:
        rows = session.execute(
            select(PlatformRunRow.platform, PlatformRunRow.state).where(PlatformRunRow.session_id == session_id)
        )
        return {row.platform: RunState(row.state) for row in rows}

    def _finalise(self, session: Session, row: SessionRow, ended: SessionState, now: datetime) -> None:
        """Everything that ends with a session ends here, in one transaction (P-39, F-21)."""
        session.execute(
            update(PlatformRunRow)
            .where(PlatformRunRow.session_id == row.session_id, PlatformRunRow.state == RunState.PENDING)
            .values(state=RunState.FAILED, failure_reason=TIMEOUT_REASON, report_time=now)
            .execution_options(synchronize_session=False)
        )
        row.state = ended
        row.end_time = now
        runs = self._runs(session, row.session_id)
        self._queue.release(
            session,
            target_id=row.target_id,
            session_id=row.session_id,
            succeeded={platform: state in SUCCESS for platform, state in runs.items()},
            ended_well=ended is SessionState.COMPLETED,
            now=now,
        )

    def _views(self, session: Session, rows: Sequence[SessionRow]) -> list[SessionView]:
        ids = [row.session_id for row in rows]
        counts = self._intake.yields(session, ids)
        runs = {
            (run.session_id, run.platform): run
            for run in session.scalars(select(PlatformRunRow).where(PlatformRunRow.session_id.in_(ids)))
        }
        return [
            SessionView(
                session_id=row.session_id,
                role_id=row.role_id,
                role_name=row.role_name,
                api_key_id=row.api_key_id,
                host_name=row.host_name,
                state=SessionState(row.state),
                runs=tuple(
                    RunView(
                        platform,
                        RunState(runs[row.session_id, platform].state),
                        runs[row.session_id, platform].failure_reason,
                        counts.get((row.session_id, platform), Yield()),
                    )
                    for platform in row.platforms
                ),
                create_time=row.create_time,
                last_seen_time=row.last_seen_time,
                end_time=row.end_time,
            )
            for row in rows
        ]
