"""Several roles a claim, each with its accounts; caps by liveness; lost answers found again (8.2, F-01, F-02, F-10)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from blacklight.scraper.v1 import platform_service_pb2
from blacklight_scraper.claims.service import NoCredential
from blacklight_scraper.sessions.refusals import Refused
from blacklight_scraper.sessions.states import Transport
from blacklight_testkit.faults import guards
from sqlalchemy import text

from services.scraper.tests.queue_rig import Rig, add_account, add_target, update_platform

CLAIMS = "services/scraper/src/blacklight_scraper/claims/service.py"
COUNTING = "services/scraper/src/blacklight_scraper/queue/counting.py"
PASSWORD = platform_service_pb2.PLATFORM_LOGIN_PASSWORD
REST = {"transport": Transport.REST, "host_name": ""}


@pytest.fixture
def rig(scraper: Any) -> Rig:
    return Rig(scraper)


def behind_login(scraper: Any, *accounts: str) -> None:
    """`dice` needs an account, and has these."""
    update_platform(scraper, "dice", login=PASSWORD)
    for name in accounts:
        add_account(scraper, "dice", name)


def open_sessions(scraper: Any) -> int:
    return int(scraper.rows("SELECT count(*) AS n FROM scraper.sessions WHERE end_time IS NULL")[0].n)


def test_gives_each_free_platform_a_role_of_its_own_where_one_is_not_due_on_all(scraper: Any, rig: Rig) -> None:
    first, second = scraper.add_role("First", candidate_count=2), scraper.add_role("Second")
    taken = rig.claim("dice")
    assert str(taken.role_id) == first
    answer = rig.ask()
    assert [(str(each.role_id), each.platforms) for each in answer.assignments] == [(second, ("dice", "indeed"))]
    rest = rig.ask()
    assert [(str(each.role_id), each.platforms) for each in rest.assignments] == [(first, ("indeed",))]
    assert [(each.platform, each.reason.name) for each in rest.standings] == [("dice", "NOTHING_DUE")]


def test_gives_several_assignments_at_once_and_no_more_than_asked_for(scraper: Any, rig: Rig) -> None:
    first = scraper.add_role("First", candidate_count=2)
    scraper.add_role("Second")
    rig.end(rig.claim("dice"))
    answer = rig.ask()
    assert [each.platforms for each in answer.assignments] == [("dice", "indeed")]
    scraper.add_role("Third")
    rig.end(answer.assignments[0])
    both = rig.ask("indeed", "dice")
    assert len({each.session_id for each in both.assignments}) == len(both.assignments)
    assert sorted(name for each in both.assignments for name in each.platforms) == ["dice", "indeed"]
    assert first


def test_says_what_to_search_for(scraper: Any, rig: Rig) -> None:
    role_id = scraper.add_role(aliases=["J2EE Developer"], candidate_count=7)
    own = rig.claim()
    assert own.search_queries == ("Java Developer", "J2EE Developer")
    assert (own.location, own.candidate_query, own.candidate_count) == ("", "", 7)
    add_target(scraper, role_id, "nyc", "Java  Spring")
    target = rig.claim()
    assert target.search_queries == ("java spring",)
    assert (target.location, target.role_id) == ("New York, NY", own.role_id)


def test_never_puts_more_sessions_on_a_platform_than_it_takes(scraper: Any, rig: Rig) -> None:
    update_platform(scraper, "dice", max_in_flight=3)
    for number in range(20):
        scraper.add_role(f"Role {number:02}")
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: rig.ask("dice"), range(16)))
    assert sum(len(answer.assignments) for answer in answers) == 3
    assert {each.reason.name for answer in answers for each in answer.standings} == {"PLATFORM_FULL"}


@guards("F-10", file=COUNTING, old="session.last_seen_time > :alive", new="session.create_time > :alive")
def test_f10_a_session_counts_as_in_flight_by_its_last_sign_of_life(scraper: Any, rig: Rig, clock: Any) -> None:
    update_platform(scraper, "dice", max_in_flight=1)
    scraper.add_role("One")
    scraper.add_role("Two")
    assignment = rig.claim("dice")
    for _ in range(3):
        clock.advance(timedelta(minutes=9))
        with scraper.app.database.platform_transaction() as session:
            rig.parts.touch(session, [assignment.session_id], clock())
    assert rig.standings("dice") == {"dice": "PLATFORM_FULL"}
    clock.advance(timedelta(minutes=11))
    assert rig.claim("dice") is not None


def test_counts_a_platform_that_is_reported_as_free(scraper: Any, rig: Rig) -> None:
    update_platform(scraper, "dice", max_in_flight=1)
    scraper.add_role("One")
    scraper.add_role("Two")
    assignment = rig.claim()
    assert rig.claim("dice") is None
    rig.report(assignment, "dice")
    assert rig.claim("dice") is not None


def test_gives_a_paused_host_nothing(scraper: Any, rig: Rig) -> None:
    scraper.add_role()
    assert rig.ask(**REST).assignments
    with scraper.app.database.platform_transaction() as session:
        session.execute(text("UPDATE scraper.hosts SET state = 2"))
    assert rig.standings(**REST) == {"dice": "HOST_PAUSED", "indeed": "HOST_PAUSED"}


def test_leases_an_account_with_the_assignment_and_gives_it_again_to_the_same_claim(scraper: Any, rig: Rig) -> None:
    behind_login(scraper, "one")
    scraper.add_role()
    claim_id = uuid4()
    [assignment] = rig.ask(claim_id=claim_id).assignments
    [lease] = assignment.leases
    assert (lease.platform, lease.session_id, lease.password) == ("dice", assignment.session_id, "pass-phrase")
    assert "pass-phrase" not in repr(assignment)
    [again] = rig.ask(claim_id=claim_id).assignments
    assert [each.lease_token for each in again.leases] == [lease.lease_token]


@guards("F-02", file=CLAIMS, old="            raise _NoAccount(platform)\n", new="            return found\n")
def test_f02_nothing_is_claimed_that_has_no_account(scraper: Any, rig: Rig) -> None:
    behind_login(scraper, "one")
    scraper.add_role("One")
    scraper.add_role("Two")
    with scraper.app.database.platform_transaction() as other:
        # Free when it was counted, and taken by another when it was to be leased.
        other.execute(text("SELECT 1 FROM scraper.credentials FOR UPDATE"))
        assert rig.standings("dice") == {"dice": "NO_CREDENTIAL"}
        assert open_sessions(scraper) == 0
        [beside] = rig.ask().assignments
    assert beside.platforms == ("indeed",)
    assert scraper.rows("SELECT 1 FROM scraper.target_platforms WHERE platform = 'dice' AND held_by IS NOT NULL") == []
    assert rig.claim("dice").leases
    assert rig.standings("dice") == {"dice": "NO_CREDENTIAL"}
    claims_of_none = scraper.rows("SELECT count(*) AS n FROM scraper.sessions")[0].n
    assert claims_of_none == 2


def test_gives_two_claims_at_once_two_accounts_and_the_third_none(scraper: Any, rig: Rig) -> None:
    behind_login(scraper, "one", "two")
    for number in range(8):
        scraper.add_role(f"Role {number}")
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: rig.ask("dice"), range(6)))
    leases = [lease for answer in answers for each in answer.assignments for lease in each.leases]
    assert len(leases) == len({lease.credential_id for lease in leases}) == 2
    assert open_sessions(scraper) == 2


def test_gives_a_host_that_handles_no_accounts_no_platform_that_needs_one(scraper: Any, rig: Rig) -> None:
    behind_login(scraper, "one")
    scraper.add_role()
    answer = rig.ask(can_lease=False)
    assert [each.platforms for each in answer.assignments] == [("indeed",)]
    assert [(each.platform, each.reason.name) for each in answer.standings] == [("dice", "NO_CREDENTIAL")]


def test_leases_another_account_to_the_sessions_holder_only(scraper: Any, rig: Rig) -> None:
    behind_login(scraper, "one", "two")
    scraper.add_role()
    assignment = rig.claim("dice")
    credentials = scraper.claims._credentials
    [first] = assignment.leases
    credentials.fail(
        rig.caller,
        credential_id=first.credential_id,
        lease_token=first.lease_token,
        reason=3,
        message="",
        cooldown_minutes=30,
        auth_dead=False,
    )
    asked = {"session_id": assignment.session_id, "fencing_token": assignment.fencing_token, "platform": "dice"}
    second = scraper.claims.lease(rig.caller, **asked)
    assert second.credential_id != first.credential_id
    assert scraper.claims.lease(rig.caller, **asked).lease_token == second.lease_token
    stranger = Rig(scraper, "stranger")
    with pytest.raises(Refused, match="SESSION_NOT_FOUND"):
        scraper.claims.lease(stranger.caller, **asked)
    with pytest.raises(Refused, match="STALE_FENCING_TOKEN"):
        scraper.claims.lease(rig.caller, **{**asked, "fencing_token": 99})
    with pytest.raises(Refused, match="UNKNOWN_PLATFORM"):
        scraper.claims.lease(rig.caller, **{**asked, "platform": "indeed"})
    scraper.claims._credentials.release(rig.caller, credential_id=second.credential_id, lease_token=second.lease_token)
    with scraper.app.database.platform_transaction() as session:
        session.execute(text("UPDATE scraper.credentials SET state = 5"))
    with pytest.raises(NoCredential):
        scraper.claims.lease(rig.caller, **asked)


@guards(
    "F-01",
    file=CLAIMS,
    old="        if asking.transport is not Transport.REST:\n",
    new="        if asking.transport is not None:\n",
)
def test_f01_an_assignment_that_never_reached_its_host_is_given_again(scraper: Any, rig: Rig) -> None:
    behind_login(scraper, "one")
    for number in range(3):
        scraper.add_role(f"Role {number}")
    [lost] = rig.ask(**REST).assignments
    answer = rig.ask(**REST)
    assert [each.session_id for each in answer.assignments] == [lost.session_id]
    assert [each.lease_token for each in answer.assignments[0].leases] == [each.lease_token for each in lost.leases]
    assert open_sessions(scraper) == 1
    rig.report(lost, "dice")
    assert rig.claim(**REST).session_id != lost.session_id


def test_gives_crossing_claims_of_a_host_without_a_stream_one_answer(scraper: Any, rig: Rig) -> None:
    for number in range(8):
        scraper.add_role(f"Role {number}")
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: rig.ask(**REST), range(6)))
    assert len({answer.assignments[0].session_id for answer in answers}) == 1
    assert open_sessions(scraper) == 1


def test_tells_the_newest_session_of_a_host_without_a_stream_for_five_minutes(
    scraper: Any, rig: Rig, clock: Any
) -> None:
    assert scraper.claims.current(rig.caller) is None
    scraper.add_role()
    assignment = rig.claim(**REST)
    rig.report(assignment, "dice")
    current = scraper.claims.current(rig.caller)
    assert (current.session_id, current.reported) == (assignment.session_id, ("dice",))
    clock.advance(timedelta(minutes=6))
    assert scraper.claims.current(rig.caller) is None


def test_counts_a_use_of_the_key_for_a_claim_that_got_something(scraper: Any, rig: Rig) -> None:
    def uses() -> int:
        return int(scraper.rows("SELECT usage_count FROM scraper.api_keys")[0].usage_count)

    rig.ask()
    assert uses() == 0
    scraper.add_role()
    claim_id: UUID = uuid4()
    rig.ask(claim_id=claim_id)
    rig.ask(claim_id=claim_id)
    assert uses() == 1
