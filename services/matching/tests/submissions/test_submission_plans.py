"""Each list of submissions is served by an index of the migration, and none reads the table through (H-20, P-80).

The plans are of the statements that the service really sends, made as the service's own role inside a tenant's walls.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid5

import psycopg2
import pytest
from blacklight.matching.v1 import submission_pb2 as pb
from blacklight.matching.v1 import submission_service_pb2 as api
from blacklight_matching.app import APP
from blacklight_matching.submissions.lists.order import NEWEST, order_of
from blacklight_matching.submissions.lists.service import SubmissionLists, Wanted
from blacklight_matching.submissions.models import SubmissionRow
from blacklight_matching.submissions.rights.service import Claim, Rights
from blacklight_matching.submissions.states import State
from blacklight_matching.submissions.statistics.service import SubmissionStatistics
from blacklight_servicekit.caller import Caller, CallerKind
from blacklight_servicekit.clock import utc_now
from blacklight_servicekit.database import Database
from blacklight_testkit.faults import guards
from sqlalchemy import Engine, event, text

from tests.load.s7_rows import fill, submission_values

TENANTS, ROWS = 5, 4_000
SPACE = UUID("00000000-0000-7000-8000-000000000000")


@dataclass
class Filled:
    """A database with the submissions of several tenants, and callers of one of them."""

    database: Database
    tenant: UUID
    candidate_id: UUID
    posting_id: UUID
    recruiter_id: UUID

    def caller(self, *permissions: str) -> Caller:
        return Caller(CallerKind.USER, str(self.recruiter_id), self.tenant, frozenset(permissions))

    @property
    def boss(self) -> Caller:
        return self.caller("submissions.view_all")

    def plans(self, ask: Callable[[], Any]) -> list[str]:
        """The plans of what is asked for, one text a statement."""
        sent: list[tuple[str, Any]] = []

        def note(connection, cursor, statement, parameters, context, executemany):
            sent.append((statement, parameters))

        event.listen(Engine, "before_cursor_execute", note)
        try:
            ask()
        finally:
            event.remove(Engine, "before_cursor_execute", note)
        with self.database.transaction(self.tenant) as session:
            return ["\n".join(self._explained(session, *each)) for each in sent]

    def _explained(self, session, statement, parameters):
        at = statement.index("SELECT")
        return session.connection().exec_driver_sql(f"EXPLAIN {statement[at:]}", parameters).scalars().all()


@pytest.fixture(scope="module")
def filled(databases) -> Filled:
    """20,000 submissions of five tenants, with the planner's statistics of them."""
    urls = databases.create(APP)
    tenants = [uuid5(SPACE, str(number)) for number in range(TENANTS)]
    with closing(psycopg2.connect(urls.admin)) as admin, admin.cursor() as cursor:
        admin.autocommit = True
        for tenant in tenants:
            rows = fill(SubmissionRow.__table__, submission_values(f"'{tenant}'"))
            cursor.execute(rows.replace(":first", "1").replace(":last", str(ROWS)))
        cursor.execute("VACUUM ANALYZE matching.submissions")
        cursor.execute(
            "SELECT candidate_id, posting_id, submitter_id FROM matching.submissions WHERE tenant_id = %s LIMIT 1",
            (str(tenants[0]),),
        )
        found = [UUID(str(each)) for each in cursor.fetchone()]
    database = Database(urls.app, urls.platform)
    yield Filled(database, tenants[0], *found)
    database.dispose()


LISTS = [
    ("all", {}, "", "ix_submissions_newest"),
    ("own", {}, "", "ix_submissions_submitter"),
    ("all", {"candidate_id": "candidate_id"}, "", "ix_submissions_candidate"),
    ("all", {"posting_id": "posting_id"}, "", "ix_submissions_posting"),
    ("all", {"submitter_id": "recruiter_id"}, "", "ix_submissions_submitter"),
    ("all", {"states": (State.REJECTED,)}, "", "ix_submissions_state"),
    ("all", {"client_company": "Client 7"}, "", "ix_submissions_client"),
    ("all", {"vendor_company": "Vendor 7"}, "", "ix_submissions_vendor"),
    ("all", {"priority": 3}, "", "ix_submissions_priority"),
    ("all", {"hot": True}, "", "ix_submissions_hot"),
    ("all", {}, "update_time desc", "ix_submissions_updated"),
    ("all", {}, "state_time", "ix_submissions_moved"),
    ("all", {}, "priority desc", "ix_submissions_priority"),
]


@guards(
    "P-80",
    file="services/matching/migrations/versions/0005_submissions.py",
    old='    _newest("newest")\n',
    new="",
)
@pytest.mark.parametrize(("who", "wanted", "order", "index"), LISTS)
def test_p80_the_index_of_the_migration_serves_the_list(filled, who, wanted, order, index):
    # Ids are named after fields of `filled`, which no test has while it is collected.
    values = {name: getattr(filled, str(value), value) for name, value in wanted.items()}
    lists = SubmissionLists(filled.database, utc_now)
    caller = filled.boss if who == "all" else filled.caller()
    how = order_of(order) if order else NEWEST
    token = ""
    for _ in range(2):  # the first page, and one that goes on
        asked = {"page_size": 10, "page_token": token}
        (plan,) = filled.plans(lambda: lists.list_submissions(caller, Wanted(**values), how, **asked))  # noqa: B023
        assert index in plan, plan
        assert "Seq Scan" not in plan, plan
        token = lists.list_submissions(caller, Wanted(**values), how, **asked).next_page_token
        if not token:
            break


def test_follow_ups_and_the_board_are_served_by_theirs(filled):
    lists = SubmissionLists(filled.database, utc_now)
    due = {"page_size": 10, "page_token": "", "submitter_id": None, "days_ahead": 7, "include_overdue": True}
    (plan,) = filled.plans(lambda: lists.follow_ups(filled.boss, **due))
    assert "ix_submissions_follow_up" in plan, plan
    counts, columns = filled.plans(lambda: lists.board(filled.boss, Wanted(), page_size=5, active_only=False))
    assert "ix_submissions_state" in columns, columns
    for plan in (counts, columns):
        assert "Seq Scan" not in plan, plan


def test_what_is_in_the_way_is_found_by_the_candidate(filled):
    rights = Rights(utc_now, 90)
    claim = Claim(filled.candidate_id, UUID(int=1), "client\njava developer")

    def look():
        with filled.database.transaction(filled.tenant) as session:
            rights.find_blocking(session, filled.tenant, claim)

    for plan in filled.plans(look):
        assert "ix_submissions_candidate" in plan or "uq_submissions_active" in plan or "ix_submissions_posting" in plan
        assert "Seq Scan" not in plan, plan


def test_figures_read_the_tenants_rows_alone(filled):
    figures = SubmissionStatistics(filled.database, utc_now)
    for plan in filled.plans(lambda: figures.of(filled.boss, submitter_id=None, days_back=30)):
        assert "Seq Scan on submissions" not in plan, plan


def test_the_filled_rows_are_what_the_service_shows(filled):
    """The rows made for the plans can be read as submissions."""
    lists = SubmissionLists(filled.database, utc_now)
    answer = lists.list_submissions(filled.boss, Wanted(), NEWEST, page_size=200, page_token="")
    assert len(answer.submissions) == 200
    assert isinstance(answer, api.ListSubmissionsResponse)
    assert {each.state for each in answer.submissions} == set(pb.SubmissionState.values()) - {0}
    with filled.database.transaction(filled.tenant) as session:
        assert session.scalar(text("SELECT count(*) FROM submissions")) == ROWS
