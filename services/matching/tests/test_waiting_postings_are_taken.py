"""Waiting postings are read and matched page after page, one page read while the one before is matched."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import text

PLATFORM = None


@pytest.fixture
def user(build):
    return build.user()


@pytest.fixture
def arrivals(matching, build, user):
    """The intake, a posting a page, with a candidate whom every posting of the builder suits."""
    matching.ready(user, build.profile())
    matching.arrivals._pace.page = 1
    return matching.arrivals


def queue(matching) -> list[str]:
    with matching.database.platform_transaction() as session:
        return list(session.scalars(text("SELECT step FROM posting_intake ORDER BY ticket")))


def matches(matching, user) -> int:
    with matching.database.transaction(user.tenant) as session:
        return session.execute(text("SELECT count(*) FROM candidate_matches")).scalar_one()


def test_a_page_is_read_while_the_one_before_is_matched(matching, build, user, arrivals, monkeypatch):
    matching.take_in([build.draft(), build.draft()])
    read_again = threading.Event()
    read, match = arrivals.read_waiting, arrivals.match_tenant

    def reading(caller):
        taken = read(caller)
        if queue(matching) == ["READ", "READ"]:
            read_again.set()
        return taken

    def matching_slowly(caller, posting_ids):
        assert read_again.wait(20), "the second page is not read before the first is matched"
        return match(caller, posting_ids)

    monkeypatch.setattr(arrivals, "read_waiting", reading)
    monkeypatch.setattr(arrivals, "match_tenant", matching_slowly)
    assert arrivals.take_waiting(PLATFORM, lambda: True) is False
    assert (queue(matching), matches(matching, user)) == ([], 2)


def test_a_posting_that_comes_while_the_last_page_is_matched_is_taken_too(matching, build, user, arrivals, monkeypatch):
    matching.take_in([build.draft()])
    late, match = [build.draft()], arrivals.match_tenant

    def matching_late(caller, posting_ids):
        while late:
            matching.take_in([late.pop()])
        return match(caller, posting_ids)

    monkeypatch.setattr(arrivals, "match_tenant", matching_late)
    assert arrivals.take_waiting(PLATFORM, lambda: True) is False
    assert (queue(matching), matches(matching, user)) == ([], 2)


def test_who_is_stopped_matches_what_was_read_and_says_that_more_may_wait(matching, build, user, arrivals):
    matching.take_in([build.draft(), build.draft()])
    answers = iter([True, False])
    assert arrivals.take_waiting(PLATFORM, lambda: next(answers)) is True
    assert (queue(matching), matches(matching, user)) == (["WAITING"], 1)


def test_what_an_interrupted_call_left_read_is_matched(matching, build, user, arrivals):
    matching.take_in([build.draft()])
    arrivals.read_waiting(PLATFORM)
    assert arrivals.take_waiting(PLATFORM, lambda: False) is True
    assert (queue(matching), matches(matching, user)) == ([], 1)


def test_a_page_that_cannot_be_matched_fails_the_call_and_stays_read(matching, build, arrivals, monkeypatch):
    matching.take_in([build.draft()])

    def fails(caller, posting_ids):
        raise ArithmeticError("told by the test")

    monkeypatch.setattr(arrivals, "match_tenant", fails)
    with pytest.raises(ArithmeticError, match="told by the test"):
        arrivals.take_waiting(PLATFORM, lambda: True)
    assert queue(matching) == ["READ"]
