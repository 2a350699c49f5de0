"""Hosts: known from their first sign of life, connected by one stream each, steered by administrators (spec 8.9)."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from blacklight_servicekit import audit
from blacklight_servicekit.caller import Caller
from blacklight_servicekit.clock import Clock
from blacklight_servicekit.database import Database
from blacklight_servicekit.errors import Conflict, NotFound
from blacklight_servicekit.ids import new_id
from blacklight_servicekit.paging import PageRequest
from sqlalchemy import Select, column, func, select, table, tuple_, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from blacklight_scraper.activity.service import note
from blacklight_scraper.hosts.models import HostRow
from blacklight_scraper.hosts.states import Arrival, HostState, HostStream, HostView
from blacklight_scraper.sessions.steering.service import SessionSteering

_SESSIONS = table("sessions", column("api_key_id"), column("host_name"), column("end_time"))


class HostNotFound(NotFound):
    """No host of that id."""

    def __init__(self, host_id: UUID) -> None:
        super().__init__(f"host {host_id} not found", reason="HOST_NOT_FOUND")


class TakenOver(Conflict):
    """The host has begun a newer stream, here or in another process; this one can do nothing more."""

    def __init__(self) -> None:
        super().__init__("a newer stream of this key and host name has taken over", reason="TAKEN_OVER")


class Hosts:
    """The hosts of the fleet. `silent`: without a sign of life for so long a host counts as not connected."""

    def __init__(self, database: Database, sessions: SessionSteering, clock: Clock, silent: timedelta) -> None:
        self._database = database
        self._sessions = sessions
        self._clock = clock
        self._silent = silent

    # Verbs

    def get(self, caller: Caller, *, host_id: UUID) -> HostView:
        """One host. Raises HostNotFound."""
        with self._database.platform_transaction() as session:
            return self._view_of(session, host_id)

    def list_hosts(
        self, caller: Caller, *, page_size: int, page_token: str, api_key_id: UUID | None, connected_only: bool
    ) -> tuple[list[HostView], str]:
        """Hosts by name."""
        listed = {"list": "hosts", "api_key_id": api_key_id and str(api_key_id), "connected_only": connected_only}
        page = PageRequest.of(page_size, page_token, listed)
        statement = self._selection().order_by(HostRow.host_name, HostRow.host_id)
        if api_key_id is not None:
            statement = statement.where(HostRow.api_key_id == api_key_id)
        if connected_only:
            alive = self._clock() - self._silent
            statement = statement.where(HostRow.stream_id.is_not(None), HostRow.last_seen_time > alive)
        if page.after is not None:
            statement = statement.where(tuple_(HostRow.host_name, HostRow.host_id) > tuple_(*page.after))
        with self._database.platform_transaction() as session:
            found = session.execute(statement.limit(page.size + 1)).all()
            rows, token = page.cut(found, key=lambda row: (row[0].host_name, row[0].host_id))
            return [self._view(row[0], row[1]) for row in rows], token

    def pause(self, caller: Caller, *, host_id: UUID, reason: str) -> HostView:
        """The host claims nothing and waits with what it has. Raises HostNotFound."""
        return self._become(caller, host_id, HostState.PAUSED, reason, "host.paused")

    def resume(self, caller: Caller, *, host_id: UUID) -> HostView:
        """The host goes on. Raises HostNotFound."""
        return self._become(caller, host_id, HostState.ACTIVE, "", "host.resumed")

    def drain(self, caller: Caller, *, host_id: UUID, reason: str) -> HostView:
        """The host claims nothing and finishes what it has. Raises HostNotFound."""
        return self._become(caller, host_id, HostState.DRAINING, reason, "host.draining")

    def terminate(self, caller: Caller, *, host_id: UUID, reason: str) -> HostView:
        """Ends every open session of the host and pauses it, in one transaction. Raises HostNotFound."""
        with self._database.platform_transaction() as session:
            row = self._locked(session, host_id)
            self._write_state(session, caller, row, HostState.PAUSED, reason, "host.terminated")
            self._sessions.terminate_host(
                session, caller, api_key_id=row.api_key_id, host_name=row.host_name, reason=reason
            )
            return self._view_of(session, host_id)

    # Parts

    def attach(self, session: Session, arrival: Arrival, now: datetime) -> HostStream:
        """Part: a host begins a stream, which takes the place of any other it has."""
        told = {
            "agent_version": arrival.agent_version,
            "protocol": arrival.protocol,
            "capabilities": list(arrival.capabilities),
            "stream_id": arrival.stream_id,
            "connect_time": now,
        }
        host_id = self._put(session, arrival.api_key_id, arrival.host_name, told, now)
        note(session, "host.connected", now, api_key_id=arrival.api_key_id, host_name=arrival.host_name)
        return HostStream(host_id, arrival.stream_id, arrival.api_key_id, arrival.host_name)

    def detach(self, session: Session, streams: Collection[HostStream], now: datetime) -> None:
        """Part: these streams have ended. A host that has begun another since keeps it."""
        for left in self._write_own(session, streams, {"stream_id": None}):
            note(session, "host.disconnected", now, api_key_id=left.api_key_id, host_name=left.host_name)

    def beat(self, session: Session, streams: Collection[HostStream], now: datetime) -> list[HostStream]:
        """Part: these hosts are alive; returns those whose stream is still their own, in one statement for all."""
        return self._write_own(session, streams, {"last_seen_time": now})

    def hold(self, session: Session, stream: HostStream) -> None:
        """Part: the stream is its host's own, and no newer one begins until the transaction ends. Raises TakenOver."""
        own = select(HostRow.host_id).where(HostRow.host_id == stream.host_id, HostRow.stream_id == stream.stream_id)
        if session.scalar(own.with_for_update(read=True)) is None:
            raise TakenOver

    def seen(self, session: Session, *, api_key_id: UUID, host_name: str, now: datetime) -> None:
        """Part: a sign of life of a host without a stream; it is known from now on."""
        self._put(session, api_key_id, host_name, {}, now)

    def state_of(self, session: Session, *, api_key_id: UUID, host_name: str) -> HostState:
        """Part: what a host may do; a host that was never seen may work.

        The row is locked against a change until the transaction ends: what is claimed after a pause is not.
        """
        state = session.scalar(
            select(HostRow.state)
            .where(HostRow.api_key_id == api_key_id, HostRow.host_name == host_name)
            .with_for_update(read=True)
        )
        return HostState.ACTIVE if state is None else HostState(state)

    def _put(self, session: Session, api_key_id: UUID, host_name: str, told: dict[str, object], now: datetime) -> UUID:
        new = {"agent_version": "", "protocol": 0, "capabilities": [], "state": HostState.ACTIVE, "state_reason": ""}
        statement = (
            insert(HostRow)
            .values(
                host_id=new_id(),
                api_key_id=api_key_id,
                host_name=host_name,
                create_time=now,
                last_seen_time=now,
                **{**new, **told},
            )
            .on_conflict_do_update(index_elements=["api_key_id", "host_name"], set_={**told, "last_seen_time": now})
            .returning(HostRow.host_id)
        )
        return session.execute(statement).scalar_one()

    def _write_own(
        self, session: Session, streams: Collection[HostStream], values: dict[str, object]
    ) -> list[HostStream]:
        """Writes to the hosts whose open stream is one of these; returns those streams."""
        by_id = {stream.stream_id: stream for stream in streams}
        if not by_id:
            return []
        held = (
            select(HostRow.host_id, HostRow.stream_id)
            .where(
                HostRow.host_id.in_(sorted(stream.host_id for stream in by_id.values())),
                HostRow.stream_id.in_(list(by_id)),
            )
            .order_by(HostRow.host_id)
            .with_for_update(key_share=True)
            .subquery()
        )
        written = session.execute(
            update(HostRow)
            .where(HostRow.host_id == held.c.host_id)
            .values(**values)
            .returning(held.c.stream_id)
            .execution_options(synchronize_session=False)
        )
        return [by_id[stream_id] for stream_id in written.scalars()]

    def _become(self, caller: Caller, host_id: UUID, state: HostState, reason: str, action: str) -> HostView:
        with self._database.platform_transaction() as session:
            row = self._locked(session, host_id)
            if (row.state, row.state_reason) != (state, reason):
                self._write_state(session, caller, row, state, reason, action)
            return self._view_of(session, host_id)

    def _write_state(
        self, session: Session, caller: Caller, row: HostRow, state: HostState, reason: str, action: str
    ) -> None:
        row.state = state
        row.state_reason = reason
        session.flush()
        audit.record(session, caller, action, row.host_id, changes={"state": state.name})
        note(
            session,
            action,
            self._clock(),
            api_key_id=row.api_key_id,
            host_name=row.host_name,
            detail={"reason": reason},
        )

    def _locked(self, session: Session, host_id: UUID) -> HostRow:
        row = session.get(HostRow, host_id, with_for_update=True)
        if row is None:
            raise HostNotFound(host_id)
        return row

    def _selection(self) -> Select[HostRow, int]:
        """A host with the number of its open sessions, counted over the index of open ones."""
        count = (
            select(func.count())
            .select_from(_SESSIONS)
            .where(
                _SESSIONS.c.api_key_id == HostRow.api_key_id,
                _SESSIONS.c.host_name == HostRow.host_name,
                _SESSIONS.c.end_time.is_(None),
            )
        )
        return select(HostRow, count.scalar_subquery())

    def _view_of(self, session: Session, host_id: UUID) -> HostView:
        found = session.execute(self._selection().where(HostRow.host_id == host_id)).one_or_none()
        if found is None:
            raise HostNotFound(host_id)
        return self._view(found[0], found[1])

    def _view(self, row: HostRow, open_sessions: int) -> HostView:
        return HostView(
            host_id=row.host_id,
            api_key_id=row.api_key_id,
            host_name=row.host_name,
            agent_version=row.agent_version,
            protocol=row.protocol,
            capabilities=tuple(row.capabilities),
            state=HostState(row.state),
            state_reason=row.state_reason,
            connected=row.stream_id is not None and row.last_seen_time > self._clock() - self._silent,
            connect_time=row.connect_time,
            last_seen_time=row.last_seen_time,
            open_sessions=open_sessions,
        )
