"""Open sessions ended and paused by administrators: one, those of a host, the runs of a platform (spec 8.9)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from blacklight_servicekit import audit, outbox
from blacklight_servicekit.caller import Caller
from blacklight_servicekit.clock import Clock
from blacklight_servicekit.database import Database
from blacklight_servicekit.errors import FailedPrecondition
from sqlalchemy import exists, select, update
from sqlalchemy.orm import Session

from blacklight_scraper.activity.service import note
from blacklight_scraper.credentials.service import Credentials
from blacklight_scraper.sessions.ending.service import SessionEnds
from blacklight_scraper.sessions.models import PlatformRunRow, SessionRow
from blacklight_scraper.sessions.reading.service import SessionReading
from blacklight_scraper.sessions.states import OPEN, PROGRESS, TERMINATED, RunState, SessionState, SessionView


class SessionHasEnded(FailedPrecondition):
    """There is nothing left to pause or resume."""

    def __init__(self) -> None:
        super().__init__("this session has ended", reason="SESSION_ENDED")


class SessionSteering:
    """What administrators do to sessions."""

    def __init__(
        self, database: Database, ends: SessionEnds, reading: SessionReading, credentials: Credentials, clock: Clock
    ) -> None:
        self._database = database
        self._ends = ends
        self._credentials = credentials
        self._reading = reading
        self._clock = clock

    # Verbs

    def terminate(self, caller: Caller, *, session_id: UUID, reason: str) -> SessionView:
        """Ends an open session; one that has ended stays as it is (P-33). Raises ScrapeSessionNotFound."""
        with self._database.platform_transaction() as session:
            row = self._ends.locked(session, session_id)
            if row.state in OPEN:
                self._terminate(session, caller, [row], reason)
            return self._reading.view_of(session, row)

    def pause(self, caller: Caller, *, session_id: UUID) -> SessionView:
        """The host is told to wait with the session. Raises ScrapeSessionNotFound and SessionHasEnded."""
        return self._set_paused(caller, session_id, True, "session.paused")

    def resume(self, caller: Caller, *, session_id: UUID) -> SessionView:
        """The host is told to go on. Raises ScrapeSessionNotFound and SessionHasEnded."""
        return self._set_paused(caller, session_id, False, "session.resumed")

    # Parts

    def terminate_host(self, session: Session, caller: Caller, *, api_key_id: UUID, host_name: str, reason: str) -> int:
        """Part: ends every open session of a host; returns how many."""
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
        self._terminate(session, caller, list(rows), reason)
        return len(rows)

    def terminate_runs(self, session: Session, platform: str, reason: str, now: datetime) -> int:
        """Part: ends the runs of a platform that are under way; returns how many.

        Sessions go on with their other platforms. One that has none left finishes; it holds the target until then.
        """
        under_way = exists().where(
            PlatformRunRow.session_id == SessionRow.session_id,
            PlatformRunRow.platform == platform,
            PlatformRunRow.state == RunState.PENDING,
        )
        rows = session.scalars(
            select(SessionRow)
            .where(SessionRow.end_time.is_(None), under_way)
            .order_by(SessionRow.session_id)
            .with_for_update(key_share=True)
            .execution_options(populate_existing=True)
        ).all()
        stopped = set(self._stop(session, [row.session_id for row in rows], platform, reason, now))
        for row in rows:
            if row.session_id in stopped:
                self._go_on_without(session, row, platform, now)
        return len(stopped)

    def _stop(self, session: Session, session_ids: list[UUID], platform: str, reason: str, now: datetime) -> list[UUID]:
        stopped = session.scalars(
            update(PlatformRunRow)
            .where(
                PlatformRunRow.session_id.in_(session_ids),
                PlatformRunRow.platform == platform,
                PlatformRunRow.state == RunState.PENDING,
            )
            .values(state=RunState.FAILED, failure_reason=TERMINATED, message=reason, report_time=now)
            .returning(PlatformRunRow.session_id)
            .execution_options(synchronize_session=False)
        )
        return list(stopped)

    def _go_on_without(self, session: Session, row: SessionRow, platform: str, now: datetime) -> None:
        told = {"outcome": RunState.FAILED.name, "reason": str(TERMINATED)}
        _note(session, "platform.reported", row, now, told, platform=platform)
        self._credentials.release_of(session, row.session_id, now, platform=platform)
        pending = exists().where(PlatformRunRow.session_id == row.session_id, PlatformRunRow.state == RunState.PENDING)
        if row.state == SessionState.ACTIVE and not session.scalar(select(pending)):
            row.state = SessionState.FINISHING
            outbox.add(session, PROGRESS, {"session_id": str(row.session_id)}, tenant_id=None)

    def _terminate(self, session: Session, caller: Caller, rows: list[SessionRow], reason: str) -> None:
        now = self._clock()
        if not rows:
            return
        for row in rows:
            audit.record(session, caller, "session.terminated", row.session_id)
            _note(session, "session.terminated", row, now, {"reason": reason})
        self._ends.end(session, rows, SessionState.TERMINATED, now, reason)

    def _set_paused(self, caller: Caller, session_id: UUID, paused: bool, action: str) -> SessionView:
        with self._database.platform_transaction() as session:
            row = self._ends.locked(session, session_id)
            if row.state not in OPEN:
                raise SessionHasEnded
            if row.paused != paused:
                row.paused = paused
                audit.record(session, caller, action, session_id)
                _note(session, action, row, self._clock(), {})
            return self._reading.view_of(session, row)


def _note(
    session: Session, kind: str, row: SessionRow, now: datetime, detail: dict[str, str], platform: str = ""
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
