"""A fleet as its rows say it: keys, hosts, sessions, runs and batches on a database of their own; no server."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from blacklight.matching.v1.posting_pb2 import PostingDraft, PostingDrafts
from blacklight.scraper.v1.fleet_service_pb2 import BatchAcknowledgement, PostingRefusal
from blacklight_scraper.activity.service import FleetEvents
from blacklight_scraper.alarms.service import Alarms
from blacklight_scraper.alarms.states import WatchRule
from blacklight_scraper.hosts.models import HostRow
from blacklight_scraper.intake.fills import fills_of
from blacklight_scraper.intake.review.service import Batches
from blacklight_scraper.intake.review.views import RetryRule
from blacklight_scraper.intake.service import BatchIntake
from blacklight_scraper.intake.states import NewBatch
from blacklight_scraper.keys.models import ApiKeyRow
from blacklight_scraper.models import Base
from blacklight_scraper.monitoring.service import Monitoring
from blacklight_scraper.platforms.models import PlatformRow
from blacklight_scraper.queue.models import QueuedRoleRow, QueueTargetRow
from blacklight_scraper.sessions.models import PlatformRunRow, SessionRow
from blacklight_servicekit.caller import Caller, CallerKind
from blacklight_servicekit.database import Database
from blacklight_servicekit.ids import new_id
from sqlalchemy import text

START = datetime.fromisoformat("2026-03-04T12:00:00+00:00")
ADMIN = Caller(CallerKind.PLATFORM_ADMIN, "admin-1")
WORK = Caller.service("scraper", None)
MINUTE = timedelta(minutes=1)


class StoppedClock:
    """A time that only tests move."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now

    def advance(self, by: timedelta) -> None:
        self.now += by


class FleetRows:
    """Rows of a fleet, and the parts of the service that look at them."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.clock = StoppedClock()
        self.intake = BatchIntake(database, self.clock, timedelta(hours=72))
        rule = RetryRule(most=2, first=timedelta(minutes=5), longest=timedelta(hours=6))
        self.batches = Batches(database, self.clock, rule)
        self.alarms = Alarms(database, self.clock, WatchRule(every=MINUTE, keep=timedelta(days=90)))
        self.events = FleetEvents(database, self.clock, timedelta(days=7))
        self.monitoring = Monitoring(database, self.alarms, self.clock)
        self.key_id = self._key()
        self.target_id = self.target()

    def rows(self, statement: str, **values: Any) -> list[Any]:
        with self.database.platform_transaction() as session:
            return list(session.execute(text(statement), values).all())

    def add(self, *rows: Base) -> None:
        with self.database.platform_transaction() as session:
            for row in rows:
                session.add(row)
                session.flush()

    def platform(self, name: str = "dice", **changes: Any) -> str:
        given = {"enabled": True, "priority": 1, "cadence_minutes": 20, "max_in_flight": 1, "login": 1, **changes}
        texts = dict.fromkeys(("base_url", "description", "session_cookie", "pause_reason"), "")
        times = {"create_time": self.clock(), "update_time": self.clock()}
        self.add(PlatformRow(name=name, display_name=name, paused=False, version=1, **texts, **times, **given))
        return name

    def _key(self) -> UUID:
        row = ApiKeyRow(
            api_key_id=new_id(), name="host", platforms=["dice"], prefix="p", secret_sha256=new_id().bytes,
            create_time=self.clock(), description="", rate_limit_per_minute=600, created_by="", revoked_by="",
            usage_count=0, version=1,
        )  # fmt: skip
        self.add(row)
        return row.api_key_id

    def target(self) -> UUID:
        role_id, now = new_id(), self.clock()
        shared = {"approval": 2, "candidate_count": 1, "writes": 1, "create_time": now, "update_time": now}
        self.add(
            QueuedRoleRow(role_id=role_id, name="Java Developer", aliases=[], version=1, paused=False, **shared),
            QueueTargetRow(
                target_id=role_id, role_id=role_id, location="", candidate_query="", priority=2, paused=False,
                demanded=True, **shared,
            ),
        )  # fmt: skip
        return role_id

    def host(self, name: str = "host-1", *, seen: datetime | None = None, connected: bool = True) -> UUID:
        row = HostRow(
            host_id=new_id(), api_key_id=self.key_id, host_name=name, agent_version="1", protocol=1, capabilities=[],
            state=1, state_reason="", stream_id=new_id() if connected else None, connect_time=self.clock(),
            last_seen_time=seen or self.clock(), create_time=self.clock(),
        )  # fmt: skip
        self.add(row)
        return row.host_id

    def session(self, **changes: Any) -> UUID:
        session_id = new_id()
        self.add(SessionRow(**self.session_values(session_id, **changes)))
        return session_id

    def session_values(self, session_id: UUID, **changes: Any) -> dict[str, Any]:
        now = self.clock()
        return {
            "session_id": session_id, "claim_id": new_id(), "api_key_id": self.key_id, "host_name": "host-1",
            "role_id": self.target_id, "role_name": "Java Developer", "aliases": [], "platforms": ["dice"],
            "fencing_token": 1, "last_sequence": 0, "state": 1, "create_time": now, "last_seen_time": now,
            "target_id": self.target_id, "claim_index": 0, "candidate_count": 1, "location": "",
            "candidate_query": "", "transport": 1, "liveness_seconds": 600, "paused": False, "touched": True,
            "end_reason": "", **changes,
        }  # fmt: skip

    def run(self, session_id: UUID, state: int, *, platform: str = "dice", reason: int = 0, message: str = "") -> None:
        told = {"failure_reason": reason, "message": message, "report_time": self.clock()}
        self.add(PlatformRunRow(session_id=session_id, platform=platform, state=state, **told))

    def reported(self, state: int, *, count: int = 1, reason: int = 0, message: str = "") -> None:
        """Runs of sessions of their own, reported now."""
        for _ in range(count):
            session_id = self.session(state=3, end_time=self.clock())
            self.run(session_id, state, reason=reason, message=message)

    def batch(
        self, session_id: UUID, sequence: int, *drafts: PostingDraft, refused: tuple[PostingRefusal, ...] = ()
    ) -> UUID:
        payload = PostingDrafts(postings=drafts).SerializeToString()
        new = NewBatch(
            batch_id=new_id(),
            session_id=session_id,
            sequence=sequence,
            role_id=self.target_id,
            platform="dice",
            payload=payload,
            sha256=hashlib.sha256(payload).digest(),
            received=len(drafts),
            accepted=len(drafts) - len(refused),
            acknowledgement=BatchAcknowledgement(refused=refused).SerializeToString(),
            fills=fills_of(drafts),
        )
        with self.database.platform_transaction() as session:
            self.intake.store(session, [new], self.clock())
        return new.batch_id


def fleet_on(urls: Any) -> Iterator[FleetRows]:
    """A fleet on this database."""
    database = Database(urls.app, urls.platform)
    fleet = FleetRows(database)
    fleet.platform()
    yield fleet
    database.dispose()
