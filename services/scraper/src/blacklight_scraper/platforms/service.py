"""Job boards: added, read, changed, paused (spec 2.4, 8.2, 8.9)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import asdict
from datetime import datetime, timedelta

from blacklight_servicekit import audit
from blacklight_servicekit.caller import Caller
from blacklight_servicekit.clock import Clock
from blacklight_servicekit.database import Database
from blacklight_servicekit.errors import AlreadyExists, NotFound
from blacklight_servicekit.etag import check_etag, etag_of
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from blacklight_scraper.activity.service import note
from blacklight_scraper.platforms.models import PlatformRow
from blacklight_scraper.platforms.views import Login, PlatformDraft, PlatformFacts, PlatformView

TerminateRuns = Callable[[Session, str, str, datetime], int]
"""Ends the runs of a platform that are under way, for a reason, at a time; returns how many. Sessions own the runs, and
stand above platforms, so the way to it is given by whoever wires the service."""


class PlatformNotFound(NotFound):
    """No job board of that name."""

    def __init__(self, name: str) -> None:
        super().__init__(f"there is no platform {name!r}", reason="PLATFORM_NOT_FOUND")


class PlatformExists(AlreadyExists):
    """A board of that name is there, and it is not alike."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"the platform {name!r} is there with other values; change it by an update",
            reason="PLATFORM_EXISTS",
            field="platform.name",
        )


