"""Targets: what hosts claim, listed, made, decided and deleted by administrators (spec 3.13, D-7)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from blacklight_servicekit import audit
from blacklight_servicekit.caller import Caller
from blacklight_servicekit.clock import Clock
from blacklight_servicekit.database import Database
from blacklight_servicekit.errors import FailedPrecondition, Invalid, NotFound
from blacklight_servicekit.etag import check_etag, etag_of
from blacklight_servicekit.ids import new_id
from blacklight_servicekit.paging import PageRequest
from sqlalchemy import ColumnElement, func, literal, select, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from blacklight_scraper.activity.service import note
from blacklight_scraper.queue.demand import key_of
from blacklight_scraper.queue.demands.service import new_target
from blacklight_scraper.queue.models import QueuedRoleRow, QueueTargetRow, TargetPlatformRow
from blacklight_scraper.queue.refusals import QueuedRoleNotFound, RoleRejected
from blacklight_scraper.queue.states import Approval, Priority, QueueTargetView, TargetPlatformView

_NEVER = datetime.min.replace(tzinfo=UTC)
APPROVED_AT_ONCE = 500
"""Targets approved in one transaction when every pending one is."""


class QueueTargetNotFound(NotFound):
    """No target of that id, or no more."""

    def __init__(self, target_id: UUID) -> None:
        super().__init__(f"target {target_id} not found", reason="QUEUE_TARGET_NOT_FOUND")


class RolesOwnTarget(FailedPrecondition):
    """The role's own target is approved, rejected and kept with the role."""

    def __init__(self) -> None:
        super().__init__(
            "this is the role's own target: approve or reject the role itself; it cannot be deleted",
            reason="ROLES_OWN_TARGET",
        )


class TargetInUse(FailedPrecondition):
    """A session works the target."""

    def __init__(self) -> None:
        super().__init__("a session works this target; delete it when that has ended", reason="TARGET_IN_USE")


