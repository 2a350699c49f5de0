"""Scrape sessions as their holders write to them (spec 3.14, 3.15, 5.4, 8.9)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from uuid import UUID

from blacklight_servicekit import outbox
from blacklight_servicekit.clock import Clock
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from blacklight_scraper.activity.service import note
from blacklight_scraper.intake.service import BatchIntake
from blacklight_scraper.keys.service import ApiKeys
from blacklight_scraper.sessions.messages import without_userinfo
from blacklight_scraper.sessions.models import PlatformRunRow, SessionRow
from blacklight_scraper.sessions.opening.service import SessionOpening
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
    OURS,
    PROGRESS,
    Holding,
    OpenSessionView,
    RunState,
    SessionState,
)


class ScrapeSessions:
    """Claims being worked, as their hosts write to them. Parts only: whoever speaks with hosts opens transactions."""

    def __init__(self, intake: BatchIntake, keys: ApiKeys, opening: SessionOpening, clock: Clock) -> None:
        self._intake = intake
        self._keys = keys
        self._opening = opening
        self._clock = clock

    # Signs of life

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
        for row in rows:
            row.fencing_token += 1
            row.last_seen_time = now
        return [
            OpenSessionView(assignment, row.last_sequence, assignment.reported)
            for row, assignment in zip(rows, self._opening.assignments(session, rows), strict=True)
        ]

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
            .values(last_seen_time=now, touched=True)
            .execution_options(synchronize_session=False)
        )

    def held(
        self, session: Session, *, api_key_id: UUID, session_id: UUID, fencing_token: int | None, platform: str
    ) -> None:
        """Part: locks an open session for its holder, who has that platform yet to report. Raises Refused."""
        row = self._held(session, api_key_id, session_id, fencing_token)
        if platform not in row.platforms:
            raise Refused(unknown_platform(session_id, platform, tuple(row.platforms)))
        if row.end_time is not None:
            raise Refused(session_ended(session_id))
        if self.runs(session, session_id)[platform] is not RunState.PENDING:
            message = "this platform has been reported, or ended by an administrator"
            raise Refused(bad_report(session_id, "ALREADY_REPORTED", message, "platform"))
        self._alive(row, self._clock())

    # Writing

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
                .values(last_sequence=last_sequence, last_seen_time=now, touched=True)
                .execution_options(synchronize_session=False)
            )

    def runs(self, session: Session, session_id: UUID) -> dict[str, RunState]:
        """Part: where each platform of a session stands."""
        rows = session.execute(
            select(PlatformRunRow.platform, PlatformRunRow.state).where(PlatformRunRow.session_id == session_id)
        )
        return {row.platform: RunState(row.state) for row in rows}

    def report(self, session: Session, *, api_key_id: UUID, report: Report) -> None:
        """Part: a platform is done, and the key's use counted with it; the same again changes nothing (H-11).

        Raises Refused.
        """
        row = self._held(session, api_key_id, report.session_id, report.fencing_token)
        run = session.get(PlatformRunRow, (report.session_id, report.platform))
        if run is None:
            raise Refused(unknown_platform(report.session_id, report.platform, tuple(row.platforms)))
        if run.state == report.outcome and run.failure_reason == report.failure_reason:
            return
        if row.end_time is not None:
            raise Refused(session_ended(report.session_id))
        if run.state != RunState.PENDING:
            message = "this platform was reported with another outcome, which stands"
            raise Refused(bad_report(report.session_id, "ALREADY_REPORTED", message, "platform"))
        check_report(
            report,
            received=self._intake.received_count(session, row.session_id, report.platform),
            batches=self._intake.batch_count(session, row.session_id, report.platform),
        )
        now = self._clock()
        self._close(session, row, run, report.outcome, report.failure_reason, report.message, now)
        self._keys.count_use(session, api_key_id, now)

    def finish(
        self, session: Session, *, api_key_id: UUID, session_id: UUID, fencing_token: int | None
    ) -> SessionState:
        """Part: the host is through; the session ends when its batches are settled. Raises Refused.

        One that is finishing, or has ended, stays as it is (P-33).
        """
        row = self._held(session, api_key_id, session_id, fencing_token)
        if row.state != SessionState.ACTIVE:
            return SessionState(row.state)
        runs = self.runs(session, session_id)
        missing = [name for name in row.platforms if runs[name] is RunState.PENDING]
        if missing:
            raise Refused(not_all_reported(session_id, missing))
        return self._finishing(session, row, self._clock())

    def abandon(
        self,
        session: Session,
        *,
        api_key_id: UUID,
        session_id: UUID,
        fencing_token: int | None,
        failure_reason: int,
        message: str,
    ) -> SessionState:
        """Part: the host gives up; what it has not reported has failed for this reason (spec 3.14). Raises Refused.

        Whether the session failed, its platforms say: those reported well make it a success.
        """
        if failure_reason == 0 or failure_reason in OURS:
            text_ = "a session that is given up needs a reason of the host's"
            raise Refused(bad_report(session_id, "FAILURE_REASON_MISSING", text_, "failure_reason"))
        row = self._held(session, api_key_id, session_id, fencing_token)
        if row.state != SessionState.ACTIVE:
            return SessionState(row.state)
        now = self._clock()
        pending = session.scalars(
            select(PlatformRunRow)
            .where(PlatformRunRow.session_id == session_id, PlatformRunRow.state == RunState.PENDING)
            .order_by(PlatformRunRow.platform)
        ).all()
        for run in pending:
            self._close(session, row, run, RunState.FAILED, failure_reason, message, now)
        state = self._finishing(session, row, now)
        self._keys.count_use(session, api_key_id, now)
        return state

    # Inside

    def _close(
        self,
        session: Session,
        row: SessionRow,
        run: PlatformRunRow,
        outcome: RunState,
        failure_reason: int,
        message: str,
        now: datetime,
    ) -> None:
        run.state = outcome
        run.failure_reason = failure_reason
        run.message = without_userinfo(message)
        run.report_time = now
        self._alive(row, now)
        session.flush()
        told = {"outcome": outcome.name, "reason": str(failure_reason)}
        _note(session, "platform.reported", row, now, told, platform=run.platform)

    def _finishing(self, session: Session, row: SessionRow, now: datetime) -> SessionState:
        row.state = SessionState.FINISHING
        self._alive(row, now)
        session.flush()
        outbox.add(session, PROGRESS, {"session_id": str(row.session_id)}, tenant_id=None)
        return SessionState.FINISHING

    def _alive(self, row: SessionRow, now: datetime) -> None:
        row.last_seen_time = now
        row.touched = True

    def _held(self, session: Session, api_key_id: UUID, session_id: UUID, fencing_token: int | None) -> SessionRow:
        """The row, locked, for its holder; without a token the key alone proves who that is."""
        row = session.scalars(
            select(SessionRow).where(SessionRow.session_id == session_id).with_for_update(key_share=True)
        ).one_or_none()
        if row is None or row.api_key_id != api_key_id:
            raise Refused(session_not_found(session_id))
        if fencing_token is not None and row.fencing_token != fencing_token:
            raise Refused(stale_token(session_id))
        return row


def _note(
    session: Session, kind: str, row: SessionRow, now: datetime, detail: Mapping[str, str], platform: str = ""
) -> None:
    note(
        session,
        kind,
        now,
        session_id=row.session_id,
        platform=platform,
        api_key_id=row.api_key_id,
        host_name=row.host_name,
        detail=detail,
    )
