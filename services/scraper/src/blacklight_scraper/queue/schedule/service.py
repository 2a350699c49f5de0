"""Targets claimed and let go, apart from whether they are approved (P-41, spec 6.14, 8.2)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from blacklight_servicekit.caller import Caller
from blacklight_servicekit.clock import Clock
from blacklight_servicekit.database import Database
from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from blacklight_scraper.queue.claiming import ANY_DUE, CLAIM, HELD, RELEASE
from blacklight_scraper.queue.counting import IN_FLIGHT, PLATFORMS, TARGETS
from blacklight_scraper.queue.models import QueueTargetRow
from blacklight_scraper.queue.rest import Outcome, RestRule
from blacklight_scraper.queue.states import PlatformQueueView, QueueStatsView, TakenRole

CLAIM_TRIES = 50
_CLAIM, _ANY_DUE, _HELD, _RELEASE = map(text, (CLAIM, ANY_DUE, HELD, RELEASE))
_TARGETS, _PLATFORMS, _IN_FLIGHT = map(text, (TARGETS, PLATFORMS, IN_FLIGHT))


class Schedule:
    """When targets are due. `grace`: a session without a sign of life for so long is not in flight (F-10)."""

    def __init__(self, database: Database, clock: Clock, rest: RestRule, grace: timedelta) -> None:
        self._database = database
        self._clock = clock
        self._rest = rest
        self._grace = grace

    def stats(self, caller: Caller) -> QueueStatsView:
        """How the queue stands, counted over its rows."""
        with self._database.platform_transaction() as session:
            targets = session.execute(_TARGETS).one()
            now = self._clock()
            boards = session.execute(_PLATFORMS, {"now": now}).all()
            in_flight = self.in_flight(session, [row.name for row in boards])
        platforms = (
            PlatformQueueView(row.name, row.due, row.resting, in_flight.get(row.name, 0), row.max_in_flight)
            for row in boards
        )
        return QueueStatsView(targets.pending, targets.approved, targets.in_progress, targets.rejected, (*platforms,))

    def any_due(self, session: Session, platforms: Collection[str]) -> bool:
        """Part: whether a target is due on one of `platforms`; locks nothing."""
        asked = {"platforms": list(platforms), "now": self._clock()}
        return bool(session.execute(_ANY_DUE, asked).scalar_one())

    def in_flight(self, session: Session, platforms: Collection[str]) -> Mapping[str, int]:
        """Part: the sessions that have yet to report each platform and have shown life within the grace (F-10)."""
        asked = {"platforms": list(platforms), "alive": self._clock() - self._grace}
        return {row.platform: row.sessions for row in session.execute(_IN_FLIGHT, asked)}

    def take(self, session: Session, *, session_id: UUID, platforms: Sequence[str]) -> TakenRole | None:
        """Part: claims the first target that is due on one of `platforms`, with all of those on which it is.

        None when there is no such target. Never waits for another claimer.
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

    def lock(self, session: Session, target_ids: Collection[UUID]) -> None:
        """Part: locks targets against claims and against the ends of sibling sessions, in a fixed order."""
        session.execute(
            select(QueueTargetRow.target_id)
            .where(QueueTargetRow.target_id.in_(sorted(target_ids)))
            .order_by(QueueTargetRow.target_id)
            .with_for_update(key_share=True)
        )

    def release(
        self,
        session: Session,
        *,
        target_id: UUID,
        session_id: UUID,
        outcomes: Mapping[str, Outcome],
        now: datetime,
    ) -> None:
        """Part: lets go of what a session holds of a locked target; each platform rests by its outcome (P-39, F-03).

        Whether the target, or its role, is approved is left as it is (P-41).
        """
        for kept in session.execute(_HELD, {"target_id": target_id, "session_id": session_id}).all():
            outcome = outcomes.get(kept.platform, Outcome.FAILURE)
            failures = self._rest.failures(kept.failures, outcome, now - kept.not_before)
            rest = self._rest.after(outcome, failures, timedelta(minutes=kept.cadence_minutes))
            session.execute(
                _RELEASE,
                {
                    "target_id": target_id,
                    "platform": kept.platform,
                    "session_id": session_id,
                    "failures": failures,
                    "not_before": now + rest,
                },
            )

    def scraped(self, session: Session, target_id: UUID, now: datetime) -> None:
        """Part: a sweep of the target has ended well."""
        session.execute(
            update(QueueTargetRow)
            .where(QueueTargetRow.target_id == target_id)
            .values(last_scrape_time=now)
            .execution_options(synchronize_session=False)
        )