class QueueTargets:
    """The targets of roles."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def list_targets(
        self,
        caller: Caller,
        *,
        page_size: int,
        page_token: str,
        role_id: UUID | None,
        approval: Approval | None,
        search: str,
    ) -> tuple[list[QueueTargetView], str, int]:
        """Targets in the order of claims, and how many there are in all (P-99)."""
        query = {"list": "queue_targets", "role_id": role_id, "approval": approval, "search": search}
        page = PageRequest.of(page_size, page_token, query)
        wanted = _wanted(role_id, approval, search)
        joined = select(QueueTargetRow, QueuedRoleRow.name).join(QueuedRoleRow).where(*wanted)
        if page.after is not None:
            joined = joined.where(tuple_(*_order()) > tuple_(*map(literal, page.after)))
        with self._database.platform_transaction() as session:
            total = session.scalar(select(func.count()).select_from(QueueTargetRow).join(QueuedRoleRow).where(*wanted))
            found = session.execute(joined.order_by(*_order()).limit(page.size + 1)).all()
            rows, token = page.cut(found, key=lambda row: _key(row[0]))
            return self._views(session, rows), token, total or 0

    def create(
        self,
        caller: Caller,
        *,
        role_id: UUID,
        location: str,
        candidate_query: str,
        priority: Priority | None,
        approved: bool,
    ) -> QueueTargetView:
        """A place or query for a role; one that is there, in whatever spelling, is answered as it is.

        One that was deleted comes back. Raises QueuedRoleNotFound, RoleRejected and Invalid (EMPTY_TARGET).
        """
        key = key_of(location, candidate_query)
        if not any(key):
            message = "give a place, a query or both; the role by itself is a target already"
            raise Invalid(message, reason="EMPTY_TARGET", field="location")
        now = self._clock()
        given = {
            "priority": priority or Priority.NORMAL,
            "approval": Approval.APPROVED if approved else Approval.PENDING,
            "update_time": now,
        }
        added = {**new_target(new_id(), role_id, key, now), **given, "demanded": False, "candidate_count": 0}
        statement = insert(QueueTargetRow).values(added)
        statement = statement.on_conflict_do_update(
            index_elements=["role_id", "location", "candidate_query"],
            set_={**given, "delete_time": None, "writes": QueueTargetRow.writes + 1},
            where=QueueTargetRow.delete_time.is_not(None),
        )
        with self._database.platform_transaction() as session:
            self._check_role(session, role_id)
            made = session.scalar(statement.returning(QueueTargetRow.target_id))
            if made is not None:
                self._record(session, caller, "queue_target.created", made, role_id)
            found = select(QueueTargetRow.target_id).where(
                QueueTargetRow.role_id == role_id,
                tuple_(QueueTargetRow.location, QueueTargetRow.candidate_query) == key,
            )
            return self._view_of(session, made or session.scalars(found).one())

    def approve(self, caller: Caller, *, target_ids: Collection[UUID], all_pending: bool) -> int:
        """Lets hosts claim these targets, or every pending one; returns how many were not approved before.

        A role's own target is approved with the role. Raises QueueTargetNotFound, RolesOwnTarget, RoleRejected and
        Invalid (TARGETS_OR_ALL).
        """
        if all_pending == bool(target_ids):
            raise Invalid("name targets, or ask for all that are pending", reason="TARGETS_OR_ALL", field="target_ids")
        if not all_pending:
            with self._database.platform_transaction() as session:
                return self._approve(session, caller, self._locked_all(session, target_ids))
        approved = 0
        while True:
            with self._database.platform_transaction() as session:
                waiting = session.scalars(_waiting().limit(APPROVED_AT_ONCE)).all()
                approved += self._approve(session, caller, waiting)
            if len(waiting) < APPROVED_AT_ONCE:
                return approved

    def reject(self, caller: Caller, *, target_id: UUID) -> QueueTargetView:
        """Refuses a target until it is approved again; an open session on it ends as it would.

        Raises QueueTargetNotFound and RolesOwnTarget.
        """
        with self._database.platform_transaction() as session:
            row = self._locked(session, target_id)
            if row.target_id == row.role_id:
                raise RolesOwnTarget
            if row.approval != Approval.REJECTED:
                row.approval = Approval.REJECTED
                self._written(row)
                self._record(session, caller, "queue_target.rejected", target_id, row.role_id)
            return self._view_of(session, target_id)

    def update(
        self, caller: Caller, *, target_id: UUID, priority: Priority | None, paused: bool | None, etag: str
    ) -> QueueTargetView:
        """Writes what is given. Raises QueueTargetNotFound and Conflict (etag)."""
        with self._database.platform_transaction() as session:
            row = self._locked(session, target_id)
            check_etag(etag, _etag(row))
            before = (row.priority, row.paused)
            row.priority = priority or row.priority
            row.paused = row.paused if paused is None else paused
            if (row.priority, row.paused) != before:
                self._written(row)
                self._record(session, caller, "queue_target.updated", target_id, row.role_id)
            return self._view_of(session, target_id)

    def delete(self, caller: Caller, *, target_id: UUID) -> None:
        """Takes a target out; its row stays, for the sessions that name it (P-44).

        Raises QueueTargetNotFound, RolesOwnTarget and TargetInUse.
        """
        with self._database.platform_transaction() as session:
            row = self._locked(session, target_id)
            if row.target_id == row.role_id:
                raise RolesOwnTarget
            held = select(TargetPlatformRow.platform).where(
                TargetPlatformRow.target_id == target_id, TargetPlatformRow.held_by.is_not(None)
            )
            if session.scalar(held.limit(1)) is not None:
                raise TargetInUse
            self._written(row)
            row.delete_time = row.update_time
            self._record(session, caller, "queue_target.deleted", target_id, row.role_id)

    def _approve(self, session: Session, caller: Caller, rows: Sequence[QueueTargetRow]) -> int:
        waiting = [row for row in rows if row.approval != Approval.APPROVED]
        for row in waiting:
            row.approval = Approval.APPROVED
            self._written(row)
            self._record(session, caller, "queue_target.approved", row.target_id, row.role_id)
        return len(waiting)

    def _check_role(self, session: Session, role_id: UUID) -> None:
        """A rejected role takes no more targets. The role's row is locked against a decision."""
        approval = session.scalar(
            select(QueuedRoleRow.approval).where(QueuedRoleRow.role_id == role_id).with_for_update(read=True)
        )
        if approval is None:
            raise QueuedRoleNotFound(role_id)
        if approval == Approval.REJECTED:
            raise RoleRejected

    def _locked(self, session: Session, target_id: UUID) -> QueueTargetRow:
        row = session.get(QueueTargetRow, target_id, with_for_update={"key_share": True})
        if row is None or row.delete_time is not None:
            raise QueueTargetNotFound(target_id)
        return row

    def _locked_all(self, session: Session, target_ids: Collection[UUID]) -> list[QueueTargetRow]:
        rows = []
        for target_id in sorted(set(target_ids)):
            row = self._locked(session, target_id)
            if row.target_id == row.role_id:
                raise RolesOwnTarget
            rows.append(row)
        for role_id in sorted({row.role_id for row in rows}):
            self._check_role(session, role_id)
        return rows

    def _written(self, row: QueueTargetRow) -> None:
        row.writes += 1
        row.update_time = self._clock()

    def _record(self, session: Session, caller: Caller, action: str, target_id: UUID, role_id: UUID) -> None:
        session.flush()
        audit.record(session, caller, action, target_id)
        note(session, action, self._clock(), detail={"target_id": str(target_id), "role_id": str(role_id)})

    def _view_of(self, session: Session, target_id: UUID) -> QueueTargetView:
        session.flush()
        found = select(QueueTargetRow, QueuedRoleRow.name).join(QueuedRoleRow)
        return self._views(session, session.execute(found.where(QueueTargetRow.target_id == target_id)).all())[0]

    def _views(self, session: Session, rows: Sequence[Any]) -> list[QueueTargetView]:
        kept: dict[UUID, list[TargetPlatformView]] = {row.target_id: [] for row, _ in rows}
        standing = select(TargetPlatformRow).where(TargetPlatformRow.target_id.in_(list(kept)))
        for each in session.scalars(standing.order_by(TargetPlatformRow.platform)):
            kept[each.target_id].append(TargetPlatformView(each.platform, each.held_by, each.not_before, each.failures))
        return [_view(row, role_name, kept) for row, role_name in rows]


