"""Sessions read and listed, with counts summed over their batches (spec 4.4.3)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from uuid import UUID

from blacklight_servicekit.caller import Caller
from blacklight_servicekit.database import Database
from blacklight_servicekit.paging import PageRequest
from sqlalchemy import ColumnElement, select, tuple_
from sqlalchemy.orm import Session

from blacklight_scraper.intake.service import BatchIntake
from blacklight_scraper.intake.states import Yield
from blacklight_scraper.sessions.ending.service import ScrapeSessionNotFound
from blacklight_scraper.sessions.models import PlatformRunRow, SessionRow
from blacklight_scraper.sessions.states import (
    RunState,
    RunView,
    SessionFilter,
    SessionState,
    SessionView,
    Transport,
)

Of = tuple[UUID, str]
"""A session and a platform of it."""


class SessionReading:
    """Sessions for administrators."""

    def __init__(self, database: Database, intake: BatchIntake) -> None:
        self._database = database
        self._intake = intake

    def get(self, caller: Caller, *, session_id: UUID) -> SessionView:
        """One session. Raises ScrapeSessionNotFound."""
        with self._database.platform_transaction() as session:
            row = session.get(SessionRow, session_id)
            if row is None:
                raise ScrapeSessionNotFound(session_id)
            return self.view_of(session, row)

    def list_sessions(
        self, caller: Caller, *, page_size: int, page_token: str, wanted: SessionFilter
    ) -> tuple[list[SessionView], str]:
        """Sessions, newest first."""
        page = PageRequest.of(page_size, page_token, {"list": "sessions", **asdict(wanted)})
        newest_first = (SessionRow.create_time.desc(), SessionRow.session_id.desc())
        statement = select(SessionRow).where(*_wanted(wanted)).order_by(*newest_first)
        if page.after is not None:
            statement = statement.where(tuple_(SessionRow.create_time, SessionRow.session_id) < tuple_(*page.after))
        with self._database.platform_transaction() as session:
            found = session.scalars(statement.limit(page.size + 1)).all()
            rows, token = page.cut(found, key=lambda row: (row.create_time, row.session_id))
            return self._views(session, rows), token

    def view_of(self, session: Session, row: SessionRow) -> SessionView:
        """Part: a session as it is in this transaction."""
        session.flush()
        return self._views(session, [row])[0]

    def _views(self, session: Session, rows: Sequence[SessionRow]) -> list[SessionView]:
        ids = [row.session_id for row in rows]
        counts = self._intake.yields(session, ids)
        found = session.scalars(
            select(PlatformRunRow).where(PlatformRunRow.session_id.in_(ids)).execution_options(populate_existing=True)
        )
        runs = {(run.session_id, run.platform): run for run in found}
        return [_view(row, runs, counts) for row in rows]


def _wanted(wanted: SessionFilter) -> list[ColumnElement[bool]]:
    clauses: list[ColumnElement[bool]] = []
    for column in ("state", "api_key_id", "role_id", "host_name"):
        value = getattr(wanted, column)
        if value is not None:
            clauses.append(getattr(SessionRow, column) == value)
    if wanted.platform is not None:
        clauses.append(SessionRow.platforms.contains([wanted.platform]))
    return clauses


def _view(row: SessionRow, runs: Mapping[Of, PlatformRunRow], counts: Mapping[Of, Yield]) -> SessionView:
    return SessionView(
        session_id=row.session_id,
        target_id=row.target_id,
        sweep_id=row.sweep_id,
        role_id=row.role_id,
        role_name=row.role_name,
        location=row.location,
        candidate_query=row.candidate_query,
        api_key_id=row.api_key_id,
        host_name=row.host_name,
        transport=Transport(row.transport),
        state=SessionState(row.state),
        paused=row.paused,
        end_reason=row.end_reason,
        runs=tuple(
            _run_view(runs[row.session_id, platform], counts.get((row.session_id, platform), Yield()))
            for platform in row.platforms
        ),
        create_time=row.create_time,
        last_seen_time=row.last_seen_time,
        end_time=row.end_time,
    )


def _run_view(run: PlatformRunRow, counts: Yield) -> RunView:
    return RunView(run.platform, RunState(run.state), run.failure_reason, counts, run.message, run.report_time)
