"""The queue of roles: told by matching, decided by administrators, claimed by hosts (spec 3.12, 6.14)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from blacklight_servicekit import audit
from blacklight_servicekit.caller import Caller
from blacklight_servicekit.clock import Clock
from blacklight_servicekit.database import Database
from blacklight_servicekit.errors import FailedPrecondition, NotFound
from blacklight_servicekit.etag import etag_of
from blacklight_servicekit.paging import PageRequest
from sqlalchemy import select, text, tuple_, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from blacklight_scraper.queue.claiming import CLAIM, RELEASE
from blacklight_scraper.queue.models import QueuedRoleRow, QueueTargetRow, TargetPlatformRow
from blacklight_scraper.queue.rest import RestRule
from blacklight_scraper.queue.states import Approval, Priority, QueuedRoleView, TakenRole

CLAIM_TRIES = 50
_CLAIM = text(CLAIM)
_RELEASE = text(RELEASE)


class QueuedRoleNotFound(NotFound):
    """No role of that id in the queue."""

    def __init__(self, role_id: UUID) -> None:
        super().__init__(f"role {role_id} is not in the queue", reason="QUEUED_ROLE_NOT_FOUND")


class RoleRejected(FailedPrecondition):
    """The role was refused for good (D-13)."""

    def __init__(self) -> None:
        super().__init__("this role was rejected, which is final", reason="ROLE_REJECTED")


class RoleQueue:
    """Canonical roles to scrape."""

    def __init__(self, database: Database, clock: Clock, rest: RestRule) -> None:
        self._database = database
        self._clock = clock
        self._rest = rest

    def put(
        self,
        caller: Caller,
        *,
        role_id: UUID,
        version: int,
        name: str,
        aliases: Sequence[str],
        candidate_count: int,
    ) -> bool:
        """Takes a role as matching tells it; False when this version or a later one is known.

        A new role waits for approval. Being told again decides nothing: a rejected one stays rejected (D-13).
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
            .values(
                role_id=role_id,
                approval=Approval.PENDING,
                paused=False,
                writes=1,
                create_time=now,
                **told,
            )
            .on_conflict_do_update(
                index_elements=["role_id"],
                set_={**told, "writes": QueuedRoleRow.writes + 1},
                where=QueuedRoleRow.version < version,
            )
            .returning(QueuedRoleRow.role_id)
        )
        own = insert(QueueTargetRow).values(
            target_id=role_id,
            role_id=role_id,
            location="",
            candidate_query="",
            approval=Approval.APPROVED,
            priority=Priority.NORMAL,
            candidate_count=candidate_count,
            paused=False,
            demanded=True,
            writes=1,
            create_time=now,
            update_time=now,
        )
        with self._database.platform_transaction() as session:
            if session.execute(statement).scalar_one_or_none() is None:
                return False
            told_count = {"candidate_count": candidate_count, "update_time": now}
            session.execute(own.on_conflict_do_update(index_elements=["target_id"], set_=told_count))
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
        statement = select(QueuedRoleRow).order_by(QueuedRoleRow.name, QueuedRoleRow.role_id)
        if approval is not None:
            statement = statement.where(QueuedRoleRow.approval == approval)
        if page.after is not None:
            statement = statement.where(tuple_(QueuedRoleRow.name, QueuedRoleRow.role_id) > tuple_(*page.after))
        with self._database.platform_transaction() as session:
            found = session.scalars(statement.limit(page.size + 1)).all()
            rows, token = page.cut(found, key=lambda row: (row.name, row.role_id))
            own = {
                target.target_id: target
                for target in session.scalars(
                    select(QueueTargetRow).where(QueueTargetRow.target_id.in_([row.role_id for row in rows]))
                )
            }
            return [_view(row, own[row.role_id]) for row in rows], token

    def approve(self, caller: Caller, *, role_id: UUID, priority: Priority | None) -> QueuedRoleView:
        """Lets hosts claim the role. Raises QueuedRoleNotFound and RoleRejected."""
        with self._database.platform_transaction() as session:
            row = self._locked(session, role_id)
            if row.approval == Approval.REJECTED:
                raise RoleRejected
            own = self._own_target(session, role_id)
            if row.approval != Approval.APPROVED or (priority or own.priority) != own.priority:
                row.approval = Approval.APPROVED
                own.priority = priority or own.priority
                self._written(row)
                audit.record(session, caller, "queued_role.approved", role_id)
            return _view(row, own)

    def reject(self, caller: Caller, *, role_id: UUID) -> QueuedRoleView:
        """Refuses the role for good; an open session on it ends as it would. Raises QueuedRoleNotFound."""
        with self._database.platform_transaction() as session:
            row = self._locked(session, role_id)
            if row.approval != Approval.REJECTED:
                row.approval = Approval.REJECTED
                self._written(row)
                audit.record(session, caller, "queued_role.rejected", role_id)
            return _view(row, self._own_target(session, role_id))

    def take(self, session: Session, *, session_id: UUID, platforms: Sequence[str]) -> TakenRole | None:
        """Part: claims the first role that is free on one of `platforms`, with all of those that are free.

        None when there is no such role. Never waits for another claimer.
        """
        asked = {"platforms": list(platforms), "session_id": session_id}
        for _ in range(CLAIM_TRIES):
            rows = session.execute(_CLAIM, {**asked, "now": self._clock()}).all()
            if not rows:
                return None
            taken = frozenset(row.platform for row in rows if row.platform is not None)
            if taken:
                first = rows[0]
                return TakenRole(
                    target_id=first.target_id,
                    role_id=first.role_id,
                    name=first.name,
                    aliases=tuple(first.aliases),
                    candidate_count=first.candidate_count,
                    location=first.location,
                    candidate_query=first.candidate_query,
                    platforms=taken,
                )
        return None

    def release(
        self,
        session: Session,
        *,
        target_id: UUID,
        session_id: UUID,
        succeeded: Mapping[str, bool],
        ended_well: bool,
        now: datetime,
    ) -> None:
        """Part: lets go of a session's platforms; each rests by its outcome (P-39, F-03).

        The role counts as scraped only when the session ended well. Its approval is left as it is.
        """
        # In the order in which a claim locks, the role first; else the two could wait for each other.
        session.execute(
            select(QueueTargetRow.target_id)
            .where(QueueTargetRow.target_id == target_id)
            .with_for_update(key_share=True)
        )
        kept = {
            row.platform: row.failures
            for row in session.execute(
                select(TargetPlatformRow.platform, TargetPlatformRow.failures).where(
                    TargetPlatformRow.target_id == target_id, TargetPlatformRow.held_by == session_id
                )
            )
        }
        for platform, failures_before in sorted(kept.items()):
            failures = 0 if succeeded.get(platform, False) else failures_before + 1
            session.execute(
                _RELEASE,
                {
                    "target_id": target_id,
                    "platform": platform,
                    "session_id": session_id,
                    "failures": failures,
                    "not_before": now + self._rest.after(failures),
                },
            )
        if ended_well:
            session.execute(
                update(QueueTargetRow)
                .where(QueueTargetRow.target_id == target_id)
                .values(last_scrape_time=now, writes=QueueTargetRow.writes + 1, update_time=now)
                .execution_options(synchronize_session=False)
            )

    def _locked(self, session: Session, role_id: UUID) -> QueuedRoleRow:
        row = session.get(QueuedRoleRow, role_id, with_for_update=True)
        if row is None:
            raise QueuedRoleNotFound(role_id)
        return row

    def _own_target(self, session: Session, role_id: UUID) -> QueueTargetRow:
        return session.get_one(QueueTargetRow, role_id)

    def _written(self, row: QueuedRoleRow) -> None:
        row.writes += 1
        row.update_time = self._clock()


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
        etag=etag_of(row.role_id, row.writes, own.writes),
    )
