"""Lists of submissions: whose they are, filters, orders, pages, the board, follow-ups, submitters (pain P-80)."""

from __future__ import annotations

from contextlib import contextmanager

import pytest
from blacklight.matching.v1 import submission_pb2 as pb
from blacklight.matching.v1 import submission_service_pb2 as api
from blacklight_servicekit.errors import Invalid
from blacklight_servicekit.ids import new_id
from blacklight_testkit.faults import guards
from sqlalchemy import Engine, event

LISTS = "services/matching/src/blacklight_matching/submissions/lists/service.py"


@contextmanager
def counted():
    """The statements sent meanwhile."""
    sent = []

    def note(connection, cursor, statement, parameters, context, executemany):
        sent.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(Engine, "before_cursor_execute", note)


def ids(*submissions):
    return [each.submission_id for each in submissions]


def test_shows_ones_own_and_with_view_all_everybodys(desk, make_desk):
    mine, other = desk.create(), desk.create(desk.user())
    make_desk().create()
    assert desk.listed(desk.me) == ids(mine)
    assert desk.listed(desk.boss) == ids(other, mine)
    assert desk.listed(desk.boss, mine=True) == []
    assert desk.listed(desk.me, submitter_id=other.submitter_id) == []


def test_filters_by_everything_that_recruiters_look_for(desk, clock):
    first = desk.create(client_company="Acme Inc", vendor_company="Vendor One", hot=True)
    clock.move(days=1)
    second = desk.external(desk.user(), priority=pb.SUBMISSION_PRIORITY_HIGH)
    ended = desk.move(desk.create(), "REJECTED")
    review = desk.move(desk.create(), "CLIENT_REVIEW")
    everything = ids(review, ended, second, first)
    for query, found in (
        ({}, everything),
        ({"states": [pb.SUBMISSION_STATE_REJECTED]}, ids(ended)),
        ({"states": [pb.SUBMISSION_STATE_SUBMITTED, pb.SUBMISSION_STATE_CLIENT_REVIEW]}, ids(review, second, first)),
        ({"active": True}, ids(review, second, first)),
        ({"active": False}, ids(ended)),
        ({"candidate_id": first.candidate_id}, ids(first)),
        ({"posting_id": first.posting_id}, ids(first)),
        ({"submitter_id": second.submitter_id}, ids(second)),
        ({"client_company": "ACME"}, ids(first)),
        ({"vendor_company": "vendor one, LLC"}, ids(first)),
        ({"priority": pb.SUBMISSION_PRIORITY_HIGH}, ids(second)),
        ({"hot": True}, ids(first)),
        ({"hot": False}, ids(review, ended, second)),
        ({"create_after": second.create_time}, ids(review, ended, second)),
        ({"create_before": second.create_time}, ids(first)),
        ({"candidate_id": str(new_id())}, []),
    ):
        assert desk.listed(**query) == found, query


@pytest.mark.parametrize("order_by", ["", "create_time asc", "update_time desc", "state_time", "priority desc"])
def test_pages_give_each_submission_once_in_any_order(desk, clock, order_by):
    made = []
    for number in range(9):
        if number % 3 == 0:
            clock.move(hours=1)
        made.append(desk.external(priority=1 + number % 3))
    clock.move(hours=1)
    desk.move(made[4], "CLIENT_REVIEW")
    desk.update(made[2], hot=True)
    whole = desk.listed(order_by=order_by)
    assert sorted(whole) == sorted(ids(*made))
    assert desk.listed(order_by=order_by, page_size=2) == whole
    field, _, direction = (order_by or "create_time desc").partition(" ")
    by_id = {each.submission_id: desk.get(each) for each in made}

    def value(submission_id):
        found = getattr(by_id[submission_id], field)
        return found if isinstance(found, int) else found.ToNanoseconds()

    values = [value(submission_id) for submission_id in whole]
    assert values == sorted(values, reverse=direction == "desc")


def test_a_page_token_of_another_query_or_caller_is_refused(desk):
    desk.external()
    desk.external()
    request = api.ListSubmissionsRequest(page_size=1)
    token = desk.rpc.ListSubmissions(request, desk.boss).next_page_token
    for caller, query in ((desk.boss, {"hot": True}), (desk.boss, {"order_by": "priority"}), (desk.me, {})):
        other = api.ListSubmissionsRequest(page_size=1, page_token=token, **query)
        with pytest.raises(Invalid) as refused:
            desk.rpc.ListSubmissions(other, caller)
        assert refused.value.reason == "PAGE_TOKEN_MISMATCH"


@guards(
    "P-80",
    file=LISTS,
    old="session.scalars(statement.limit(page.size + 1)).all()",
    new="session.scalars(statement).all()",
)
def test_p80_a_page_is_never_longer_than_asked_and_says_where_it_goes_on(desk):
    for _ in range(3):
        desk.external()
    with counted() as sent:
        answer = desk.rpc.ListSubmissions(api.ListSubmissionsRequest(page_size=2), desk.boss)
    assert len(answer.submissions) == 2
    assert answer.next_page_token
    assert "LIMIT" in sent[0]


