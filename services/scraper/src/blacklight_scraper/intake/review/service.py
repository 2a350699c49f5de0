"""Batches read by administrators, what became of their postings, and failed ones sent again (spec 4.4.3, 8.5)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from blacklight_servicekit import audit, outbox
from blacklight_servicekit.caller import Caller
from blacklight_servicekit.clock import Clock
from blacklight_servicekit.database import Database
from blacklight_servicekit.errors import FailedPrecondition, NotFound
from blacklight_servicekit.paging import PageRequest
from sqlalchemy import ColumnElement, Row, Select, func, select, tuple_
from sqlalchemy.orm import Session, load_only

from blacklight_scraper.activity.service import note
from blacklight_scraper.intake.models import BatchRow
from blacklight_scraper.intake.review.encoding import JobLogView, KeptJobs, job_logs
from blacklight_scraper.intake.review.views import FINAL, BatchView, JobOutcome, RetryRule
from blacklight_scraper.intake.service import COMMITTED
from blacklight_scraper.intake.states import BatchState

RETRIED = "batch.retried"
READ_TOGETHER = 4
"""Batches read at a time for a page of job logs; one holds up to 200 postings."""
MOST_READ = 24
"""Batches read for one page: a filter that nothing passes answers a short page with a token, not a late one."""
SENT_TOGETHER = 100
BEFORE_ALL = -1
"""A place before every posting of a batch."""


class BatchNotFound(NotFound):
    """No batch of that id."""

    def __init__(self, batch_id: UUID) -> None:
        super().__init__(f"batch {batch_id} not found", reason="BATCH_NOT_FOUND")


class JobLogNotFound(NotFound):
    """No posting at that place of the batch, or its payload is past its retention."""

    def __init__(self, batch_id: UUID, index: int) -> None:
        super().__init__(f"batch {batch_id} keeps no posting at place {index}", reason="JOB_LOG_NOT_FOUND")


class BatchNotFailed(FailedPrecondition):
    """Only a failed batch is sent again."""

    def __init__(self) -> None:
        super().__init__("this batch has not failed, so there is nothing to send again", reason="BATCH_NOT_FAILED")


class PostingsGone(FailedPrecondition):
    """The payload is past its retention."""

    def __init__(self) -> None:
        super().__init__("the batch's postings are past their retention", reason="BATCH_POSTINGS_GONE")


class Batches:
    """Batches, as administrators look at them."""

    def __init__(self, database: Database, clock: Clock, rule: RetryRule) -> None:
        self._database = database
        self._clock = clock
        self._rule = rule

    def get(self, caller: Caller, *, batch_id: UUID) -> BatchView:
        """One batch. Raises BatchNotFound."""
        with self._database.platform_transaction() as session:
            found = session.execute(_listed().where(BatchRow.batch_id == batch_id)).one_or_none()
            if found is None:
                raise BatchNotFound(batch_id)
            return _view(found)

    def list_batches(
        self,
        caller: Caller,
        *,
        page_size: int,
        page_token: str,
        session_id: UUID | None,
        state: BatchState | None,
        platform: str,
    ) -> tuple[list[BatchView], str]:
        """Batches, newest first."""
        query = {"list": "batches", "session_id": session_id, "state": state, "platform": platform}
        page = PageRequest.of(page_size, page_token, query)
        statement = _listed().order_by(BatchRow.create_time.desc(), BatchRow.batch_id.desc())
        if session_id is not None:
            statement = statement.where(BatchRow.session_id == session_id)
        if state is not None:
            statement = statement.where(BatchRow.state == state)
        if platform:
            statement = statement.where(BatchRow.platform == platform)
        if page.after is not None:
            statement = statement.where(tuple_(BatchRow.create_time, BatchRow.batch_id) < tuple_(*page.after))
        with self._database.platform_transaction() as session:
            found = session.execute(statement.limit(page.size + 1)).all()
            rows, token = page.cut(found, key=lambda row: (row.create_time, row.batch_id))
            return [_view(row) for row in rows], token

    def retry(self, caller: Caller, *, batch_id: UUID) -> BatchView:
        """Sends a failed batch to matching again. Raises BatchNotFound, BatchNotFailed and PostingsGone."""
        with self._database.platform_transaction() as session:
            row = session.get(BatchRow, batch_id, with_for_update=True)
            if row is None:
                raise BatchNotFound(batch_id)
            if row.state != BatchState.FAILED:
                raise BatchNotFailed()
            if row.payload is None:
                raise PostingsGone()
            self._send_again(session, row)
            audit.record(session, caller, RETRIED, batch_id, changes={"retries": row.retries})
            session.flush()
            return _view(session.execute(_listed().where(BatchRow.batch_id == batch_id)).one())

    def send_due_again(self, caller: Caller) -> int:
        """Sends failed batches again that have rested long enough and may yet be taken; returns how many."""
        rule, now = self._rule, self._clock()
        seconds = func.least(rule.first.total_seconds() * func.power(2, BatchRow.retries), rule.longest.total_seconds())
        due = (
            select(BatchRow)
            .where(
                BatchRow.state == BatchState.FAILED,
                BatchRow.settle_time + seconds * timedelta(seconds=1) <= now,
                BatchRow.retries < rule.most,
                BatchRow.failure.not_in(FINAL),
                BatchRow.payload.is_not(None),
            )
            .options(load_only(BatchRow.batch_id, BatchRow.session_id, BatchRow.platform, BatchRow.retries))
            .order_by(BatchRow.settle_time)
            .limit(SENT_TOGETHER)
            .with_for_update(skip_locked=True)
        )
        with self._database.platform_transaction() as session:
            rows = session.scalars(due).all()
            for row in rows:
                self._send_again(session, row)
            return len(rows)

    def list_job_logs(
        self,
        caller: Caller,
        *,
        session_id: UUID,
        page_size: int,
        page_token: str,
        platform: str,
        outcome: JobOutcome | None,
    ) -> tuple[list[JobLogView], str]:
        """What became of a session's postings, by batch and place; a page may be short while there are more."""
        query = {"list": "job logs", "session_id": session_id, "platform": platform, "outcome": outcome}
        page = PageRequest.of(page_size, page_token, query)
        after = page.after or (0, BEFORE_ALL)
        found: list[JobLogView] = []
        read = 0
        with self._database.platform_transaction() as session:
            for jobs in _read(session, session_id, after[0], _may_hold(platform, outcome)):
                for job in job_logs(jobs):
                    if (job.sequence, job.index) <= after or outcome not in (None, job.outcome):
                        continue
                    if len(found) == page.size:
                        return found, page.next_token((found[-1].sequence, found[-1].index))
                    found.append(job)
                read += 1
                if read == MOST_READ:
                    return found, page.next_token((jobs.sequence + 1, BEFORE_ALL))
        return found, ""

    def get_job_log(self, caller: Caller, *, batch_id: UUID, index: int) -> JobLogView:
        """What became of one posting. Raises JobLogNotFound."""
        with self._database.platform_transaction() as session:
            row = session.execute(_with_jobs().where(BatchRow.batch_id == batch_id)).one_or_none()
            for job in () if row is None else job_logs(_kept(row)):
                if job.index == index:
                    return job
        raise JobLogNotFound(batch_id, index)

    def _send_again(self, session: Session, row: BatchRow) -> None:
        """The failed batch waits again, with a fresh event; what it counted as lost is taken back."""
        row.state = BatchState.WAITING
        row.rejected = BatchRow.received - BatchRow.accepted
        row.failure = ""
        row.settle_time = None
        row.retries += 1
        session.flush()
        outbox.add(session, COMMITTED, {"batch_id": str(row.batch_id)}, tenant_id=None)
        told = {"batch_id": str(row.batch_id), "retries": str(row.retries)}
        note(session, RETRIED, self._clock(), session_id=row.session_id, platform=row.platform, detail=told)


