"""Submissions by filter, by state, by day to follow up and by submitter: a query each, whatever is shown (pain P-80).

Name, title and company are snapshots in the row itself, so that no list looks anything else up.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from blacklight.matching.v1 import submission_service_pb2 as api
from blacklight_servicekit.caller import Caller
from blacklight_servicekit.clock import Clock
from blacklight_servicekit.database import Database
from blacklight_servicekit.paging import PageRequest
from sqlalchemy import ColumnElement, Select, Text, cast, func, literal, select, true, tuple_
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session, aliased

from blacklight_matching.submissions.encoding import encode_state, encode_submission
from blacklight_matching.submissions.lists.order import NEWEST, Order
from blacklight_matching.submissions.models import SubmissionRow
from blacklight_matching.submissions.records.service import scope_of, visible_to
from blacklight_matching.submissions.right import company_key
from blacklight_matching.submissions.states import ACTIVE, FINAL, State
from blacklight_matching.wire import timestamp

COLUMN_SIZE = 20
DAYS_AHEAD = 7


@dataclass(frozen=True, slots=True)
class Wanted:
    """What submissions are filtered by; None, empty and 0 filter nothing."""

    states: tuple[State, ...] = ()
    active: bool | None = None
    candidate_id: UUID | None = None
    posting_id: UUID | None = None
    submitter_id: UUID | None = None
    mine: bool = False
    vendor_company: str = ""
    client_company: str = ""
    priority: int = 0
    hot: bool | None = None
    create_after: datetime | None = None
    create_before: datetime | None = None


class SubmissionLists:
    """Lists submissions that the caller may see."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def list_submissions(
        self, caller: Caller, wanted: Wanted, order: Order, *, page_size: int, page_token: str
    ) -> api.ListSubmissionsResponse:
        """A page in the order asked for. Raises Invalid for a page token of another query."""
        page = PageRequest.of(page_size, page_token, _query(caller, wanted, order))
        statement = select(SubmissionRow).where(*_conditions(caller, wanted))
        columns = [getattr(SubmissionRow, name) for name in order.columns]
        if page.after is not None:
            here, there = tuple_(*columns), tuple_(*map(literal, page.after))
            statement = statement.where(here < there if order.descending else here > there)
        statement = statement.order_by(*(each.desc() if order.descending else each.asc() for each in columns))
        with self._database.transaction(caller.tenant) as session:
            found = session.scalars(statement.limit(page.size + 1)).all()
            rows, token = page.cut(found, key=lambda row: _key(row, order))
            return api.ListSubmissionsResponse(submissions=map(encode_submission, rows), next_page_token=token)

    def board(self, caller: Caller, wanted: Wanted, *, page_size: int, active_only: bool) -> api.SubmissionBoard:
        """Every state with its count and its newest; each column's token goes on in `list_submissions`."""
        size = page_size or COLUMN_SIZE
        states = ACTIVE if active_only else tuple(State)
        with self._database.transaction(caller.tenant) as session:
            counted = select(SubmissionRow.state, func.count()).where(*_conditions(caller, wanted))
            totals = {state: count for state, count in session.execute(counted.group_by(SubmissionRow.state))}
            newest = self._newest_of_each(session, caller, wanted, states, size + 1)
        board = api.SubmissionBoard()
        for state in states:
            column = [row for row in newest if row.state == state]
            page = PageRequest.of(size, "", _query(caller, replace(wanted, states=(state,)), NEWEST))
            rows, token = page.cut(column, key=lambda row: _key(row, NEWEST))
            board.columns.add(
                state=encode_state(state),
                total=totals.get(state, 0),
                submissions=map(encode_submission, rows),
                next_page_token=token,
            )
        return board

    def follow_ups(
        self,
        caller: Caller,
        *,
        page_size: int,
        page_token: str,
        submitter_id: UUID | None,
        days_ahead: int,
        include_overdue: bool,
    ) -> api.ListFollowUpsResponse:
        """Active submissions due by then, the earliest day first."""
        query = {"rpc": "ListFollowUps", "caller": scope_of(caller), "of": submitter_id, "days": days_ahead}
        page = PageRequest.of(page_size, page_token, {**query, "overdue": include_overdue})
        today = self._clock().astimezone(UTC).date()
        due = SubmissionRow.follow_up_date
        statement = select(SubmissionRow).where(
            *visible_to(caller), SubmissionRow.state.in_(ACTIVE), due <= today + timedelta(days=days_ahead)
        )
        if not include_overdue:
            statement = statement.where(due >= today)
        if submitter_id is not None:
            statement = statement.where(SubmissionRow.submitter_id == submitter_id)
        if page.after is not None:
            after = (date.fromisoformat(str(page.after[0])), page.after[1])
            statement = statement.where(tuple_(due, SubmissionRow.submission_id) > tuple_(*map(literal, after)))
        statement = statement.order_by(due, SubmissionRow.submission_id).limit(page.size + 1)
        with self._database.transaction(caller.tenant) as session:
            found = session.scalars(statement).all()
            rows, token = page.cut(found, key=lambda row: (str(row.follow_up_date), row.submission_id))
            return api.ListFollowUpsResponse(follow_ups=[_follow_up(row, today) for row in rows], next_page_token=token)

    def submitters(self, caller: Caller, *, page_size: int, page_token: str) -> api.ListSubmittersResponse:
        """Who has submitted, by id, with counts."""
        page = PageRequest.of(page_size, page_token, {"rpc": "ListSubmitters", "caller": scope_of(caller)})
        statement = select_submitters(*visible_to(caller)).order_by(SubmissionRow.submitter_id)
        if page.after is not None:
            statement = statement.where(SubmissionRow.submitter_id > page.after[0])
        with self._database.transaction(caller.tenant) as session:
            found = session.execute(statement.limit(page.size + 1)).all()
            rows, token = page.cut(found, key=lambda row: (row.submitter_id,))
            return api.ListSubmittersResponse(submitters=map(encode_submitter, rows), next_page_token=token)

    def _newest_of_each(
        self, session: Session, caller: Caller, wanted: Wanted, states: Sequence[State], most: int
    ) -> Sequence[SubmissionRow]:
        each = select(func.unnest(cast([state.value for state in states], ARRAY(Text))).label("state")).subquery()
        newest = (
            select(SubmissionRow)
            .where(*_conditions(caller, wanted), SubmissionRow.state == each.c.state)
            .order_by(SubmissionRow.create_time.desc(), SubmissionRow.submission_id.desc())
            .limit(most)
            .lateral()
        )
        found = aliased(SubmissionRow, newest)
        return session.scalars(select(found).select_from(each.join(newest, true()))).all()