def _wanted(role_id: UUID | None, approval: Approval | None, search: str) -> list[ColumnElement[bool]]:
    text = func.concat_ws(" ", QueuedRoleRow.name, QueueTargetRow.location, QueueTargetRow.candidate_query)
    wanted: list[ColumnElement[bool]] = [QueueTargetRow.delete_time.is_(None)]
    if role_id is not None:
        wanted.append(QueueTargetRow.role_id == role_id)
    if approval is not None:
        wanted.append(QueueTargetRow.approval == approval)
    return wanted + [text.icontains(word, autoescape=True) for word in search.split()]


def _waiting() -> Any:
    """Targets that wait for a decision of their own."""
    return (
        select(QueueTargetRow)
        .join(QueuedRoleRow)
        .where(
            QueueTargetRow.approval == Approval.PENDING,
            QueueTargetRow.delete_time.is_(None),
            QueueTargetRow.target_id != QueueTargetRow.role_id,
            QueuedRoleRow.approval != Approval.REJECTED,
        )
        .order_by(QueueTargetRow.target_id)
        .with_for_update(key_share=True, of=QueueTargetRow)
    )


def _order() -> tuple[Any, ...]:
    """The order of claims, as values that grow."""
    tried = func.coalesce(QueueTargetRow.last_try_time, literal(_NEVER))
    return -QueueTargetRow.priority, tried, -QueueTargetRow.candidate_count, QueueTargetRow.target_id


def _key(row: QueueTargetRow) -> tuple[int, datetime, int, UUID]:
    return -row.priority, row.last_try_time or _NEVER, -row.candidate_count, row.target_id


def _etag(row: QueueTargetRow) -> str:
    return etag_of(row.target_id, row.writes)


def _view(
    row: QueueTargetRow, role_name: str, platforms: Mapping[UUID, Sequence[TargetPlatformView]]
) -> QueueTargetView:
    return QueueTargetView(
        target_id=row.target_id,
        role_id=row.role_id,
        role_name=role_name,
        location=row.location,
        candidate_query=row.candidate_query,
        approval=Approval(row.approval),
        priority=Priority(row.priority),
        candidate_count=row.candidate_count,
        last_scrape_time=row.last_scrape_time,
        paused=row.paused,
        platforms=tuple(platforms[row.target_id]),
        etag=_etag(row),
    )