_COLUMNS = tuple(getattr(BatchRow, name) for name in BatchView.__dataclass_fields__ if name != "payload_kept")
_COUNTED = {
    JobOutcome.NEW: BatchRow.new,
    JobOutcome.REFRESHED: BatchRow.refreshed,
    JobOutcome.DUPLICATE: BatchRow.duplicate,
    JobOutcome.REJECTED: BatchRow.rejected,
}


def _listed() -> Select[Any]:
    """A batch without what it carries."""
    return select(*_COLUMNS, BatchRow.payload.is_not(None).label("payload_kept"))


def _view(row: Row[Any]) -> BatchView:
    return BatchView(**{**row._mapping, "state": BatchState(row.state)})


def _with_jobs() -> Select[Any]:
    names = (name for name in KeptJobs.__dataclass_fields__)
    return select(*(getattr(BatchRow, name) for name in names)).where(BatchRow.payload.is_not(None))


def _may_hold(platform: str, outcome: JobOutcome | None) -> list[ColumnElement[bool]]:
    """Which batches can hold what is looked for, so that others are not taken apart."""
    wanted: list[ColumnElement[bool]] = [BatchRow.platform == platform] if platform else []
    if outcome is JobOutcome.WAITING:
        wanted.append(BatchRow.state == BatchState.WAITING)
    elif outcome is JobOutcome.FAILED:
        wanted.append(BatchRow.state == BatchState.FAILED)
    elif outcome in _COUNTED:
        wanted.append(_COUNTED[outcome] > 0)
    return wanted


def _read(session: Session, session_id: UUID, first: Any, wanted: Sequence[ColumnElement[bool]]) -> Iterator[KeptJobs]:
    """A session's batches from this number on, a few at a time."""
    statement = _with_jobs().where(BatchRow.session_id == session_id, *wanted).order_by(BatchRow.sequence)
    while rows := session.execute(statement.where(BatchRow.sequence >= first).limit(READ_TOGETHER)).all():
        yield from map(_kept, rows)
        first = rows[-1].sequence + 1


def _kept(row: Row[Any]) -> KeptJobs:
    return KeptJobs(**{**row._mapping, "state": BatchState(row.state)})
