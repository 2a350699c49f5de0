"""Counts postings: the shared ones once for all tenants, a tenant's own inside its walls.

No vector is touched (P-101).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from blacklight_servicekit.clock import Clock
from blacklight_servicekit.database import Database
from sqlalchemy import ColumnElement, case, func, select
from sqlalchemy.orm import Session

from blacklight_matching.postings.models import Posting, PostingReading
from blacklight_matching.postings.service import SHARED, Postings, own
from blacklight_matching.postings.statistics.counts import PostingCounts

UNSAID = "UNSPECIFIED"


class PostingStatistics:
    """Counts of the two halves of what a tenant may see."""

    def __init__(self, database: Database, clock: Clock, postings: Postings) -> None:
        self._database = database
        self._clock = clock
        self._postings = postings

    def count_shared(self, recent_days: int) -> PostingCounts:
        """Everybody's postings."""
        with self._database.platform_transaction() as session:
            return self._count(session, SHARED, PostingReading.tenant_id.is_(None), recent_days)

    def count_own(self, tenant_id: UUID, recent_days: int) -> PostingCounts:
        """The postings of one tenant's own."""
        with self._database.transaction(tenant_id) as session:
            return self._count(session, own(tenant_id), PostingReading.tenant_id == tenant_id, recent_days)

    def _count(
        self, session: Session, half: ColumnElement[bool], read: ColumnElement[bool], recent_days: int
    ) -> PostingCounts:
        now = self._clock()
        state = case(
            (Posting.end_state != "", Posting.end_state), (self._postings.is_open(now), "ACTIVE"), else_="EXPIRED"
        )
        is_recent = Posting.create_time >= now - timedelta(days=recent_days)
        groups = session.execute(
            select(
                Posting.platform,
                state.label("state"),
                Posting.origin,
                func.count().label("postings"),
                func.count().filter(is_recent).label("recent"),
            )
            .where(half)
            .group_by(Posting.platform, state, Posting.origin)
        ).all()
        total = sum(group.postings for group in groups)
        return PostingCounts(
            total=total,
            recent=sum(group.recent for group in groups),
            by_platform=_by((group.platform, group.postings) for group in groups),
            by_state=_by((group.state, group.postings) for group in groups),
            by_origin=_by((group.origin, group.postings) for group in groups),
            by_workplace=self._by_workplace(session, read, total),
            count_time=_iso(now),
        )

    def _by_workplace(self, session: Session, read: ColumnElement[bool], total: int) -> dict[str, int]:
        rows = session.execute(
            select(PostingReading.workplace, func.count()).where(read).group_by(PostingReading.workplace)
        )
        said = {workplace: count for workplace, count in rows if workplace}
        unsaid = max(0, total - sum(said.values()))
        return {**said, UNSAID: unsaid} if unsaid else said


def _by(pairs: Iterable[tuple[str, int]]) -> dict[str, int]:
    found: Counter[str] = Counter()
    for name, count in pairs:
        found[name] += count
    return dict(found)


def _iso(moment: datetime) -> str:
    return moment.isoformat()
