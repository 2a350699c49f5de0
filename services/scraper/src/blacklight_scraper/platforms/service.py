"""Job boards: added, read, changed (spec 2.4)."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from blacklight_servicekit import audit
from blacklight_servicekit.caller import Caller
from blacklight_servicekit.clock import Clock
from blacklight_servicekit.database import Database
from blacklight_servicekit.errors import AlreadyExists, NotFound
from blacklight_servicekit.etag import check_etag, etag_of
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from blacklight_scraper.platforms.models import PlatformRow
from blacklight_scraper.platforms.views import PlatformView


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

    def create(self, caller: Caller, *, name: str, display_name: str, enabled: bool, priority: int) -> PlatformView:
        """Adds a board, or answers the one that is there alike. Raises PlatformExists."""
        now = self._clock()
        statement = (
            insert(PlatformRow)
            .values(
                name=name,
                display_name=display_name,
                enabled=enabled,
                priority=priority,
                version=1,
                create_time=now,
                update_time=now,
                base_url="",
                description="",
                cadence_minutes=20,
                max_in_flight=1,
                login=1,
                session_cookie="",
                paused=False,
                pause_reason="",
            )
            .on_conflict_do_nothing(index_elements=["name"])
            .returning(PlatformRow)
        )
        with self._database.platform_transaction() as session:
            row = session.scalars(statement).one_or_none()
            if row is not None:
                audit.record(session, caller, "platform.created", name)
                return _view(row)
            present = session.get_one(PlatformRow, name)
            if (present.display_name, present.enabled, present.priority) != (display_name, enabled, priority):
                raise PlatformExists(name)
            return _view(present)

    def get(self, caller: Caller, *, name: str) -> PlatformView:
        """One board. Raises PlatformNotFound."""
        with self._database.platform_transaction() as session:
            row = session.get(PlatformRow, name)
            if row is None:
                raise PlatformNotFound(name)
            return _view(row)

    def list_platforms(self, caller: Caller) -> list[PlatformView]:
        """Every board, highest priority first, then by name."""
        with self._database.platform_transaction() as session:
            rows = session.scalars(select(PlatformRow).order_by(PlatformRow.priority.desc(), PlatformRow.name))
            return [_view(row) for row in rows]

    def update(self, caller: Caller, *, name: str, changes: Mapping[str, object], etag: str) -> PlatformView:
        """Writes the fields in `changes`. Raises PlatformNotFound and Conflict (etag)."""
        with self._database.platform_transaction() as session:
            row = session.get(PlatformRow, name, with_for_update=True)
            if row is None:
                raise PlatformNotFound(name)
            check_etag(etag, _etag(row))
            for field, value in changes.items():
                setattr(row, field, value)
            row.version += 1
            row.update_time = self._clock()
            audit.record(session, caller, "platform.updated", name, changes={"fields": sorted(changes)})
            return _view(row)

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


def _etag(row: PlatformRow) -> str:
    return etag_of(row.name, row.version)


def _view(row: PlatformRow) -> PlatformView:
    return PlatformView(row.name, row.display_name, row.enabled, row.priority, _etag(row))
