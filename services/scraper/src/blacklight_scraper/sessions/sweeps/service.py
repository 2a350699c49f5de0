"""Sweeps: what groups sibling sessions, begun by the first and ended by the last of them, once (F-28)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from blacklight_servicekit.ids import new_id
from sqlalchemy import exists, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from blacklight_scraper.activity.service import note
from blacklight_scraper.queue.schedule.service import Schedule
from blacklight_scraper.sessions.models import SessionRow, SweepRow
from blacklight_scraper.sessions.states import SessionState


class Sweeps:
    """Sweeps of targets. Parts only, under the lock of the target."""

    def __init__(self, schedule: Schedule) -> None:
        self._schedule = schedule

    def join(self, session: Session, target_id: UUID, now: datetime) -> UUID:
        """Part: the open sweep of a target that was taken, which is a new one where no sibling is at work."""
        begun: UUID | None = session.scalar(
            insert(SweepRow)
            .values(sweep_id=new_id(), target_id=target_id, create_time=now, end_time=None)
            .on_conflict_do_nothing(index_elements=["target_id"], index_where=SweepRow.end_time.is_(None))
            .returning(SweepRow.sweep_id)
        )
        if begun is not None:
            return begun
        joined = select(SweepRow.sweep_id).where(SweepRow.target_id == target_id, SweepRow.end_time.is_(None))
        return session.scalars(joined).one()

    def leave(self, session: Session, sweep_id: UUID, target_id: UUID, now: datetime) -> None:
        """Part: a session of the sweep has ended, and this transaction has locked the target.

        The last one ends the sweep; the target counts as scraped when one of the siblings ended well.
        """
        siblings = SessionRow.sweep_id == sweep_id
        at_work = exists().where(siblings, SessionRow.end_time.is_(None))
        ended = session.scalar(
            update(SweepRow)
            .where(SweepRow.sweep_id == sweep_id, SweepRow.end_time.is_(None), ~at_work)
            .values(end_time=now)
            .returning(SweepRow.sweep_id)
            .execution_options(synchronize_session=False)
        )
        if ended is None:
            return
        well = session.scalar(select(exists().where(siblings, SessionRow.state == SessionState.COMPLETED)))
        if well:
            self._schedule.scraped(session, target_id, now)
        told = {"sweep_id": str(sweep_id), "target_id": str(target_id), "scraped": "yes" if well else "no"}
        note(session, "sweep.ended", now, detail=told)