def select_submitters(*conditions: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    """Submitters with their counts; the statement may be ordered and cut."""
    state = SubmissionRow.state
    return (
        select(
            SubmissionRow.submitter_id,
            func.count().label("total"),
            func.count().filter(state.in_(ACTIVE)).label("active"),
            func.count().filter(state == State.PLACED).label("placed"),
            func.max(SubmissionRow.create_time).label("last_create_time"),
        )
        .where(*conditions)
        .group_by(SubmissionRow.submitter_id)
    )


def encode_submitter(row: Any) -> api.Submitter:
    """A submitter with counts."""
    return api.Submitter(
        submitter_id=str(row.submitter_id),
        total=row.total,
        active=row.active,
        placed=row.placed,
        last_create_time=timestamp(row.last_create_time),
    )


def _conditions(caller: Caller, wanted: Wanted) -> list[ColumnElement[bool]]:
    row = SubmissionRow
    found = list(visible_to(caller))
    equal: dict[Any, Any] = {
        row.candidate_id: wanted.candidate_id,
        row.posting_id: wanted.posting_id,
        row.submitter_id: wanted.submitter_id,
        row.vendor_key: company_key(wanted.vendor_company),
        row.client_key: company_key(wanted.client_company),
        row.priority: wanted.priority,
    }
    found += [column == value for column, value in equal.items() if value]
    if wanted.mine:
        found.append(row.submitter_id == UUID(caller.id))
    if wanted.states:
        found.append(row.state.in_(wanted.states))
    if wanted.active is not None:
        found.append(row.state.in_(ACTIVE if wanted.active else FINAL))
    if wanted.hot is not None:
        hot: ColumnElement[bool] = row.__table__.c.hot  # not `IS true`: the partial index is `WHERE hot`
        found.append(hot if wanted.hot else ~hot)
    if wanted.create_after is not None:
        found.append(row.create_time >= wanted.create_after)
    if wanted.create_before is not None:
        found.append(row.create_time < wanted.create_before)
    return found


def _query(caller: Caller, wanted: Wanted, order: Order) -> dict[str, object]:
    """What page tokens are bound to; whose submissions the caller sees is part of it."""
    return {"rpc": "ListSubmissions", "scope": scope_of(caller), "wanted": wanted, "order": order}


def _key(row: SubmissionRow, order: Order) -> tuple[Any, ...]:
    return tuple(getattr(row, name) for name in order.columns)


def _follow_up(row: SubmissionRow, today: date) -> api.FollowUp:
    assert row.follow_up_date is not None
    days = (row.follow_up_date - today).days
    return api.FollowUp(submission=encode_submission(row), due_in_days=days, overdue=days < 0)
