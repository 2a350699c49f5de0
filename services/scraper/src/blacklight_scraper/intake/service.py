"""Batches: stored with the event that takes them to matching, settled once, emptied in time (spec 5.4)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from blacklight_servicekit import binary_copy, outbox
from blacklight_servicekit.caller import Caller
from blacklight_servicekit.clock import Clock
from blacklight_servicekit.database import Database
from sqlalchemy import and_, func, or_, select, text, tuple_, update
from sqlalchemy.orm import Session

from blacklight_scraper.activity.service import note
from blacklight_scraper.intake.models import BatchRow
from blacklight_scraper.intake.states import BatchState, KeptBatch, NewBatch, Outcomes, WaitingBatch, Yield

COMMITTED = "batch.committed"
SETTLED = "batch.settled"
FAILED = "batch.failed"
SWEEP_ROWS = 500
NOT_DELIVERED = "NOT_DELIVERED"
UNDELIVERABLE = """
SELECT DISTINCT batches.batch_id FROM outbox AS dead
JOIN batches ON batches.batch_id = CAST(dead.payload ->> 'batch_id' AS uuid)
WHERE dead.kind = :kind AND dead.dead_time IS NOT NULL AND batches.state = 1 AND NOT EXISTS (
  SELECT FROM outbox AS alive
  WHERE alive.kind = :kind AND alive.dead_time IS NULL
    AND alive.payload ->> 'batch_id' = dead.payload ->> 'batch_id'
)
LIMIT :most
"""
"""Waiting batches all of whose events are dead letters."""
BATCH_COLUMNS = (
    ("batch_id", "uuid"),
    ("session_id", "uuid"),
    ("sequence", "int8"),
    ("role_id", "uuid"),
    ("platform", "text"),
    ("payload", "bytea"),
    ("sha256", "bytea"),
    ("acknowledgement", "bytea"),
    ("received", "int4"),
    ("accepted", "int4"),
    ("state", "int2"),
    ("new", "int4"),
    ("refreshed", "int4"),
    ("duplicate", "int4"),
    ("rejected", "int4"),
    ("failure", "text"),
    ("create_time", "timestamptz"),
    ("settle_time", "timestamptz"),
    ("results", "bytea"),
    ("fills", "int2[]"),
    ("retries", "int4"),
    ("submission_id", "uuid"),
)
"""What of a batch is stored at first: every column."""

# Whose a batch is only its session says; the sessions' own code stands above this.
_ACCEPTED_FROM_KEY = text(
    "SELECT coalesce(sum(batch.accepted), 0) FROM scraper.batches AS batch"
    " JOIN scraper.sessions AS scrape USING (session_id) WHERE scrape.api_key_id = :api_key_id"
)


class BatchIntake:
    """The batches that hosts deliver."""

    def __init__(self, database: Database, clock: Clock, retention: timedelta) -> None:
        self._database = database
        self._clock = clock
        self._retention = retention

    def store(self, session: Session, batches: Sequence[NewBatch], now: datetime) -> None:
        """Part: stores batches, each with the event that takes it to matching.

        A batch without one acceptable posting is settled at once.
        """
        if not batches:
            return
        stored = [_values(batch, now) for batch in batches]
        rows = [[values[name] for name, _ in BATCH_COLUMNS] for values in stored]
        binary_copy.insert_rows(session, BatchRow.__tablename__, BATCH_COLUMNS, rows)
        waiting = [{"batch_id": str(batch.batch_id)} for batch in batches if batch.accepted]
        outbox.add_all(session, COMMITTED, waiting, tenant_id=None)

    def kept(self, session: Session, keys: Iterable[tuple[UUID, int]]) -> Mapping[tuple[UUID, int], KeptBatch]:
        """Part: the batches stored under these sessions and numbers."""
        wanted = sorted(set(keys))
        if not wanted:
            return {}
        rows = session.execute(
            select(
                BatchRow.session_id,
                BatchRow.sequence,
                BatchRow.sha256,
                BatchRow.platform,
                BatchRow.acknowledgement,
            ).where(tuple_(BatchRow.session_id, BatchRow.sequence).in_(wanted))
        )
        return {
            (row.session_id, row.sequence): KeptBatch(bytes(row.sha256), row.platform, bytes(row.acknowledgement))
            for row in rows
        }

    def waiting_count(self, session: Session, session_id: UUID) -> int:
        """Part: how many of a session's batches are not settled."""
        return session.execute(
            select(func.count()).where(BatchRow.session_id == session_id, BatchRow.state == BatchState.WAITING)
        ).scalar_one()

    def accepted_from_key(self, session: Session, api_key_id: UUID) -> int:
        """Part: postings taken from a key's hosts, ever, summed over the batches (P-38)."""
        return int(session.execute(_ACCEPTED_FROM_KEY, {"api_key_id": api_key_id}).scalar_one())

    def received_count(self, session: Session, session_id: UUID, platform: str) -> int:
        """Part: postings that a session has delivered for a platform."""
        return session.execute(
            select(func.coalesce(func.sum(BatchRow.received), 0)).where(
                BatchRow.session_id == session_id, BatchRow.platform == platform
            )
        ).scalar_one()

    def batch_count(self, session: Session, session_id: UUID, platform: str) -> int:
        """Part: batches that a session has delivered for a platform; they are there before one is dispatched (H-12)."""
        wanted = (BatchRow.session_id == session_id, BatchRow.platform == platform)
        count: int = session.execute(select(func.count()).where(*wanted)).scalar_one()
        return count

    def yields(self, session: Session, session_ids: Sequence[UUID]) -> Mapping[tuple[UUID, str], Yield]:
        """Part: the counts of each session and platform, summed over the rows (P-33, P-38)."""
        rows = session.execute(
            select(
                BatchRow.session_id,
                BatchRow.platform,
                func.sum(BatchRow.received).label("received"),
                func.sum(BatchRow.new).label("new"),
                func.sum(BatchRow.refreshed).label("refreshed"),
                func.sum(BatchRow.duplicate).label("duplicate"),
                func.sum(BatchRow.rejected).label("rejected"),
                func.count().label("batches"),
                func.count().filter(BatchRow.state != BatchState.WAITING).label("settled_batches"),
                func.count().filter(BatchRow.state == BatchState.FAILED).label("failed_batches"),
            )
            .where(BatchRow.session_id.in_(list(session_ids)))
            .group_by(BatchRow.session_id, BatchRow.platform)
        )
        return {
            (row.session_id, row.platform): Yield(
                row.received,
                row.new,
                row.refreshed,
                row.duplicate,
                row.rejected,
                row.batches,
                row.settled_batches,
                row.failed_batches,
            )
            for row in rows
        }

    def find_waiting(self, caller: Caller, *, batch_id: UUID) -> WaitingBatch | None:
        """A batch that is not settled, with its payload; None when it is, or was never."""
        with self._database.platform_transaction() as session:
            row = session.execute(
                select(BatchRow.session_id, BatchRow.role_id, BatchRow.platform, BatchRow.acknowledgement).where(
                    BatchRow.batch_id == batch_id, BatchRow.state == BatchState.WAITING
                )
            ).one_or_none()
            query = f"SELECT payload FROM batches WHERE batch_id = '{batch_id}'"
            payload = None if row is None else binary_copy.find_value(session, query)
            if row is None or payload is None:
                return None
            acknowledgement = bytes(row.acknowledgement)
            return WaitingBatch(batch_id, row.session_id, row.role_id, row.platform, payload, acknowledgement)

    def settle(self, caller: Caller, *, batch_id: UUID, outcomes: Outcomes, results: bytes = b"") -> bool:
        """Notes what matching made of a batch, once; False when it was settled before.

        `results`: matching's answer for each posting, serialised; kept as long as the payload.
        """
        with self._database.platform_transaction() as session:
            return self._settle(session, batch_id, BatchState.IMPORTED, outcomes, results=results) is not None

    def begin_again(self, caller: Caller, *, batch_id: UUID) -> None:
        """Gives a batch a fresh event, with all its deliveries before it: an outage must not use them up."""
        with self._database.platform_transaction() as session:
            outbox.add(session, COMMITTED, {"batch_id": str(batch_id)}, tenant_id=None)

    def give_up(self, caller: Caller, *, batch_id: UUID, failure: str) -> bool:
        """Accounts for a batch that matching will not take, so that its session can end; keeps the payload."""
        with self._database.platform_transaction() as session:
            row = session.get(BatchRow, batch_id)
            if row is None:
                return False
            lost = Outcomes(new=0, refreshed=0, duplicate=0, rejected=row.accepted)
            session_id = self._settle(session, batch_id, BatchState.FAILED, lost, failure=failure)
            if session_id is None:
                return False
            told = {"batch_id": str(batch_id), "failure": failure}
            note(session, FAILED, self._clock(), session_id=session_id, platform=row.platform, detail=told)
            return True

    def give_up_undeliverable(self, caller: Caller) -> int:
        """Accounts for waiting batches whose event the relay has given up, whatever it was: else their sessions would
        never end (P-32). Returns how many; they are failed batches from now on, and sent again as such.
        """
        with self._database.platform_transaction() as session:
            found = session.scalars(text(UNDELIVERABLE), {"kind": COMMITTED, "most": SWEEP_ROWS}).all()
        return sum(self.give_up(caller, batch_id=batch_id, failure=NOT_DELIVERED) for batch_id in found)

    def drop_payloads(self, caller: Caller) -> int:
        """Drops payloads and results of settled batches past their retention; returns how many (P-45)."""
        now = self._clock()
        due = (
            select(BatchRow.batch_id)
            .where(
                BatchRow.payload.is_not(None),
                or_(
                    and_(BatchRow.state == BatchState.IMPORTED, BatchRow.create_time < now - self._retention),
                    # What matching would not take is kept for longer: somebody may want to look.
                    and_(BatchRow.state == BatchState.FAILED, BatchRow.create_time < now - 10 * self._retention),
                ),
            )
            .limit(SWEEP_ROWS)
        )
        with self._database.platform_transaction() as session:
            return len(
                session.execute(
                    update(BatchRow)
                    .where(BatchRow.batch_id.in_(due.scalar_subquery()))
                    .values(payload=None, results=None)
                    .returning(BatchRow.batch_id)
                    .execution_options(synchronize_session=False)
                ).all()
            )

    def _settle(
        self,
        session: Session,
        batch_id: UUID,
        state: BatchState,
        outcomes: Outcomes,
        *,
        failure: str = "",
        results: bytes = b"",
    ) -> UUID | None:
        """The guarded transition: only a waiting batch is settled, and its session, which is returned, hears of it."""
        session_id = session.execute(
            update(BatchRow)
            .where(BatchRow.batch_id == batch_id, BatchRow.state == BatchState.WAITING)
            .values(
                state=state,
                new=outcomes.new,
                refreshed=outcomes.refreshed,
                duplicate=outcomes.duplicate,
                rejected=BatchRow.rejected + outcomes.rejected,
                failure=failure,
                results=results or None,
                settle_time=self._clock(),
            )
            .returning(BatchRow.session_id)
            .execution_options(synchronize_session=False)
        ).scalar_one_or_none()
        if session_id is not None:
            outbox.add(session, SETTLED, {"session_id": str(session_id)}, tenant_id=None)
        return session_id


def _values(batch: NewBatch, now: datetime) -> dict[str, object]:
    refused = batch.received - batch.accepted
    return {
        "batch_id": batch.batch_id,
        "session_id": batch.session_id,
        "sequence": batch.sequence,
        "role_id": batch.role_id,
        "platform": batch.platform,
        "payload": batch.payload,
        "sha256": batch.sha256,
        "acknowledgement": batch.acknowledgement,
        "received": batch.received,
        "accepted": batch.accepted,
        "state": BatchState.WAITING if batch.accepted else BatchState.IMPORTED,
        "new": 0,
        "refreshed": 0,
        "duplicate": 0,
        "rejected": refused,
        "failure": "",
        "create_time": now,
        "settle_time": None if batch.accepted else now,
        "results": None,
        "fills": None if batch.fills is None else list(batch.fills),
        "retries": 0,
        "submission_id": batch.submission_id,
    }
