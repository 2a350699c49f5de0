"""The fleet in figures (spec 4.4.3, 8.9): counted from rows, in statements over the indexes of time and state."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from blacklight_servicekit.caller import Caller
from blacklight_servicekit.clock import Clock
from blacklight_servicekit.database import Database
from sqlalchemy import text
from sqlalchemy.orm import Session

from blacklight_scraper.alarms.service import Alarms
from blacklight_scraper.monitoring import sql
from blacklight_scraper.monitoring.views import FailureView, GaugesView, OverviewView, YieldView

USUAL_HOURS = 24
MOST_HOURS_BY_HOUR = 168
ALIVE = timedelta(minutes=10)
MOST_ROWS = 5000


class Monitoring:
    """What administrators are told of the fleet; it writes nothing but that the watch over alarms is asleep."""

    def __init__(self, database: Database, alarms: Alarms, clock: Clock) -> None:
        self._database = database
        self._alarms = alarms
        self._clock = clock

    def overview(self, caller: Caller, *, hours: int) -> OverviewView:
        """The fleet over the last hours (0: a day)."""
        last_watch_time = self._alarms.look_after_watch(caller)
        now = self._clock()
        since = now - timedelta(hours=hours or USUAL_HOURS)
        with self._database.platform_transaction() as session:
            hosts = session.execute(text(sql.HOSTS), {"alive": now - ALIVE}).one()
            batches = session.execute(text(sql.OPEN_BATCHES)).one()
            found = session.execute(text(sql.FOUND), {"since": since}).one()
            return OverviewView(
                active_hosts=hosts.active,
                hosts=hosts.hosts,
                active_keys=session.execute(text(sql.KEYS), {"now": now}).scalar_one(),
                sessions=_by_state(session, sql.SESSIONS, since=since),
                queue_due=_queue_due(session, now),
                waiting_batches=batches.waiting,
                failed_batches=batches.failed,
                found=int(found.found),
                new=int(found.new),
                open_alarms=sum(self._alarms.open_counts(session).values()),
                last_watch_time=last_watch_time,
            )

    def list_yields(self, caller: Caller, *, platform: str, hours: int, by_hour: bool) -> list[YieldView]:
        """What each platform gave, by hour (up to a week back) or by day, newest first."""
        wanted = hours or USUAL_HOURS
        if by_hour:
            wanted = min(wanted, MOST_HOURS_BY_HOUR)
        with self._database.platform_transaction() as session:
            return _yields(session, self._clock(), wanted, "hour" if by_hour else "day", platform)

    def list_failures(self, caller: Caller, *, platform: str, hours: int) -> list[FailureView]:
        """Why runs failed, most frequent first."""
        since = self._clock() - timedelta(hours=hours or USUAL_HOURS)
        given = {"platform": platform, "since": since, "most": MOST_ROWS}
        with self._database.platform_transaction() as session:
            return [FailureView(**row._mapping) for row in session.execute(text(sql.FAILURES), given)]

    def gauges(self, caller: Caller) -> GaugesView:
        """What is measured at this moment."""
        last_watch_time = self._alarms.look_after_watch(caller)
        now = self._clock()
        with self._database.platform_transaction() as session:
            batches = session.execute(text(sql.OPEN_BATCHES)).one()
            return GaugesView(
                connected_hosts=session.execute(text(sql.HOSTS), {"alive": now - ALIVE}).one().connected,
                sessions=_by_state(session, sql.OPEN_SESSIONS),
                queue_due=_queue_due(session, now),
                waiting_batches=batches.waiting,
                failed_batches=batches.failed,
                credentials={
                    (row.platform, row.state): row.credentials for row in session.execute(text(sql.CREDENTIALS))
                },
                alarms={
                    (kind.name, platform): count
                    for (kind, platform), count in self._alarms.open_counts(session).items()
                },
                yields=_yields(session, now, 0, "hour", ""),
                last_watch_time=last_watch_time,
            )


def _by_state(session: Session, statement: str, **given: Any) -> dict[int, int]:
    return {row.state: row.sessions for row in session.execute(text(statement), given)}


def _queue_due(session: Session, now: datetime) -> int:
    """Targets that could be claimed this moment on some platform that is on."""
    platforms = list(session.scalars(text(sql.QUEUE_PLATFORMS)))
    return int(session.execute(text(sql.QUEUE_DUE), {"platforms": platforms, "now": now}).scalar_one())


def _yields(session: Session, now: datetime, hours: int, unit: str, platform: str) -> list[YieldView]:
    """Spans are whole ones of UTC, so the first is the one in which the time looked back to lies."""
    first = (now - timedelta(hours=hours)).replace(minute=0, second=0, microsecond=0)
    since = first if unit == "hour" else first.replace(hour=0)
    given = {"unit": unit, "since": since, "platform": platform, "most": MOST_ROWS}
    rows = session.execute(text(sql.YIELDS), given)
    counts = (name for name in YieldView.__dataclass_fields__ if name not in ("platform", "start_time"))
    names = tuple(counts)
    return [YieldView(row.platform, row.start_time, *(int(row._mapping[name]) for name in names)) for row in rows]
