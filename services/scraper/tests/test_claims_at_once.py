"""Claims: one statement, no role twice, nobody in the way of anybody (P-31, F-01, F-03)."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from blacklight.scraper.v1 import platform_service_pb2, role_queue_service_pb2, session_pb2
from blacklight_scraper.sessions.states import Transport
from blacklight_servicekit.caller import Caller, CallerKind
from blacklight_servicekit.clock import utc_now
from blacklight_servicekit.ids import new_id
from google.protobuf.field_mask_pb2 import FieldMask
from sqlalchemy import text

EMPTY = session_pb2.PLATFORM_RUN_STATE_EMPTY_CONFIRMED
UNCONFIRMED = session_pb2.PLATFORM_RUN_STATE_EMPTY_UNCONFIRMED
FAILED = session_pb2.PLATFORM_RUN_STATE_FAILED


def fleet_of(scraper: Any) -> Any:
    return scraper.servicer("FleetService")._fleet


def queue_of(scraper: Any) -> Any:
    return scraper.claims._schedule


def host_caller(scraper: Any, name: str = "host", platforms: tuple[str, ...] = ("dice", "indeed")) -> Caller:
    scraper.add_key(name, platforms)
    [row] = scraper.rows("SELECT api_key_id FROM scraper.api_keys WHERE name = :name", name=name)
    return Caller(CallerKind.HOST, str(row.api_key_id), platforms=frozenset(platforms))


def end(scraper: Any, caller: Caller, assignment: Any, outcome: int = EMPTY, reason: int = 0) -> None:
    from blacklight_scraper.sessions.reports import Report
    from blacklight_scraper.sessions.states import RunState

    fleet = fleet_of(scraper)
    for platform in assignment.platforms:
        report = Report(assignment.session_id, assignment.fencing_token, platform, RunState(outcome), reason, "")
        fleet.report(caller, report)
    fleet.finish(caller, session_id=assignment.session_id, fencing_token=assignment.fencing_token)
    scraper.review(assignment.session_id)


def claim(scraper: Any, caller: Caller, *platforms: str, claim_id: UUID | None = None) -> Any:
    """The first assignment of a claim; None without any."""
    claimed = scraper.claims.claim(
        caller,
        claim_id=claim_id or uuid4(),
        host_name="host-1",
        platforms=platforms,
        most=1,
        transport=Transport.STREAM,
        can_lease=True,
    )
    return claimed.assignments[0] if claimed.assignments else None


def test_gives_twenty_claimers_at_once_twenty_roles(scraper: Any) -> None:
    for number in range(20):
        scraper.add_role(f"Role {number:02}")
    caller = host_caller(scraper)
    with ThreadPoolExecutor(20) as pool:
        claimed = list(pool.map(lambda _: claim(scraper, caller), range(20)))
    assert all(claimed)
    assert len({assignment.role_id for assignment in claimed}) == 20


def test_leaves_the_rest_of_the_queue_to_others_while_a_claim_is_not_committed(scraper: Any) -> None:
    # P-31: without LIMIT 1 in `queue/claiming.py` the first claim locks both roles and the second finds none.
    scraper.add_role("One")
    scraper.add_role("Two")
    database, queue = scraper.app.database, queue_of(scraper)
    with database.platform_transaction() as first:
        one = queue.take(first, session_id=new_id(), platforms=["dice"])
        with database.platform_transaction() as second:
            two = queue.take(second, session_id=new_id(), platforms=["dice"])
    assert one is not None
    assert two is not None
    assert one.role_id != two.role_id


def test_gives_each_platform_of_one_role_to_one_of_many_claimers(scraper: Any) -> None:
    scraper.add_role()
    caller = host_caller(scraper)
    with ThreadPoolExecutor(16) as pool:
        claimed = list(pool.map(lambda n: claim(scraper, caller, ("dice", "indeed")[n % 2]), range(16)))
    held = [platform for assignment in claimed if assignment for platform in assignment.platforms]
    assert len(held) == len(set(held))


def test_gives_a_repeated_claim_its_assignment_again(scraper: Any) -> None:
    scraper.add_role("One")
    scraper.add_role("Two")
    caller = host_caller(scraper)
    claim_id = uuid4()
    with ThreadPoolExecutor(10) as pool:
        claimed = list(pool.map(lambda _: claim(scraper, caller, claim_id=claim_id), range(10)))
    assert len({assignment.session_id for assignment in claimed}) == 1
    assert scraper.rows("SELECT count(*) AS n FROM scraper.sessions")[0].n == 1


def test_takes_priority_then_the_longest_not_scraped_then_demand(scraper: Any) -> None:
    low = scraper.add_role("low", candidate_count=9)
    scraper.approve(low, role_queue_service_pb2.PRIORITY_LOW)
    few = scraper.add_role("few", candidate_count=1)
    many = scraper.add_role("many", candidate_count=5)
    urgent = scraper.add_role("urgent", candidate_count=1)
    scraper.approve(urgent, role_queue_service_pb2.PRIORITY_URGENT)
    caller = host_caller(scraper)
    assert [str(claim(scraper, caller).role_id) for _ in range(4)] == [urgent, many, few, low]
    assert claim(scraper, caller) is None


def test_gives_nothing_of_roles_that_are_pending_or_rejected(scraper: Any) -> None:
    scraper.add_role("pending", approve=False)
    rejected = scraper.add_role("rejected")
    request = role_queue_service_pb2.RejectQueuedRoleRequest(role_id=rejected)
    scraper.queue.RejectQueuedRole(request, metadata=scraper.admin)
    assert claim(scraper, host_caller(scraper)) is None


def test_leaves_out_platforms_that_are_disabled_or_not_the_keys(scraper: Any) -> None:
    scraper.add_platforms("monster")
    platform = platform_service_pb2.Platform(name="indeed", enabled=False)
    request = platform_service_pb2.UpdatePlatformRequest(platform=platform, update_mask=FieldMask(paths=["enabled"]))
    scraper.platforms.UpdatePlatform(request, metadata=scraper.admin)
    scraper.add_role()
    assert claim(scraper, host_caller(scraper)).platforms == ("dice",)


def test_lets_a_role_rest_for_the_cadence_after_success(scraper: Any, clock: Any) -> None:
    role_id = scraper.add_role()
    caller = host_caller(scraper)
    end(scraper, caller, claim(scraper, caller))
    assert scraper.role(role_id).HasField("last_scrape_time")
    assert claim(scraper, caller) is None
    clock.advance(timedelta(minutes=20))
    assert claim(scraper, caller) is not None


@pytest.mark.parametrize(("outcome", "reason"), [(UNCONFIRMED, 0), (FAILED, session_pb2.FAILURE_REASON_BLOCKED)])
def test_lets_a_role_rest_longer_after_each_failure(scraper: Any, clock: Any, outcome: int, reason: int) -> None:
    # F-03, P-39: a role that fails must not be picked first again and starve the others.
    role_id = scraper.add_role()
    caller = host_caller(scraper)
    for minutes in (5, 10, 20):
        end(scraper, caller, claim(scraper, caller), outcome, reason)
        clock.advance(timedelta(minutes=minutes) - timedelta(seconds=30))
        assert claim(scraper, caller) is None
        clock.advance(timedelta(minutes=1))
    assert not scraper.role(role_id).HasField("last_scrape_time")
    end(scraper, caller, claim(scraper, caller))
    [row] = scraper.rows("SELECT DISTINCT failures FROM scraper.target_platforms")
    assert row.failures == 0


def test_leaves_the_decision_on_a_role_alone_when_its_session_ends(scraper: Any) -> None:
    # P-39, P-41: finalising wrote `approved` over a rejection.
    role_id = scraper.add_role()
    caller = host_caller(scraper)
    assignment = claim(scraper, caller)
    request = role_queue_service_pb2.RejectQueuedRoleRequest(role_id=role_id)
    scraper.queue.RejectQueuedRole(request, metadata=scraper.admin)
    end(scraper, caller, assignment)
    assert scraper.role(role_id).approval == role_queue_service_pb2.APPROVAL_REJECTED


def test_refuses_a_claim_for_platforms_the_key_does_not_allow(scraper: Any) -> None:
    stream = scraper.connect(scraper.add_key(platforms=["dice"]))
    stream.hello()
    assert stream.claim("indeed").refusal.reason == "PLATFORM_NOT_ALLOWED"


def test_says_when_to_ask_again(scraper: Any) -> None:
    stream = scraper.connect(scraper.add_key())
    stream.hello()
    claim_id = str(uuid4())
    nothing = stream.claim(claim_id=claim_id).nothing
    assert (nothing.claim_id, nothing.retry_after_seconds) == (claim_id, 10)


def test_takes_no_platform_that_another_claim_took_in_between(scraper: Any) -> None:
    # P-31: without the WHERE of `DO UPDATE` in `queue/claiming.py` both hold the platform.
    role_id = UUID(scraper.add_role())
    database, queue = scraper.app.database, queue_of(scraper)
    now = utc_now()
    with database.platform_transaction() as session:
        session.execute(
            text("INSERT INTO scraper.target_platforms VALUES (:role_id, 'dice', NULL, :now, 0)"),
            {"role_id": role_id, "now": now - timedelta(hours=1)},
        )

    def take() -> Any:
        with database.platform_transaction() as session:
            return queue.take(session, session_id=new_id(), platforms=["dice"])

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
