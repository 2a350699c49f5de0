"""Alarms: looked for again and again, raised once while they hold, cleared, acknowledged (spec 8.8, F-18, F-26)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from blacklight_servicekit import audit, logs
from blacklight_servicekit.caller import Caller
from blacklight_servicekit.clock import Clock
from blacklight_servicekit.database import Database
from blacklight_servicekit.errors import NotFound
from blacklight_servicekit.ids import new_id
from blacklight_servicekit.paging import PageRequest
from sqlalchemy import delete, func, select, text, tuple_
from sqlalchemy.orm import Session

from blacklight_scraper.activity.service import note
from blacklight_scraper.alarms import sql
from blacklight_scraper.alarms.breaks import Span, findings_of_runs
from blacklight_scraper.alarms.hourly import QUIET_HOURS, LastHours, findings_of, silent_host
from blacklight_scraper.alarms.models import AlarmRow, AlarmWatchRow
from blacklight_scraper.alarms.runs import Run
from blacklight_scraper.alarms.states import AlarmKind, AlarmView, Finding, WatchRule

log = logs.get(__name__)
RAISED = "alarm.raised"
CLEARED = "alarm.cleared"
MOST_RUNS = 1500
LOOKED_BACK = timedelta(days=14)
SILENT_FOR = timedelta(hours=24)
SWEEP_ROWS = 500
WATCH_ID = 1


class AlarmNotFound(NotFound):
    """No alarm of that id."""

    def __init__(self, alarm_id: UUID) -> None:
        super().__init__(f"alarm {alarm_id} not found", reason="ALARM_NOT_FOUND")


class Alarms:
    """The alarms, and the watch that looks for them."""

    def __init__(self, database: Database, clock: Clock, rule: WatchRule) -> None:
        self._database = database
        self._clock = clock
        self._rule = rule

    # Verbs

    def watch(self, caller: Caller) -> bool:
        """One round: looks for everything, raises, refreshes and clears. False when another process has done it.

        A platform whose runs can't be judged keeps its alarms, and that is an alarm itself.
        """
        if not self._begin():
            return False
        found: list[Finding] = []
        unjudged: dict[str, str] = {}
        for platform in self._platforms():
            try:
                found += self._breaks(platform)
            except Exception as error:  # noqa: BLE001 - one platform must not silence the watch over the others
                unjudged[platform] = type(error).__name__
                log.error("alarms.platform_not_judged", platform=platform, error=type(error).__name__)
        self._end([*found, *self._hourly(), *self._silent_hosts(), *_asleep(unjudged)], unjudged)
        return True

    def look_after_watch(self, caller: Caller) -> datetime | None:
        """When alarms were last looked for, whole; raises WATCH_ASLEEP when that is too long ago (F-26).

        For whoever looks at the fleet from another process than the one that watches.
        """
        now = self._clock()
        with self._database.platform_transaction() as session:
            row = session.get(AlarmWatchRow, WATCH_ID)
            if row is None:
                return None
            last = row.end_time
            if now - (last or row.begin_time) > self._rule.asleep_after:
                said = f"no alarm has been looked for since {(last or row.begin_time):%Y-%m-%d %H:%M} UTC"
                self._raise(session, Finding(AlarmKind.WATCH_ASLEEP, message=said), now)
            return last

    def list_alarms(
        self, caller: Caller, *, page_size: int, page_token: str, open_only: bool, platform: str
    ) -> tuple[list[AlarmView], str]:
        """Alarms, newest first."""
        query = {"list": "alarms", "open_only": open_only, "platform": platform}
        page = PageRequest.of(page_size, page_token, query)
        statement = select(AlarmRow).order_by(AlarmRow.raise_time.desc(), AlarmRow.alarm_id.desc())
        if open_only:
            statement = statement.where(AlarmRow.clear_time.is_(None))
        if platform:
            statement = statement.where(AlarmRow.platform == platform)
        if page.after is not None:
            statement = statement.where(tuple_(AlarmRow.raise_time, AlarmRow.alarm_id) < tuple_(*page.after))
        with self._database.platform_transaction() as session:
            found = session.scalars(statement.limit(page.size + 1)).all()
            rows, token = page.cut(found, key=lambda row: (row.raise_time, row.alarm_id))
            return [_view(row) for row in rows], token

    def acknowledge(self, caller: Caller, *, alarm_id: UUID) -> AlarmView:
        """Notes who has seen an alarm; again changes nothing. Raises AlarmNotFound."""
        with self._database.platform_transaction() as session:
            row = session.get(AlarmRow, alarm_id, with_for_update=True)
            if row is None:
                raise AlarmNotFound(alarm_id)
            if row.acknowledge_time is None:
                row.acknowledge_time = self._clock()
                row.acknowledged_by = caller.id
                audit.record(session, caller, "alarm.acknowledged", alarm_id)
            return _view(row)

    def forget(self, caller: Caller) -> int:
        """Deletes some of the alarms that have not held for long; returns how many."""
        due = select(AlarmRow.alarm_id).where(AlarmRow.clear_time < self._clock() - self._rule.keep).limit(SWEEP_ROWS)
        with self._database.platform_transaction() as session:
            gone = session.execute(delete(AlarmRow).where(AlarmRow.alarm_id.in_(due)).returning(AlarmRow.alarm_id))
            return len(gone.all())

    # Parts

    def open_counts(self, session: Session) -> dict[tuple[AlarmKind, str], int]:
        """Part: how many alarms hold, by kind and platform."""
        rows = session.execute(
            select(AlarmRow.kind, AlarmRow.platform, func.count())
            .where(AlarmRow.clear_time.is_(None))
            .group_by(AlarmRow.kind, AlarmRow.platform)
        )
        return {(AlarmKind(kind), platform): count for kind, platform, count in rows}

    def _begin(self) -> bool:
        now = self._clock()
        with self._database.platform_transaction() as session:
            given = {"now": now, "before": now - 0.8 * self._rule.every}
            return session.execute(text(sql.BEGIN_ROUND), given).one_or_none() is not None

    def _platforms(self) -> Sequence[str]:
        with self._database.platform_transaction() as session:
            return session.scalars(text(sql.PLATFORMS)).all()

    def _breaks(self, platform: str) -> list[Finding]:
        since = self._clock() - LOOKED_BACK
        with self._database.platform_transaction() as session:
            given = {"platform": platform, "since": since, "most": MOST_RUNS}
            runs = [_run(row) for row in session.execute(text(sql.RUNS), given)]
            spans = [
                Span(row.kind, row.field, row.raise_time, row.clear_time)
                for row in session.execute(text(sql.SPANS), given)
            ]
        return findings_of_runs(platform, runs, spans)

    def _hourly(self) -> list[Finding]:
        now = self._clock()
        with self._database.platform_transaction() as session:
            given = {"hour": now - timedelta(hours=1), "since": now - timedelta(hours=QUIET_HOURS)}
            rows = session.execute(text(sql.LAST_HOURS), given).all()
        return [finding for row in rows for finding in findings_of(LastHours(**row._mapping))]

    def _silent_hosts(self) -> list[Finding]:
        now = self._clock()
        with self._database.platform_transaction() as session:
            rows = session.execute(text(sql.SILENT_HOSTS), {"now": now, "since": now - SILENT_FOR}).all()
        return [
            silent_host(str(row.host_id), row.host_name, row.sessions, (now - row.last_seen_time).total_seconds() / 60)
            for row in rows
        ]

    def _end(self, found: Sequence[Finding], unjudged: Collection[str]) -> None:
        """Raises and refreshes what holds, clears what does not, and says that the round is done."""
        now = self._clock()
        failure = f"not judged: {', '.join(sorted(unjudged))}" if unjudged else ""
        with self._database.platform_transaction() as session:
            for finding in sorted(found, key=lambda each: each.key):
                self._raise(session, finding, now)
            self._clear(session, {finding.key for finding in found}, unjudged, now)
            session.execute(text(sql.END_ROUND), {"now": now, "failure": failure})

    def _raise(self, session: Session, finding: Finding, now: datetime) -> None:
        told = {name: getattr(finding, name) for name in Finding.__dataclass_fields__}
        given = {**told, "kind": int(finding.kind), "alarm_id": new_id(), "now": now}
        row = session.execute(text(sql.RAISE), given).one()
        if row.raised:
            _note(session, RAISED, finding.kind, finding.platform, finding.field, row.alarm_id, now)

    def _clear(
        self, session: Session, held: Collection[tuple[int, str, str, str]], unjudged: Collection[str], now: datetime
    ) -> None:
        rows = session.scalars(
            select(AlarmRow)
            .where(AlarmRow.clear_time.is_(None))
            .order_by(AlarmRow.kind, AlarmRow.platform, AlarmRow.field, AlarmRow.host_id)
            .with_for_update()
        )
        for row in rows.all():
            judged = row.kind not in (AlarmKind.COUNT_COLLAPSE, AlarmKind.FIELD_FILL) or row.platform not in unjudged
            if judged and (row.kind, row.platform, row.field, row.host_id) not in held:
                row.clear_time = now
                _note(session, CLEARED, AlarmKind(row.kind), row.platform, row.field, row.alarm_id, now)


def _note(
    session: Session, event: str, kind: AlarmKind, platform: str, field: str, alarm_id: UUID, now: datetime
) -> None:
    told = {"alarm_id": str(alarm_id), "kind": kind.name, "field": field}
    note(session, event, now, platform=platform, detail=told)


def _asleep(unjudged: dict[str, str]) -> list[Finding]:
    """That some platforms could not be judged is an alarm about the watch."""
    said = ", ".join(f"{platform} ({error})" for platform, error in sorted(unjudged.items())[:20])
    return [Finding(AlarmKind.WATCH_ASLEEP, message=f"could not be judged: {said}")] if unjudged else []


def _run(row: Any) -> Run:
    fills = () if row.fills is None else tuple(int(held) for held in row.fills)
    return Run(row.target_id, row.report_time, int(row.received), int(row.taken), fills)


def _view(row: AlarmRow) -> AlarmView:
    values = {name: getattr(row, name) for name in AlarmView.__dataclass_fields__}
    return AlarmView(**{**values, "kind": AlarmKind(row.kind)})
