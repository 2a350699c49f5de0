"""Claims: one statement, no target twice, nobody in the way of anybody (P-31, F-01, F-03)."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from blacklight.scraper.v1 import role_queue_service_pb2
from blacklight_servicekit.clock import utc_now
from blacklight_servicekit.ids import new_id
from blacklight_testkit.faults import guards
from sqlalchemy import text

from services.scraper.tests.queue_rig import BLOCKED, FAILED, UNCONFIRMED, Rig, update_platform

CLAIMING = "services/scraper/src/blacklight_scraper/queue/claiming.py"
REST = "services/scraper/src/blacklight_scraper/queue/rest.py"
SCHEDULE = "services/scraper/src/blacklight_scraper/queue/schedule/service.py"
CLAIMS = "services/scraper/src/blacklight_scraper/claims/service.py"


@pytest.fixture
def rig(scraper: Any) -> Rig:
    return Rig(scraper)


def reject(scraper: Any, role_id: str) -> None:
    request = role_queue_service_pb2.RejectQueuedRoleRequest(role_id=role_id)
    scraper.queue.RejectQueuedRole(request, metadata=scraper.admin)


def test_gives_twenty_claimers_at_once_twenty_roles(scraper: Any, rig: Rig) -> None:
    for number in range(20):
        scraper.add_role(f"Role {number:02}")
    with ThreadPoolExecutor(20) as pool:
        claimed = list(pool.map(lambda _: rig.claim(), range(20)))
    assert all(claimed)
    assert len({assignment.role_id for assignment in claimed}) == 20


@guards("P-31", file=CLAIMING, old="    LIMIT 1\n", new="")
def test_p31_a_claim_leaves_the_rest_of_the_queue_to_others(scraper: Any, rig: Rig) -> None:
    scraper.add_role("One")
    scraper.add_role("Two")
    database, schedule = scraper.app.database, scraper.claims._schedule
    with database.platform_transaction() as first:
        one = schedule.take(first, session_id=new_id(), platforms=["dice"])
        with database.platform_transaction() as second:
            two = schedule.take(second, session_id=new_id(), platforms=["dice"])
    assert one is not None
    assert two is not None
    assert one.role_id != two.role_id


def test_gives_each_platform_of_one_role_to_one_of_many_claimers(scraper: Any, rig: Rig) -> None:
    scraper.add_role()
    with ThreadPoolExecutor(16) as pool:
        claimed = list(pool.map(lambda n: rig.claim(("dice", "indeed")[n % 2]), range(16)))
    held = [platform for assignment in claimed if assignment for platform in assignment.platforms]
    assert len(held) == len(set(held))


@guards("F-01", file=CLAIMS, old="            if known:\n", new="            if known is None:\n")
def test_f01_a_repeated_claim_gets_its_assignments_again(scraper: Any, rig: Rig) -> None:
    for number in range(20):
        scraper.add_role(f"Role {number:02}")
    claim_id = uuid4()
    first = rig.ask(claim_id=claim_id).assignments
    assert rig.ask("indeed", claim_id=claim_id).assignments == first
    assert scraper.rows("SELECT count(*) AS n FROM scraper.sessions")[0].n == len(first)


def test_gives_a_claim_repeated_at_the_same_moment_one_answer(scraper: Any, rig: Rig) -> None:
    for number in range(10):
        scraper.add_role(f"Role {number:02}")
    claim_id = uuid4()
    with ThreadPoolExecutor(10) as pool:
        claimed = list(pool.map(lambda _: rig.ask(claim_id=claim_id), range(10)))
    assert len({answer.assignments for answer in claimed}) == 1
    assert scraper.rows("SELECT count(*) AS n FROM scraper.sessions")[0].n == 1


def test_takes_priority_then_the_longest_not_tried_then_demand(scraper: Any, rig: Rig) -> None:
    low = scraper.add_role("low", candidate_count=9)
    scraper.approve(low, role_queue_service_pb2.PRIORITY_LOW)
    few = scraper.add_role("few", candidate_count=1)
    many = scraper.add_role("many", candidate_count=5)
    urgent = scraper.add_role("urgent", candidate_count=1)
    scraper.approve(urgent, role_queue_service_pb2.PRIORITY_URGENT)
    assert [str(rig.claim("dice").role_id) for _ in range(4)] == [urgent, many, few, low]
    assert rig.claim("dice") is None


def test_gives_nothing_of_roles_that_are_pending_or_rejected(scraper: Any, rig: Rig) -> None:
    scraper.add_role("pending", approve=False)
    reject(scraper, scraper.add_role("rejected"))
    assert rig.claim() is None


def test_leaves_out_platforms_that_are_disabled_or_not_the_keys(scraper: Any, rig: Rig) -> None:
    scraper.add_platforms("monster")
    update_platform(scraper, "indeed", enabled=False)
    scraper.add_role()
    answer = rig.ask()
    assert [assignment.platforms for assignment in answer.assignments] == [("dice",)]
    assert [(each.platform, each.reason.name) for each in answer.standings] == [("indeed", "PLATFORM_PAUSED")]


@guards("F-12", file=SCHEDULE, old="timedelta(minutes=kept.cadence_minutes)", new="timedelta()")
def test_f12_a_target_rests_on_each_platform_for_that_platforms_cadence(scraper: Any, rig: Rig, clock: Any) -> None:
    update_platform(scraper, "indeed", cadence_minutes=60)
    role_id = scraper.add_role()
    rig.end(rig.claim())
    assert scraper.role(role_id).HasField("last_scrape_time")
    assert rig.standings() == {"dice": "NOTHING_DUE", "indeed": "NOTHING_DUE"}
    clock.advance(timedelta(minutes=21))
    assert rig.claim().platforms == ("dice",)
    clock.advance(timedelta(minutes=38))
    assert rig.claim("indeed") is None
    clock.advance(timedelta(minutes=2))
    assert rig.claim("indeed").platforms == ("indeed",)


@guards("F-13", file=SCHEDULE, old='"not_before": now + rest,', new='"not_before": now,')
def test_f13_the_cadence_of_a_platform_reaches_the_claims_of_a_stream(scraper: Any, clock: Any) -> None:
    # From the administrator's call to the host's: the old cadence was there and never asked.
    scraper.add_platforms("monster", cadence_minutes=45)
    scraper.add_role()
    stream = scraper.connect(scraper.add_key(platforms=["monster"]))
    stream.hello()
    assignment = stream.assignment("monster")
    stream.report(assignment, "monster", 3)
    stream.finish(assignment)
    scraper.review(assignment.session_id)
    clock.advance(timedelta(minutes=44))
    [standing] = stream.claim("monster").nothing.platforms
    assert (standing.platform, standing.reason) == ("monster", 1)
    clock.advance(timedelta(minutes=2))
    assert stream.claim("monster").assignments.assignments[0].target_id == assignment.target_id


@pytest.mark.parametrize(("outcome", "reason"), [(UNCONFIRMED, 0), (FAILED, BLOCKED)])
@guards("F-03", file=REST, old="doublings = min(failures - 1, _MOST_DOUBLINGS)", new="doublings = 0")
def test_f03_a_target_rests_longer_after_each_failure(
    scraper: Any, rig: Rig, clock: Any, outcome: int, reason: int
) -> None:
    role_id = scraper.add_role()
    for minutes in (5, 10, 20):
        rig.end(rig.claim(), outcome, reason)
        clock.advance(timedelta(minutes=minutes) - timedelta(seconds=30))
        assert rig.claim() is None
        clock.advance(timedelta(minutes=1))
    assert not scraper.role(role_id).HasField("last_scrape_time")
    rig.end(rig.claim())
    [row] = scraper.rows("SELECT DISTINCT failures FROM scraper.target_platforms")
    assert row.failures == 0


@guards("P-39", file=CLAIMING, old="target.last_try_time NULLS FIRST", new="target.last_scrape_time NULLS FIRST")
def test_p39_a_target_that_always_fails_does_not_come_first_again(scraper: Any, rig: Rig, clock: Any) -> None:
    failing = scraper.add_role("failing", candidate_count=9)
    other = scraper.add_role("other", candidate_count=1)
    turns = []
    for _ in range(4):
        assignment = rig.claim()
        turns.append(str(assignment.role_id))
        if turns[-1] == failing:
            rig.end(assignment, FAILED, BLOCKED)
        else:
            rig.end(assignment)
        clock.advance(timedelta(hours=1))
    assert turns == [failing, other, failing, other]


@guards(
    "P-39",
    file=SCHEDULE,
    old=".values(last_scrape_time=now)",
    new=".values(last_scrape_time=now, approval=2)",
)
def test_p39_the_end_of_a_session_leaves_a_rejection_alone(scraper: Any, rig: Rig) -> None:
    role_id = scraper.add_role()
    assignment = rig.claim()
    reject(scraper, role_id)
    rig.end(assignment)
    assert scraper.role(role_id).approval == role_queue_service_pb2.APPROVAL_REJECTED
    [target] = scraper.rows("SELECT approval FROM scraper.queue_targets")
    assert target.approval == role_queue_service_pb2.APPROVAL_REJECTED


@guards(
    "P-41",
    file=SCHEDULE,
    old=".values(last_scrape_time=now)",
    new=".values(last_scrape_time=now, approval=1)",
)
def test_p41_a_scrape_never_sends_a_target_back_to_approval(scraper: Any, rig: Rig, clock: Any) -> None:
    scraper.add_role()
    for _ in range(2):
        rig.end(rig.claim())
        clock.advance(timedelta(days=1))
    [target] = scraper.rows("SELECT approval FROM scraper.queue_targets")
    assert target.approval == role_queue_service_pb2.APPROVAL_APPROVED
    assert rig.claim() is not None


def test_refuses_a_claim_for_platforms_the_key_does_not_allow(scraper: Any) -> None:
    stream = scraper.connect(scraper.add_key(platforms=["dice"]))
    stream.hello()
    assert stream.claim("indeed").refusal.reason == "PLATFORM_NOT_ALLOWED"


def test_says_when_to_ask_again_and_why(scraper: Any) -> None:
    stream = scraper.connect(scraper.add_key())
    stream.hello()
    claim_id = str(uuid4())
    nothing = stream.claim(claim_id=claim_id).nothing
    assert (nothing.claim_id, nothing.retry_after_seconds) == (claim_id, 10)
    assert [(each.platform, each.reason) for each in nothing.platforms] == [("dice", 1), ("indeed", 1)]


def test_takes_no_platform_that_another_claim_took_in_between(scraper: Any) -> None:
    # P-31: without the WHERE of `DO UPDATE` in `queue/claiming.py` both hold the platform.
    target_id = UUID(scraper.add_role())
    database, schedule = scraper.app.database, scraper.claims._schedule
    now = utc_now()
    with database.platform_transaction() as session:
        session.execute(
            text("INSERT INTO scraper.target_platforms VALUES (:target_id, 'dice', NULL, :now, 0)"),
            {"target_id": target_id, "now": now - timedelta(hours=1)},
        )

    def take() -> Any:
        with database.platform_transaction() as session:
            return schedule.take(session, session_id=new_id(), platforms=["dice"])

    with ThreadPoolExecutor(1) as pool:
        with database.platform_transaction() as session:
            session.execute(text("UPDATE scraper.target_platforms SET held_by = :id"), {"id": new_id()})
            # It sees the platform free, as it was when its statement began, and comes to wait for the row.
            second = pool.submit(take)
            waiting = text("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
            while not session.scalar(waiting):
                assert not second.done()
                time.sleep(0.01)
                session.execute(text("SELECT pg_stat_clear_snapshot()"))
        assert second.result(30) is None
