"""Long runs: begun, paused, resumed and cancelled by people; advanced page by page by whoever does the work.

The row is the truth: a page is counted in the transaction that did it, and only if nobody else did it meanwhile
(`advance` compares where it began). A pause or a cancellation is felt before the next page.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from uuid import UUID

from blacklight_servicekit import audit, outbox
from blacklight_servicekit.caller import Caller, CallerKind
from blacklight_servicekit.clock import Clock
from blacklight_servicekit.database import Database
from blacklight_servicekit.errors import Conflict, FailedPrecondition, NotFound
from blacklight_servicekit.ids import new_id
from blacklight_servicekit.paging import PageRequest
from sqlalchemy import ColumnElement, select, text, true, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from blacklight_matching.runs.models import Run
from blacklight_matching.runs.view import (
    CANCELLED,
    ENDED,
    FAILED,
    MATCH_REFRESH,
    PAGE_DONE,
    PAUSED,
    RUNNING,
    WAITING,
    RunView,
)

_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))")
_UNFINISHED = text("state IN ('RUNNING', 'PAUSED') AND kind <> 'POSTING_IMPORT'")


class Runs:
    """The platform's administrators see every run, a tenant its own refreshes."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def get(self, caller: Caller, run_id: UUID) -> RunView:
        """Reads one run. Raises NotFound."""
        with self._scope(caller) as session:
            return _view(self._find(session, caller, run_id))

    def list_runs(
        self, caller: Caller, *, kind: str, state: str, page_size: int, page_token: str
    ) -> tuple[list[RunView], str]:
        """Runs, newest first, and the token of the next page."""
        page = PageRequest.of(
            page_size, page_token, {"rpc": "ListRuns", "tenant": caller.tenant_id, "kind": kind, "state": state}
        )
        statement = select(Run).where(_seen_by(caller)).order_by(Run.run_id.desc()).limit(page.size + 1)
        for column, value in ((Run.kind, kind), (Run.state, state)):
            statement = statement.where(column == value) if value else statement
        if page.after is not None:
            statement = statement.where(Run.run_id < page.after[0])
        with self._scope(caller) as session:
            rows, token = page.cut(session.scalars(statement).all(), key=lambda run: (run.run_id,))
            return [_view(run) for run in rows], token

    def pause(self, caller: Caller, run_id: UUID) -> RunView:
        """Stops a run before its next page; a paused one stays so. Raises NotFound, FailedPrecondition."""
        return self._move(caller, run_id, {RUNNING: PAUSED, PAUSED: PAUSED}, "paused")

    def resume(self, caller: Caller, run_id: UUID) -> RunView:
        """Goes on where it was paused; a running one runs on. Raises NotFound, FailedPrecondition."""
        return self._move(caller, run_id, {PAUSED: RUNNING, RUNNING: RUNNING}, "resumed")

    def cancel(self, caller: Caller, run_id: UUID) -> RunView:
        """Ends a run before its next page; what is done stays done. Raises NotFound, FailedPrecondition."""
        return self._move(caller, run_id, dict.fromkeys((WAITING, RUNNING, PAUSED, CANCELLED), CANCELLED), "cancelled")

    def start(
        self,
        session: Session,
        caller: Caller,
        kind: str,
        *,
        task: Mapping[str, Any],
        total: int,
        tenant_id: UUID | None = None,
        state: str = RUNNING,
    ) -> UUID:
        """Part: begins a run, or finds the one of the same kind and tenant that does so already; returns its id.

        Raises FailedPrecondition (RUN_PAUSED; RUN_OF_OTHER_TASK), with its `run_id`, where that one does not.
        """
        now = self._clock()
        while True:
            run_id: UUID | None = session.scalar(
                upsert(Run)
                .values(
                    run_id=new_id(),
                    tenant_id=tenant_id,
                    kind=kind,
                    task=dict(task),
                    state=state,
                    total=total,
                    position={},
                    starter_kind=caller.kind.value,
                    starter_id=caller.id,
                    create_time=now,
                    update_time=now,
                )
                .on_conflict_do_nothing(index_elements=["tenant_id", "kind"], index_where=_UNFINISHED)
                .returning(Run.run_id)
            )
            if run_id is not None:
                audit.record(session, caller, "run.started", run_id, tenant_id=tenant_id, changes={"kind": kind})
                if state == RUNNING:
                    self.wake(session, run_id, tenant_id)
                return run_id
            of_tenant = Run.tenant_id.is_(None) if tenant_id is None else Run.tenant_id == tenant_id
            known = session.scalar(select(Run).where(of_tenant, Run.kind == kind, Run.state.in_((RUNNING, PAUSED))))
            if known is not None:
                _check_same(known, task)
                return known.run_id

    def was_begun(self, session: Session, kind: str, tenant_id: UUID, since: datetime) -> bool:
        """Part: whether a tenant's run of a kind was begun since then; others who ask wait until the commit."""
        session.execute(_LOCK, {"key": f"runs {kind} {tenant_id}"})
        of = (Run.tenant_id == tenant_id, Run.kind == kind, Run.create_time >= since)
        return session.scalar(select(Run.run_id).where(*of).limit(1)) is not None

    def overtake(self, session: Session, caller: Caller, kind: str, tenant_id: UUID) -> None:
        """Part: ends a tenant's paused run of a kind, as the next one is due, which does what it left."""
        now = self._clock()
        ended = session.scalars(
            update(Run)
            .where(Run.tenant_id == tenant_id, Run.kind == kind, Run.state == PAUSED)
            .values(state=CANCELLED, end_time=now, update_time=now, reason="OVERTAKEN")
            .returning(Run.run_id)
        )
        for run_id in ended.all():
            audit.record(session, caller, "run.cancelled", run_id, tenant_id=tenant_id, changes={"state": PAUSED})
            self.wake(session, run_id, tenant_id)

    def set_going(self, session: Session, caller: Caller, run_id: UUID, total: int) -> None:
        """Part: what a run waited for is there. Raises FailedPrecondition (RUN_NOT_WAITING)."""
        begun = session.execute(
            update(Run)
            .where(Run.run_id == run_id, Run.state == WAITING)
            .values(state=RUNNING, total=total, update_time=self._clock())
            .returning(Run.run_id)
        ).one_or_none()
        if begun is None:
            raise _refused("it does not wait any more", "RUN_NOT_WAITING")
        audit.record(session, caller, "run.begun", run_id)
        self.wake(session, run_id, None)

    def wake(self, session: Session, run_id: UUID, tenant_id: UUID | None) -> None:
        """Part: has the workflow look at the run once this transaction is committed."""
        outbox.add(session, "run.due", {"run_id": str(run_id)}, tenant_id=tenant_id)

    def find(self, run_id: UUID) -> RunView | None:
        """A run as it is now, for whoever does its work."""
        with self._database.platform_transaction() as session:
            run = session.get(Run, run_id)
            return None if run is None else _view(run)

    def find_states(self, session: Session, run_ids: list[UUID]) -> dict[UUID, RunView]:
        """Part: runs by id."""
        return {run.run_id: _view(run) for run in session.scalars(select(Run).where(Run.run_id.in_(run_ids)))}

    def waiting(self, session: Session, kind: str) -> list[RunView]:
        """Part: the runs of a kind that wait for what they work on."""
        return [_view(run) for run in session.scalars(select(Run).where(Run.kind == kind, Run.state == WAITING))]

    def advance(
        self,
        session: Session,
        run: RunView,
        position: Mapping[str, Any],
        *,
        done: int = 0,
        failed: int = 0,
        total: int | None = None,
    ) -> None:
        """Part: counts a page that began where `run` stood. Raises Conflict (PAGE_DONE) if another did it."""
        moved = session.execute(
            update(Run)
            .where(Run.run_id == run.run_id, Run.position == dict(run.position), Run.state.not_in(ENDED))
            .values(
                position=dict(position),
                done=Run.done + done,
                failed=Run.failed + failed,
                total=Run.total if total is None else total,
                update_time=self._clock(),
            )
            .returning(Run.run_id)
        ).one_or_none()
        if moved is None:
            raise Conflict("this page was done, or the run has ended, meanwhile", reason=PAGE_DONE)

    def finish(self, session: Session, run_id: UUID, state: str, *, reason: str = "", error: str = "") -> None:
        """Part: ends a run, unless it has ended."""
        now = self._clock()
        session.execute(
            update(Run)
            .where(Run.run_id == run_id, Run.state.not_in(ENDED))
            .values(state=state, end_time=now, update_time=now, reason=reason, error=error[:500])
        )

    def fail(self, run_id: UUID, reason: str, error: str) -> None:
        """Ends a run that can't go on; `error` must hold nothing but our own words."""
        with self._database.platform_transaction() as session:
            self.finish(session, run_id, FAILED, reason=reason, error=error)

    def _move(self, caller: Caller, run_id: UUID, moves: Mapping[str, str], word: str) -> RunView:
        with self._scope(caller) as session:
            run = self._find(session, caller, run_id, lock=True)
            target = moves.get(run.state)
            if target is None:
                raise _refused(f"a run that is {run.state} can't be {word}", "RUN_STATE")
            if target != run.state:
                audit.record(
                    session, caller, f"run.{word}", run_id, tenant_id=run.tenant_id, changes={"state": run.state}
                )
                run.state = target
                run.update_time = self._clock()
                run.end_time = run.update_time if target in ENDED else None
                session.flush()
                self.wake(session, run_id, run.tenant_id)
            return _view(run)

    def _find(self, session: Session, caller: Caller, run_id: UUID, *, lock: bool = False) -> Run:
        statement = select(Run).where(_seen_by(caller), Run.run_id == run_id)
        run = session.scalars(statement.with_for_update() if lock else statement).one_or_none()
        if run is None:
            raise NotFound(f"run {run_id} not found", reason="RUN_NOT_FOUND", field="run_id")
        return run

    @contextmanager
    def _scope(self, caller: Caller) -> Iterator[Session]:
        if caller.kind is CallerKind.PLATFORM_ADMIN:
            with self._database.platform_transaction() as session:
                yield session
        else:
            with self._database.transaction(caller.tenant) as session:
                yield session


def _seen_by(caller: Caller) -> ColumnElement[bool]:
    if caller.kind is CallerKind.PLATFORM_ADMIN:
        return true()
    return (Run.tenant_id == caller.tenant) & (Run.kind == MATCH_REFRESH)


def _check_same(known: Run, task: Mapping[str, Any]) -> None:
    told = {"run_id": str(known.run_id)}
    if known.state == PAUSED:
        raise FailedPrecondition(
            f"run {known.run_id} of this kind is paused; resume or cancel it first", reason="RUN_PAUSED", metadata=told
        )
    if known.task != dict(task):
        raise FailedPrecondition(
            f"run {known.run_id} of this kind is at something else; wait for its end or cancel it",
            reason="RUN_OF_OTHER_TASK",
            metadata=told,
        )


def _refused(message: str, reason: str) -> FailedPrecondition:
    return FailedPrecondition(message, reason=reason, field="run_id")


def _view(run: Run) -> RunView:
    return RunView(**{name: getattr(run, name) for name in RunView.__dataclass_fields__})
