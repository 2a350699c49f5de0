"""Figures over the submissions of a time: by state, conversion, days in each stage and to placement (spec 4.3.5).

All durations come from the stages that submissions went through, never from when something last changed (pain P-80).
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from blacklight.matching.v1 import submission_service_pb2 as api
from blacklight_servicekit.caller import Caller
from blacklight_servicekit.clock import Clock
from blacklight_servicekit.database import Database
from sqlalchemy import ColumnElement, Row, func, select
from sqlalchemy.orm import Session

from blacklight_matching.submissions.encoding import encode_state
from blacklight_matching.submissions.lists.service import encode_submitter, select_submitters
from blacklight_matching.submissions.models import StageRow, SubmissionRow
from blacklight_matching.submissions.records.service import visible_to
from blacklight_matching.submissions.states import ACTIVE, State
from blacklight_matching.wire import timestamp

DAYS_BACK = 30
MOST_SUBMITTERS = 100
_DAY = 86_400.0


class SubmissionStatistics:
    """Counts what the caller may see."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def of(self, caller: Caller, *, submitter_id: UUID | None, days_back: int) -> api.SubmissionStatistics:
        """The figures of what was submitted within so many days (0 = 30) up to now."""
        since = self._clock() - timedelta(days=days_back or DAYS_BACK)
        chosen = [*visible_to(caller), SubmissionRow.create_time >= since]
        if submitter_id is not None:
            chosen.append(SubmissionRow.submitter_id == submitter_id)
        with self._database.transaction(caller.tenant) as session:
            counts = _counts(session, chosen)
            stages = _stages(session, chosen)
            placed = _days_to_placement(session, chosen)
            busiest = select_submitters(*chosen).order_by(func.count().desc(), SubmissionRow.submitter_id)
            submitters = session.execute(busiest.limit(MOST_SUBMITTERS)).all()
        total = sum(counts.values())
        return api.SubmissionStatistics(
            since_time=timestamp(since),
            total=total,
            active=sum(counts.get(state, 0) for state in ACTIVE),
            states=[_state(state, counts.get(state, 0), stages.get(state), total) for state in State],
            average_days_to_placement=placed.average,
            median_days_to_placement=placed.median,
            submitters=map(encode_submitter, submitters),
        )


def _counts(session: Session, chosen: list[ColumnElement[bool]]) -> dict[str, int]:
    counted = select(SubmissionRow.state, func.count()).where(*chosen).group_by(SubmissionRow.state)
    return {state: count for state, count in session.execute(counted)}


def _stages(session: Session, chosen: list[ColumnElement[bool]]) -> dict[str, Row[Any]]:
    """By state: how many came there, and the average days of the stays that ended.

    A placement that was taken back was none: of PLACED only stays that last are counted.
    """
    stay = func.extract("epoch", StageRow.leave_time - StageRow.enter_time)
    counts = (StageRow.state != State.PLACED) | StageRow.leave_time.is_(None)
    found = (
        select(
            StageRow.state,
            func.count(StageRow.submission_id.distinct()).filter(counts).label("reached"),
            func.avg(stay).filter(counts).label("seconds"),
        )
        .join(SubmissionRow, SubmissionRow.submission_id == StageRow.submission_id)
        .where(*chosen)
        .group_by(StageRow.state)
    )
    return {row.state: row for row in session.execute(found)}


def _days_to_placement(session: Session, chosen: list[ColumnElement[bool]]) -> Row[*tuple[Any, ...]]:
    days = func.extract("epoch", StageRow.enter_time - SubmissionRow.create_time) / _DAY
    found = (
        select(
            func.avg(days).label("average"),
            func.percentile_cont(0.5).within_group(days).label("median"),
        )
        .select_from(StageRow)
        .join(SubmissionRow, SubmissionRow.submission_id == StageRow.submission_id)
        .where(*chosen, StageRow.state == State.PLACED, StageRow.leave_time.is_(None))
    )
    return session.execute(found).one()


def _state(state: State, count: int, stage: Row[Any] | None, total: int) -> api.StateStatistics:
    reached = stage.reached if stage is not None else 0
    seconds = stage.seconds if stage is not None else None
    return api.StateStatistics(
        state=encode_state(state),
        count=count,
        reached=reached,
        conversion=(reached * 10_000 + total // 2) // total if total else 0,
        average_days=None if seconds is None else float(seconds) / _DAY,
    )