class Platforms:
    """The job boards the fleet reads."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def create(self, caller: Caller, *, draft: PlatformDraft) -> PlatformView:
        """Adds a board, or answers the one that is there alike. Raises PlatformExists."""
        now = self._clock()
        given = asdict(draft)
        statement = (
            insert(PlatformRow)
            .values(**given, paused=False, pause_reason="", version=1, create_time=now, update_time=now)
            .on_conflict_do_nothing(index_elements=["name"])
            .returning(PlatformRow)
        )
        with self._database.platform_transaction() as session:
            row = session.scalars(statement).one_or_none()
            if row is not None:
                audit.record(session, caller, "platform.created", draft.name)
                return _view(row)
            present = session.get_one(PlatformRow, draft.name)
            if any(getattr(present, column) != value for column, value in given.items()):
                raise PlatformExists(draft.name)
            return _view(present)

    def get(self, caller: Caller, *, name: str) -> PlatformView:
        """One board. Raises PlatformNotFound."""
        with self._database.platform_transaction() as session:
            return self.facts(session, name)

    def list_platforms(self, caller: Caller) -> list[PlatformView]:
        """Every board, highest priority first, then by name."""
        with self._database.platform_transaction() as session:
            rows = session.scalars(select(PlatformRow).order_by(PlatformRow.priority.desc(), PlatformRow.name))
            return [_view(row) for row in rows]

    def update(self, caller: Caller, *, name: str, changes: Mapping[str, object], etag: str) -> PlatformView:
        """Writes the fields in `changes`. Raises PlatformNotFound and Conflict (etag)."""
        with self._database.platform_transaction() as session:
            row = self._locked(session, name)
            check_etag(etag, _etag(row))
            for field, value in changes.items():
                setattr(row, field, value)
            now = self._written(row)
            audit.record(session, caller, "platform.updated", name, changes={"fields": sorted(changes)})
            if "enabled" in changes:
                note(session, "platform.enabled" if row.enabled else "platform.disabled", now, platform=name)
            return _view(row)

    def pause(self, caller: Caller, *, name: str, reason: str) -> PlatformView:
        """Stops claims of a board, and hosts at work on it are told to wait; again with that reason changes nothing.

        Raises PlatformNotFound.
        """
        with self._database.platform_transaction() as session:
            row = self._locked(session, name)
            if not row.paused or row.pause_reason != reason:
                row.paused, row.pause_reason = True, reason
                audit.record(session, caller, "platform.paused", name)
                note(session, "platform.paused", self._written(row), platform=name, detail={"reason": reason})
            return _view(row)

    def resume(self, caller: Caller, *, name: str) -> PlatformView:
        """Takes the pause back, if there is one. Raises PlatformNotFound."""
        with self._database.platform_transaction() as session:
            row = self._locked(session, name)
            if row.paused:
                row.paused, row.pause_reason = False, ""
                audit.record(session, caller, "platform.resumed", name)
                note(session, "platform.resumed", self._written(row), platform=name)
            return _view(row)

    def terminate_runs(self, caller: Caller, *, name: str, terminate: TerminateRuns) -> int:
        """Ends the runs of a board that are under way; sessions go on with their others. Raises PlatformNotFound."""
        now = self._clock()
        with self._database.platform_transaction() as session:
            self.facts(session, name)
            count = terminate(session, name, "an administrator ended the runs of this platform", now)
            if count:
                audit.record(session, caller, "platform.terminated", name, changes={"runs": count})
                note(session, "platform.terminated", now, platform=name, detail={"runs": str(count)})
            return count

    # Parts

    def names(self, session: Session) -> frozenset[str]:
        """Part: the names of all boards, enabled or not."""
        return frozenset(session.scalars(select(PlatformRow.name)))

    def enabled_among(self, session: Session, names: Collection[str]) -> list[str]:
        """Part: those of `names` that are enabled, highest priority first."""
        return list(
            session.scalars(
                select(PlatformRow.name)
                .where(PlatformRow.enabled, PlatformRow.name.in_(list(names)))
                .order_by(PlatformRow.priority.desc(), PlatformRow.name)
            )
        )

    def claimable(self, session: Session, names: Collection[str]) -> list[PlatformFacts]:
        """Part: those of `names` that are enabled and not paused, highest priority first; the others give nothing."""
        rows = session.scalars(
            select(PlatformRow)
            .where(PlatformRow.enabled, ~PlatformRow.paused, PlatformRow.name.in_(list(names)))
            .order_by(PlatformRow.priority.desc(), PlatformRow.name)
        )
        return [
            PlatformFacts(
                row.name, row.priority, timedelta(minutes=row.cadence_minutes), row.max_in_flight, Login(row.login)
            )
            for row in rows
        ]

    def paused_among(self, session: Session, names: Collection[str]) -> dict[str, str]:
        """Part: those of `names` that are paused, each with the reason."""
        rows = session.execute(
            select(PlatformRow.name, PlatformRow.pause_reason).where(
                PlatformRow.paused, PlatformRow.name.in_(list(names))
            )
        )
        return {row.name: row.pause_reason for row in rows}

    def facts(self, session: Session, name: str) -> PlatformView:
        """Part: one board. Raises PlatformNotFound."""
        row = session.get(PlatformRow, name)
        if row is None:
            raise PlatformNotFound(name)
        return _view(row)

    def needing_account(self, session: Session, names: Collection[str]) -> frozenset[str]:
        """Part: those of `names` that can't be read without an account."""
        return frozenset(
            session.scalars(
                select(PlatformRow.name).where(PlatformRow.login != Login.NONE, PlatformRow.name.in_(list(names)))
            )
        )

    # Inside

    def _locked(self, session: Session, name: str) -> PlatformRow:
        row = session.get(PlatformRow, name, with_for_update={"key_share": True})
        if row is None:
            raise PlatformNotFound(name)
        return row

    def _written(self, row: PlatformRow) -> datetime:
        row.version += 1
        row.update_time = self._clock()
        return row.update_time


def _etag(row: PlatformRow) -> str:
    return etag_of(row.name, row.version)


def _view(row: PlatformRow) -> PlatformView:
    return PlatformView(
        name=row.name,
        display_name=row.display_name,
        enabled=row.enabled,
        priority=row.priority,
        base_url=row.base_url,
        description=row.description,
        cadence_minutes=row.cadence_minutes,
        max_in_flight=row.max_in_flight,
        login=Login(row.login),
        session_cookie=row.session_cookie,
        paused=row.paused,
        pause_reason=row.pause_reason,
        etag=_etag(row),
    )
