"""Notes what happens in the fleet, and reads it in an order that misses nothing (spec 4.4.3)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from uuid import UUID

from blacklight_servicekit.caller import Caller
from blacklight_servicekit.clock import Clock
from blacklight_servicekit.database import Database
from blacklight_servicekit.listening import listen
from blacklight_servicekit.paging import PageRequest
from sqlalchemy import delete, insert, select, text, tuple_
from sqlalchemy.orm import Session

from blacklight_scraper.activity.border import BORDER
from blacklight_scraper.activity.models import FleetEventRow
from blacklight_scraper.activity.views import EventView, Position

CHANNEL = "fleet_scraper"
READ_TOGETHER = 200
SWEEP_ROWS = 5000
_BORDER = text(BORDER)


def note(
    session: Session,
    kind: str,
    now: datetime,
    *,
    session_id: UUID | None = None,
    platform: str = "",
    api_key_id: UUID | None = None,
    host_name: str = "",
    detail: Mapping[str, str] | None = None,
) -> None:
    """Part: notes an event in the transaction of what happened. `detail` holds no secrets."""
    session.execute(
        insert(FleetEventRow).values(
            event_time=now,
            kind=kind,
            session_id=session_id,
            platform=platform,
            api_key_id=api_key_id,
            host_name=host_name,
            detail=dict(detail or {}),
        )
    )


class FleetEvents:
    """What happened in the fleet, for those who watch it."""

    def __init__(self, database: Database, clock: Clock, keep: timedelta) -> None:
        self._database = database
        self._clock = clock
        self._keep = keep

    def list_events(
        self, caller: Caller, *, page_size: int, page_token: str, session_id: UUID | None, kind_prefix: str
    ) -> tuple[list[EventView], str]:
        """Events, newest first."""
        query = {"list": "events", "session_id": session_id, "kind_prefix": kind_prefix}
        page = PageRequest.of(page_size, page_token, query)
        statement = select(FleetEventRow).order_by(FleetEventRow.event_id.desc())
        if session_id is not None:
            statement = statement.where(FleetEventRow.session_id == session_id)
        if kind_prefix:
            statement = statement.where(FleetEventRow.kind.startswith(kind_prefix, autoescape=True))
        if page.after is not None:
            statement = statement.where(FleetEventRow.event_id < page.after[0])
        with self._database.platform_transaction() as session:
            found = session.scalars(statement.limit(page.size + 1)).all()
            rows, token = page.cut(found, key=lambda row: (row.event_id,))
            return [_view(row) for row in rows], token

    def now(self, caller: Caller) -> Position:
        """Where what happens from now on begins."""
        with self._database.platform_transaction() as session:
            return Position(session.execute(_BORDER).scalar_one(), 0)

    def after(self, caller: Caller, position: Position) -> list[EventView]:
        """The next events, in their order, at most READ_TOGETHER; those of transactions that may still be joined by
        an older one come later."""
        with self._database.platform_transaction() as session:
            # Before the events are read, so that whatever has ended by now is among them.
            border = session.execute(_BORDER).scalar_one()
            statement = (
                select(FleetEventRow)
                .where(
                    tuple_(FleetEventRow.transaction_id, FleetEventRow.event_id)
                    > tuple_(position.transaction_id, position.event_id),
                    FleetEventRow.transaction_id < border,
                )
                .order_by(FleetEventRow.transaction_id, FleetEventRow.event_id)
                .limit(READ_TOGETHER)
            )
            return [_view(row) for row in session.scalars(statement)]

    async def listen(self, heard: Callable[[], None]) -> None:
        """Calls `heard` whenever something happens, until cancelled."""
        await listen(self._database.platform_url, CHANNEL, heard)

    def forget(self, caller: Caller) -> int:
        """Deletes some of the events that are older than what is kept; returns how many."""
        due = (
            select(FleetEventRow.event_id)
            .where(FleetEventRow.event_time < self._clock() - self._keep)
            .order_by(FleetEventRow.event_time)
            .limit(SWEEP_ROWS)
        )
        with self._database.platform_transaction() as session:
            gone = delete(FleetEventRow).where(FleetEventRow.event_id.in_(due)).returning(FleetEventRow.event_id)
            return len(session.execute(gone).all())


def _view(row: FleetEventRow) -> EventView:
    values = {name: getattr(row, name) for name in EventView.__dataclass_fields__ if name != "position"}
    return EventView(position=Position(row.transaction_id, row.event_id), **values)