@guards(
    "P-80",
    file="services/matching/src/blacklight_matching/submissions/encoding.py",
    old="    if whole:\n",
    new="    if row.job_description is not None:\n",
)
def test_p80_a_list_takes_one_statement_however_long_it_is(desk):
    for _ in range(4):
        desk.create(cover_letter="Dear client")
    with counted() as sent:
        answer = desk.rpc.ListSubmissions(api.ListSubmissionsRequest(), desk.boss)
    assert len(answer.submissions) == 4
    assert len(sent) == 1
    first = answer.submissions[0]
    assert first.candidate_name
    assert first.job.title
    assert (first.job.description, first.cover_letter, len(first.stages)) == ("", "", 0)


def test_the_board_has_a_column_for_each_state_that_goes_on_in_the_list(desk, state_of):
    submitted = [desk.external() for _ in range(5)]
    held = desk.move(desk.external(), "ON_HOLD")
    ended = desk.move(desk.external(desk.user()), "WITHDRAWN")
    board = desk.rpc.GetSubmissionBoard(api.GetSubmissionBoardRequest(page_size=2), desk.boss)
    assert [(state_of(column), column.total) for column in board.columns] == [
        ("SUBMITTED", 5), ("CLIENT_REVIEW", 0), ("INTERVIEW_SCHEDULED", 0), ("INTERVIEWED", 0), ("OFFERED", 0),
        ("ON_HOLD", 1), ("PLACED", 0), ("REJECTED", 0), ("WITHDRAWN", 1),
    ]  # fmt: skip
    first = board.columns[0]
    assert ids(*first.submissions) == ids(submitted[4], submitted[3])
    assert ids(*board.columns[5].submissions) == ids(held)
    assert board.columns[5].next_page_token == ""
    rest = api.ListSubmissionsRequest(
        states=[pb.SUBMISSION_STATE_SUBMITTED], page_size=10, page_token=first.next_page_token
    )
    assert ids(*desk.rpc.ListSubmissions(rest, desk.boss).submissions) == ids(*submitted[2::-1])
    of_ended = api.GetSubmissionBoardRequest(submitter_id=ended.submitter_id)
    assert [column.total for column in desk.rpc.GetSubmissionBoard(of_ended, desk.boss).columns][-1] == 1
    active = desk.rpc.GetSubmissionBoard(api.GetSubmissionBoardRequest(active_only=True), desk.me)
    assert [column.total for column in active.columns] == [5, 0, 0, 0, 0, 1]


def test_the_board_takes_two_statements(desk):
    desk.external()
    with counted() as sent:
        desk.rpc.GetSubmissionBoard(api.GetSubmissionBoardRequest(), desk.boss)
    assert len(sent) == 2


def follow_ups(desk, caller=None, **query):
    answer = desk.rpc.ListFollowUps(api.ListFollowUpsRequest(**query), caller or desk.boss)
    return [(each.submission.follow_up_date, each.due_in_days, each.overdue) for each in answer.follow_ups]


def test_follow_ups_are_those_due_soon_and_overdue_the_earliest_first(desk):
    for day in ("2026-03-12", "2026-03-02", "2026-02-27", "2026-03-09", "2026-03-10"):
        desk.external(follow_up_date=day)
    ended = desk.external(follow_up_date="2026-03-03")
    desk.move(ended, "REJECTED")
    desk.external()
    desk.external(desk.user(), follow_up_date="2026-03-05")
    assert follow_ups(desk, desk.me) == [
        ("2026-02-27", -3, True),
        ("2026-03-02", 0, False),
        ("2026-03-09", 7, False),
    ]
    assert [day for day, _, _ in follow_ups(desk, desk.me, days_ahead=0)] == ["2026-02-27", "2026-03-02"]
    assert [day for day, _, _ in follow_ups(desk, desk.me, days_ahead=30, include_overdue=False)] == [
        "2026-03-02", "2026-03-09", "2026-03-10", "2026-03-12",
    ]  # fmt: skip
    assert [day for day, _, _ in follow_ups(desk, submitter_id=desk.me.id, days_ahead=0)] == [
        "2026-02-27",
        "2026-03-02",
    ]
    assert "2026-03-05" in [day for day, _, _ in follow_ups(desk)]


def test_follow_ups_come_in_pages(desk):
    for _ in range(3):
        desk.external(follow_up_date="2026-03-03")
    request = api.ListFollowUpsRequest(page_size=2)
    first = desk.rpc.ListFollowUps(request, desk.boss)
    request.page_token = first.next_page_token
    second = desk.rpc.ListFollowUps(request, desk.boss)
    seen = [each.submission.submission_id for each in (*first.follow_ups, *second.follow_ups)]
    assert (len(first.follow_ups), len(set(seen)), second.next_page_token) == (2, 3, "")


def test_submitters_are_counted(desk):
    other = desk.user()
    desk.external()
    desk.move(desk.external(), "REJECTED")
    desk.external(other)

    def submitters(caller, **query):
        answer = desk.rpc.ListSubmitters(api.ListSubmittersRequest(**query), caller)
        return {each.submitter_id: (each.total, each.active, each.placed) for each in answer.submitters}

    assert submitters(desk.boss) == {desk.me.id: (2, 1, 0), other.id: (1, 1, 0)}
    assert submitters(desk.me) == {desk.me.id: (2, 1, 0)}
    assert len(submitters(desk.boss, page_size=1)) == 1
