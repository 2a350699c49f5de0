"""The queue of roles: told by matching, decided by administrators (spec 3.12, 3.13)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from blacklight_servicekit import audit
from blacklight_servicekit.caller import Caller
from blacklight_servicekit.clock import Clock
from blacklight_servicekit.database import Database
from blacklight_servicekit.etag import check_etag, etag_of
from blacklight_servicekit.paging import PageRequest
from sqlalchemy import select, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from blacklight_scraper.activity.service import note
from blacklight_scraper.queue.demands.service import Demands
from blacklight_scraper.queue.models import QueuedRoleRow, QueueTargetRow
from blacklight_scraper.queue.refusals import MergeTargetUnknown, QueuedRoleNotFound, RoleRejected
from blacklight_scraper.queue.states import Approval, Decision, Demand, Priority, QueuedRoleView, Verdict


class RoleQueue:
    """Canonical roles to scrape. A role's own target, without place and query, has the role's id and approval."""

    def __init__(self, database: Database, clock: Clock, demands: Demands) -> None:
        self._database = database
        self._clock = clock
        self._demands = demands

    def put(
        self,
        caller: Caller,
        *,
        role_id: UUID,
        version: int,
        name: str,
        aliases: Sequence[str],
        candidate_count: int,
        demands: Sequence[Demand] = (),
        decision: Decision | None = None,
    ) -> bool:
        """Takes a role as matching tells it, with all its demands; False when this version or a later one is known.

        A new role waits for approval. Being told again decides nothing, a rejected one stays rejected (D-13), unless
        it comes with a newer decision. Raises MergeTargetUnknown.
        """
        now = self._clock()
        told = {
            "name": name,
            "aliases": list(aliases),
            "candidate_count": candidate_count,
            "version": version,
            "update_time": now,
        }
        statement = (
            insert(QueuedRoleRow)
            .values(role_id=role_id, approval=Approval.PENDING, paused=False, writes=1, create_time=now, **told)
            .on_conflict_do_update(
                index_elements=["role_id"],
                set_={**told, "writes": QueuedRoleRow.writes + 1},
                where=QueuedRoleRow.version < version,
            )
            .returning(QueuedRoleRow.role_id)
        )
        with self._database.platform_transaction() as session:
            if session.execute(statement).scalar_one_or_none() is None:
                return False
            self._demands.put_own(session, role_id, candidate_count, now)
            self._demands.put(session, role_id, demands, now)
            if decision is not None:
                self._heed(session, caller, self._locked(session, role_id), decision)
            return True

    def get(self, caller: Caller, *, role_id: UUID) -> QueuedRoleView:
        """One role. Raises QueuedRoleNotFound."""
        with self._database.platform_transaction() as session:
            row = session.get(QueuedRoleRow, role_id)
            if row is None:
                raise QueuedRoleNotFound(role_id)
            return _view(row, self._own_target(session, role_id))

    def list_roles(
        self, caller: Caller, *, page_size: int, page_token: str, approval: Approval | None
    ) -> tuple[list[QueuedRoleView], str]:
        """Roles by name."""
        page = PageRequest.of(page_size, page_token, {"list": "queued_roles", "approval": approval})
        statement = (
            select(QueuedRoleRow, QueueTargetRow)
            .join(QueueTargetRow, QueueTargetRow.target_id == QueuedRoleRow.role_id)
            .order_by(QueuedRoleRow.name, QueuedRoleRow.role_id)
        )
        if approval is not None:
            statement = statement.where(QueuedRoleRow.approval == approval)
        if page.after is not None:
            statement = statement.where(tuple_(QueuedRoleRow.name, QueuedRoleRow.role_id) > tuple_(*page.after))
        with self._database.platform_transaction() as session:
            found = session.execute(statement.limit(page.size + 1)).all()
            rows, token = page.cut(found, key=lambda row: (row[0].name, row[0].role_id))
            return [_view(role, own) for role, own in rows], token

    def approve(self, caller: Caller, *, role_id: UUID, priority: Priority | None) -> QueuedRoleView:
        """Lets hosts claim the role. Raises QueuedRoleNotFound and RoleRejected."""
        with self._database.platform_transaction() as session:
            row = self._locked(session, role_id)
            if row.approval == Approval.REJECTED:
                raise RoleRejected
            own = self._own_target(session, role_id)
            if row.approval != Approval.APPROVED or (priority or own.priority) != own.priority:
                own.priority = priority or own.priority
                self._decide(session, caller, row, own, Approval.APPROVED)
            return _view(row, own)

    def reject(self, caller: Caller, *, role_id: UUID) -> QueuedRoleView:
        """Refuses the role, with all its targets, for good; an open session on it ends as it would (D-13).

        Raises QueuedRoleNotFound.
        """
        with self._database.platform_transaction() as session:
            row = self._locked(session, role_id)
            own = self._own_target(session, role_id)
            if row.approval != Approval.REJECTED:
                self._decide(session, caller, row, own, Approval.REJECTED)
            return _view(row, own)

    def update(
        self, caller: Caller, *, role_id: UUID, priority: Priority | None, paused: bool | None, etag: str
    ) -> QueuedRoleView:
        """Writes what is given: the priority of the role's own target, the pause of all its targets.

        Raises QueuedRoleNotFound and Conflict (etag).
        """
        with self._database.platform_transaction() as session:
            row = self._locked(session, role_id)
            own = self._own_target(session, role_id)
            check_etag(etag, _etag(row, own))
            changes = _changes(row, own, priority, paused)
            if changes:
                own.priority = priority or own.priority
                row.paused = row.paused if paused is None else paused
                self._written(row)
                audit.record(session, caller, "queued_role.updated", role_id, changes=changes)
            return _view(row, own)

    def _heed(self, session: Session, caller: Caller, row: QueuedRoleRow, decision: Decision) -> None:
        """Does what was decided of the role where roles are kept, once."""
        if decision.version <= row.decision_version:
            return
        row.decision_version = decision.version
        own = self._own_target(session, row.role_id)
        if decision.merged_into is not None:
            self._merge(session, caller, row, decision.merged_into)
        approval = Approval.APPROVED if decision.verdict is Verdict.APPROVED else Approval.REJECTED
        if row.approval != approval:
            self._decide(session, caller, row, own, approval)

    def _merge(self, session: Session, caller: Caller, row: QueuedRoleRow, into: UUID) -> None:
        """The other role takes over places, queries and a standing approval; nothing that was wanted is lost (P-48)."""
        target = session.get(QueuedRoleRow, into, with_for_update={"key_share": True})
        if target is None:
            raise MergeTargetUnknown
        self._demands.move(session, row.role_id, into, self._clock())
        if row.approval == Approval.APPROVED and target.approval == Approval.PENDING:
            self._decide(session, caller, target, self._own_target(session, into), Approval.APPROVED)

    def _decide(
        self, session: Session, caller: Caller, row: QueuedRoleRow, own: QueueTargetRow, approval: Approval
    ) -> None:
        row.approval = own.approval = approval
        now = self._written(row)
        action = f"queued_role.{approval.name.lower()}"
        audit.record(session, caller, action, row.role_id)
        note(session, action, now, detail={"role_id": str(row.role_id), "role_name": row.name})

    def _locked(self, session: Session, role_id: UUID) -> QueuedRoleRow:
        row = session.get(QueuedRoleRow, role_id, with_for_update={"key_share": True})
        if row is None:
            raise QueuedRoleNotFound(role_id)
        return row

    def _own_target(self, session: Session, role_id: UUID) -> QueueTargetRow:
        return session.get_one(QueueTargetRow, role_id)

    def _written(self, row: QueuedRoleRow) -> datetime:
        row.writes += 1
        row.update_time = self._clock()
        return row.update_time


def _changes(
    row: QueuedRoleRow, own: QueueTargetRow, priority: Priority | None, paused: bool | None
) -> dict[str, object]:
    changes: dict[str, object] = {}
    if priority is not None and priority != own.priority:
        changes["priority"] = priority.name
    if paused is not None and paused != row.paused:
        changes["paused"] = paused
    return changes


def _etag(row: QueuedRoleRow, own: QueueTargetRow) -> str:
    return etag_of(row.role_id, row.writes, own.writes)


def _view(row: QueuedRoleRow, own: QueueTargetRow) -> QueuedRoleView:
    return QueuedRoleView(
        role_id=row.role_id,
        name=row.name,
        aliases=tuple(row.aliases),
        candidate_count=row.candidate_count,
        approval=Approval(row.approval),
        priority=Priority(own.priority),
        version=row.version,
        last_scrape_time=own.last_scrape_time,
        paused=row.paused,
        etag=_etag(row, own),
    )
