"""Demands become targets: counted as told, never counted up; one target whatever the spelling (P-42, D-7)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from blacklight_servicekit.ids import new_id
from sqlalchemy import and_, case, delete, or_, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from blacklight_scraper.queue.demand import Key, merged
from blacklight_scraper.queue.models import QueueTargetRow
from blacklight_scraper.queue.states import Approval, Demand, Priority


class Demands:
    """The targets that matching tells of. Parts only: a role and its demands are one transaction."""

    def put_own(self, session: Session, role_id: UUID, candidate_count: int, now: datetime) -> None:
        """Part: the role's own target; a new one waits for the role's approval."""
        told = {"candidate_count": candidate_count, "update_time": now}
        session.execute(
            insert(QueueTargetRow)
            .values(**new_target(role_id, role_id, ("", ""), now), demanded=True, **told)
            .on_conflict_do_update(index_elements=["target_id"], set_=told)
        )

    def put(self, session: Session, role_id: UUID, demands: Sequence[Demand], now: datetime) -> None:
        """Part: `demands` are all there are of the role; what was demanded and is not any more is let go.

        A new target waits for approval. What was decided stays decided: neither a rejected nor a deleted target comes
        back by being demanded (D-13).
        """
        counts = merged(demands)
        self._let_go(session, role_id, counts, now)
        if not counts:
            return
        rows = [
            {**new_target(new_id(), role_id, key, now), "demanded": True, "candidate_count": count, "update_time": now}
            for key, count in sorted(counts.items())
        ]
        statement = insert(QueueTargetRow)
        told = statement.excluded
        # What waits for approval and is not demanded was made by an administrator, and stays theirs.
        by_hand = and_(QueueTargetRow.approval == Approval.PENDING, ~QueueTargetRow.demanded)
        changed = {
            "candidate_count": told.candidate_count,
            "demanded": case((by_hand, False), else_=True),
            "writes": QueueTargetRow.writes + 1,
            "update_time": told.update_time,
        }
        session.execute(
            statement.values(rows).on_conflict_do_update(
                index_elements=["role_id", "location", "candidate_query"], set_=changed
            )
        )

    def move(self, session: Session, role_id: UUID, into: UUID, now: datetime) -> None:
        """Part: the targets of a role become another's, save its own and those the other has already."""
        had = select(QueueTargetRow.location, QueueTargetRow.candidate_query).where(QueueTargetRow.role_id == into)
        session.execute(
            update(QueueTargetRow)
            .where(
                QueueTargetRow.role_id == role_id,
                QueueTargetRow.target_id != role_id,
                tuple_(QueueTargetRow.location, QueueTargetRow.candidate_query).not_in(had),
            )
            .values(role_id=into, writes=QueueTargetRow.writes + 1, update_time=now)
            .execution_options(synchronize_session=False)
        )

    def _let_go(self, session: Session, role_id: UUID, wanted: Collection[Key], now: datetime) -> None:
        """What nobody ever decided on goes (no host can have claimed it); the rest has no demand left."""
        key = tuple_(QueueTargetRow.location, QueueTargetRow.candidate_query)
        missing = [QueueTargetRow.role_id == role_id, QueueTargetRow.target_id != role_id]
        if wanted:
            missing.append(key.not_in(sorted(wanted)))
        undecided = (QueueTargetRow.demanded, QueueTargetRow.approval == Approval.PENDING)
        session.execute(delete(QueueTargetRow).where(*missing, *undecided, QueueTargetRow.delete_time.is_(None)))
        session.execute(
            update(QueueTargetRow)
            .where(*missing, or_(QueueTargetRow.demanded, QueueTargetRow.candidate_count > 0))
            .values(demanded=False, candidate_count=0, writes=QueueTargetRow.writes + 1, update_time=now)
            .execution_options(synchronize_session=False)
        )


def new_target(target_id: UUID, role_id: UUID, key: Key, now: datetime) -> dict[str, object]:
    """The values of a target that nobody has decided on."""
    location, candidate_query = key
    return {
        "target_id": target_id,
        "role_id": role_id,
        "location": location,
        "candidate_query": candidate_query,
        "approval": Approval.PENDING,
        "priority": Priority.NORMAL,
        "paused": False,
        "writes": 1,
        "create_time": now,
    }
