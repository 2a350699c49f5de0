"""Finds postings whose reading is missing or stale, and has them read again, as the platform."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from blacklight_servicekit import outbox
from blacklight_servicekit.database import Database
from sqlalchemy import text
from sqlalchemy.orm import Session

from blacklight_matching.postings.reading.read import RawPosting, reading_engine
from blacklight_matching.postings.reading.upkeep import sql


class ReadingUpkeep:
    """Parts of the maintenance of vectors."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def count(self) -> tuple[int, int, int]:
        """How many postings have a reading of the present engine and text, a stale one, and none.

        No vector and no text is loaded (P-101).
        """
        with self._database.platform_transaction() as session:
            row = session.execute(text(sql.COUNT), {"engine": reading_engine()}).one()
        stale = row.outdated + row.waiting
        return row.read - stale, stale, max(0, row.postings - row.read)

    def queue_stale(
        self, session: Session, *, after: UUID | None, ids: Sequence[UUID], everything: bool, size: int
    ) -> tuple[list[UUID], int]:
        """Part: queues what is missing or stale by content hash among the next `size` postings by id.

        Returns the postings looked at and how many are to be read.
        """
        rows = session.execute(
            text(sql.PAGE),
            {"after": after or UUID(int=0), "ids": [str(each) for each in ids], "any_id": not ids, "size": size},
        ).all()
        stale: list[str] = []
        fresh: list[str] = []
        for row in rows:
            known = row.source_hash is not None and bytes(row.source_hash) == RawPosting(*row[:-2]).source_hash
            (fresh if known and not everything else stale).append(str(row.posting_id))
        session.execute(text(sql.SAY_FRESH), {"ids": fresh, "engine": reading_engine()})
        if stale:
            if everything:
                session.execute(text(sql.FORGET_SOURCES), {"ids": stale})
            session.execute(text(sql.QUEUE), {"ids": stale})
            outbox.add(session, "postings.waiting", {}, tenant_id=None)
        return [row.posting_id for row in rows], len(stale)

    def last_ticket(self, session: Session) -> int:
        """Part: the ticket drawn last by a posting in the queue."""
        return int(session.execute(text(sql.LAST_TICKET)).scalar_one())

    def is_worked_off(self, session: Session, ticket: int) -> bool:
        """Part: whether no posting that drew this ticket or an earlier one waits to be read or matched."""
        return session.execute(text(sql.FIND_EARLIER), {"ticket": ticket}).first() is None
