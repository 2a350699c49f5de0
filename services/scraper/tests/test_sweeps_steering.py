"""Sessions and runs ended and paused by administrators (spec 3.14, 8.9)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from blacklight.scraper.v1 import session_pb2
from blacklight.scraper.v1 import session_service_pb2 as pb
from blacklight_servicekit.caller import Caller, CallerKind
from blacklight_servicekit.clock import utc_now
from blacklight_servicekit.ids import new_id
from blacklight_testkit.faults import guards

from services.scraper.tests.queue_rig import BLOCKED, COMPLETED, CONFIRMED, FAILED, Rig, events

SERVICE = "services/scraper/src/blacklight_scraper/sessions/service.py"
STEERING = "services/scraper/src/blacklight_scraper/sessions/steering/service.py"
ADMIN = Caller(CallerKind.PLATFORM_ADMIN, str(new_id()))
STOPPED = session_pb2.FAILURE_REASON_TERMINATED


@pytest.fixture
def rig(scraper: Any) -> Rig:
    return Rig(scraper)


def call(scraper: Any, verb: str, assignment: Any, **fields: str) -> Any:
    request = getattr(pb, f"{verb}ScrapeSessionRequest")(session_id=str(assignment.session_id), **fields)
    return getattr(scraper.sessions, f"{verb}ScrapeSession")(request, metadata=scraper.admin)


def steering(scraper: Any) -> Any:
    return scraper.servicer("ScrapeSessionService")._steering


def free(scraper: Any) -> bool:
    return not scraper.rows("SELECT 1 FROM scraper.target_platforms WHERE held_by IS NOT NULL")


def test_terminates_a_session_and_lets_its_target_go(scraper: Any, rig: Rig, clock: Any) -> None:
    scraper.add_role()
    assignment = rig.claim()
    rig.report(assignment, "dice")
    ended = call(scraper, "Terminate", assignment, end_reason="not wanted")
    assert (ended.state, ended.end_reason) == (session_pb2.SESSION_STATE_TERMINATED, "not wanted")
    assert [(run.state, run.failure_reason) for run in ended.platforms] == [(CONFIRMED, 0), (FAILED, STOPPED)]
    assert free(scraper)
    assert call(scraper, "Terminate", assignment, end_reason="again") == ended
    assert len(events(scraper, "session.terminated")) == len(events(scraper, "session.ended")) == 1
    audited = scraper.rows("SELECT count(*) AS n FROM scraper.audit_log WHERE action = 'session.terminated'")
    assert audited[0].n == 1
    # Neither success nor failure, and not claimed again in the same breath.
    assert {row.failures for row in scraper.rows("SELECT failures FROM scraper.target_platforms")} == {0}
    assert rig.claim() is None
    clock.advance(timedelta(minutes=21))
    assert rig.claim() is not None


@guards(
    "P-32",
    file="services/scraper/src/blacklight_scraper/sessions/states.py",
    old="OPEN = (SessionState.ACTIVE, SessionState.FINISHING)",
    new="OPEN = (SessionState.ACTIVE,)",
)
def test_p32_a_session_that_waits_for_a_lost_batch_can_be_ended(scraper: Any, rig: Rig) -> None:
    scraper.add_role()
    assignment = rig.claim("dice")
    rig.deliver(assignment, 1)
    rig.report(assignment, "dice", COMPLETED)
    rig.finish(assignment)
    assert call(scraper, "Terminate", assignment).state == session_pb2.SESSION_STATE_TERMINATED
    assert free(scraper)


@guards(
    "P-33",
    file=SERVICE,
    old="        if row.state != SessionState.ACTIVE:\n            return SessionState(row.state)\n        runs = ",
    new="        if row.state == SessionState.FINISHING:\n            return SessionState(row.state)\n        runs = ",
)
@pytest.mark.parametrize("ending", ["terminated", "timed out"])
def test_p33_completing_never_revives_a_session_that_has_ended(scraper: Any, rig: Rig, clock: Any, ending: str) -> None:
    scraper.add_role()
    assignment = rig.claim()
    if ending == "terminated":
        call(scraper, "Terminate", assignment)
    else:
        clock.advance(timedelta(minutes=11))
        scraper.review(assignment.session_id)
    before = scraper.session(str(assignment.session_id))
    assert rig.finish(assignment).name == ending.replace(" ", "_").upper()
    scraper.review(assignment.session_id)
    assert scraper.session(str(assignment.session_id)) == before
    assert len(events(scraper, "session.ended")) == 1


def test_pauses_and_resumes_an_open_session_only(scraper: Any, rig: Rig, failure_of: Any) -> None:
    scraper.add_role()
    assignment = rig.claim()
    assert call(scraper, "Pause", assignment).paused
    assert call(scraper, "Pause", assignment).paused
    assert not call(scraper, "Resume", assignment).paused
    assert [len(events(scraper, kind)) for kind in ("session.paused", "session.resumed")] == [1, 1]
    rig.end(assignment)
    for verb in ("Pause", "Resume"):
        failed = failure_of(lambda verb=verb: call(scraper, verb, assignment))
        assert (failed.code, failed.reason) == ("FAILED_PRECONDITION", "SESSION_ENDED")
    unknown = failure_of(
        lambda: scraper.sessions.PauseScrapeSession(
            pb.PauseScrapeSessionRequest(session_id=str(new_id())), metadata=scraper.admin
        )
    )
    assert unknown.reason == "SCRAPE_SESSION_NOT_FOUND"


def test_ends_every_session_of_a_host_and_no_others(scraper: Any, rig: Rig) -> None:
    for number in range(3):
        scraper.add_role(f"Role {number}")
    mine = [rig.claim() for _ in range(2)]
    others = rig.claim(host_name="host-2")
    with scraper.app.database.platform_transaction() as session:
        count = steering(scraper).terminate_host(
            session, ADMIN, api_key_id=rig.api_key_id, host_name="host-1", reason="gone"
        )
    assert count == 2
    states = [scraper.session(str(each.session_id)).state for each in (*mine, others)]
    assert states == [session_pb2.SESSION_STATE_TERMINATED] * 2 + [session_pb2.SESSION_STATE_ACTIVE]


def test_ends_the_runs_of_a_platform_and_lets_sessions_go_on_with_their_others(scraper: Any, rig: Rig) -> None:
    for number in range(3):
        scraper.add_role(f"Role {number}")
    both, only, done = rig.claim(), rig.claim("dice"), rig.claim()
    rig.report(done, "dice", FAILED, BLOCKED)
    with scraper.app.database.platform_transaction() as session:
        count = steering(scraper).terminate_runs(session, "dice", "the board is down", utc_now())
    assert count == 2
    told = scraper.session(str(both.session_id))
    assert told.state == session_pb2.SESSION_STATE_ACTIVE
    assert [(run.state, run.failure_reason, run.message) for run in told.platforms] == [
        (FAILED, STOPPED, "the board is down"),
        (1, 0, ""),
    ]
    assert scraper.session(str(only.session_id)).state == session_pb2.SESSION_STATE_FINISHING
    assert scraper.session(str(done.session_id)).platforms[0].failure_reason == BLOCKED
    assert scraper.review(only.session_id).state.name == "FAILED"
    rig.report(both, "indeed")
    rig.finish(both)
    assert scraper.review(both.session_id).state.name == "COMPLETED"


def test_ends_the_runs_of_a_platform_by_a_call(scraper: Any, rig: Rig) -> None:
    from blacklight.scraper.v1 import platform_service_pb2

    scraper.add_role()
    rig.claim()
    request = platform_service_pb2.TerminatePlatformRunsRequest(name="dice")
    assert scraper.platforms.TerminatePlatformRuns(request, metadata=scraper.admin).terminated == 1
    assert scraper.platforms.TerminatePlatformRuns(request, metadata=scraper.admin).terminated == 0


def test_lists_sessions_by_key_role_platform_and_host(scraper: Any, rig: Rig) -> None:
    first, second = scraper.add_role("First", candidate_count=2), scraper.add_role("Second")
    other = Rig(scraper, "other")
    one = rig.claim("dice")
    two = other.claim("dice", host_name="host-2")

    def listed(**wanted: Any) -> list[str]:
        request = pb.ListScrapeSessionsRequest(**wanted)
        answer = scraper.sessions.ListScrapeSessions(request, metadata=scraper.admin)
        return [session.session_id for session in answer.sessions]

    assert listed() == [str(two.session_id), str(one.session_id)]
    assert listed(api_key_id=str(rig.api_key_id)) == listed(role_id=first) == listed(host_name="host-1")
    assert listed(role_id=second) == listed(host_name="host-2") == [str(two.session_id)]
    assert len(listed(platform="dice")) == 2
    assert listed(platform="indeed") == []
    assert listed(state=session_pb2.SESSION_STATE_FAILED) == []
