"""Sessions end once, their siblings together, and with them all that they held (F-21, F-28, P-32, P-39, P-40)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from blacklight.scraper.v1 import platform_service_pb2, session_pb2
from blacklight_testkit.faults import guards

from services.scraper.tests.queue_rig import (
    BLOCKED,
    COMPLETED,
    CONFIRMED,
    FAILED,
    Rig,
    add_account,
    events,
    update_platform,
)

STATES = "services/scraper/src/blacklight_scraper/sessions/states.py"
ENDING = "services/scraper/src/blacklight_scraper/sessions/ending/service.py"
SWEEPS = "services/scraper/src/blacklight_scraper/sessions/sweeps/service.py"
SILENT = timedelta(minutes=11)


@pytest.fixture
def own_settings() -> dict[str, Any]:
    return {"scraper_lease_seconds": 3600}


@pytest.fixture
def rig(scraper: Any) -> Rig:
    return Rig(scraper)


def held(scraper: Any) -> list[tuple[str, bool]]:
    rows = scraper.rows("SELECT platform, held_by IS NOT NULL AS held FROM scraper.target_platforms ORDER BY platform")
    return [(row.platform, row.held) for row in rows]


def state(scraper: Any, assignment: Any) -> str:
    name = session_pb2.SessionState.Name(scraper.session(str(assignment.session_id)).state)
    return name.removeprefix("SESSION_STATE_")


@guards("F-28", file=SWEEPS, old="SweepRow.end_time.is_(None), ~at_work)", new="SweepRow.end_time.is_(None))")
def test_f28_a_target_counts_as_scraped_once_its_last_sibling_has_ended(scraper: Any, rig: Rig) -> None:
    role_id = scraper.add_role()
    other = Rig(scraper, "other")
    first, second = rig.claim("dice"), other.claim("indeed")
    assert first.target_id == second.target_id
    sweeps = {scraper.session(str(each.session_id)).sweep_id for each in (first, second)}
    assert len(sweeps) == 1
    rig.end(first)
    assert not scraper.role(role_id).HasField("last_scrape_time")
    assert events(scraper, "sweep.ended") == []
    other.end(second, FAILED, BLOCKED)
    assert scraper.role(role_id).HasField("last_scrape_time")
    [ended] = events(scraper, "sweep.ended")
    assert ended.detail["scraped"] == "yes"


def test_begins_a_new_sweep_after_the_last_one_has_ended(scraper: Any, rig: Rig, clock: Any) -> None:
    scraper.add_role()
    rig.end(rig.claim(), FAILED, BLOCKED)
    clock.advance(timedelta(hours=1))
    rig.end(rig.claim())
    assert [each.detail["scraped"] for each in events(scraper, "sweep.ended")] == ["no", "yes"]
    assert scraper.rows("SELECT 1 FROM scraper.sweeps WHERE end_time IS NULL") == []


def test_ends_a_sweep_once_however_many_siblings_end_at_once(scraper: Any) -> None:
    names = tuple(f"board_{number}" for number in range(8))
    scraper.add_platforms(*names)
    scraper.add_role()
    rig = Rig(scraper, platforms=names)
    assignments = [rig.claim(name) for name in names]
    for assignment in assignments:
        rig.report(assignment, assignment.platforms[0])
        rig.finish(assignment)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda each: scraper.review(each.session_id), assignments * 2))
    assert len(events(scraper, "sweep.ended")) == 1
    assert len(events(scraper, "session.ended")) == 8
    assert {state(scraper, each) for each in assignments} == {"COMPLETED"}


@guards(
    "P-40",
    file=STATES,
    old="if state is SessionState.FINISHING and batches_waiting == 0:",
    new="if state is SessionState.FINISHING:",
)
def test_p40_a_session_that_is_still_importing_holds_its_target(scraper: Any, rig: Rig, clock: Any) -> None:
    scraper.add_role()
    assignment = rig.claim("dice")
    [batch] = rig.deliver(assignment, 1)
    rig.report(assignment, "dice", COMPLETED)
    rig.finish(assignment)
    clock.advance(timedelta(hours=6))
    scraper.review(assignment.session_id)
    assert held(scraper) == [("dice", True)]
    assert rig.claim("dice") is None
    rig.settle(batch)
    scraper.review(assignment.session_id)
    assert held(scraper) == [("dice", False)]
    clock.advance(timedelta(minutes=21))
    assert rig.claim("dice") is not None


@guards("F-21", file=ENDING, old="        self._credentials.release_of(session, row.session_id, now)\n", new="")
@guards("P-39", file=ENDING, old="        self._credentials.release_of(session, row.session_id, now)\n", new="")
@guards("F-21", file=ENDING, old="            row.end_time = now\n", new="")
def test_f21_p39_a_host_that_died_leaves_nothing_held(scraper: Any, rig: Rig, clock: Any) -> None:
    scraper.add_platforms("linkedin", login=platform_service_pb2.PLATFORM_LOGIN_PASSWORD)
    rig = Rig(scraper, "other", ("linkedin", "dice"))
    add_account(scraper, "linkedin")
    scraper.add_role()
    assignment = rig.claim()
    assert [lease.platform for lease in assignment.leases] == ["linkedin"]
    rig.report(assignment, "dice")
    clock.advance(SILENT)
    scraper.review(assignment.session_id)
    told = scraper.session(str(assignment.session_id))
    assert told.state == session_pb2.SESSION_STATE_TIMED_OUT
    assert {run.platform: (run.state, run.failure_reason) for run in told.platforms} == {
        "dice": (CONFIRMED, 0),
        "linkedin": (FAILED, session_pb2.FAILURE_REASON_HOST_SILENT),
    }
    assert held(scraper) == [("dice", False), ("linkedin", False)]
    [account] = scraper.rows("SELECT state, lease_token FROM scraper.credentials")
    assert (account.state, account.lease_token) == (1, None)
    assert scraper.rows("SELECT 1 FROM scraper.sweeps WHERE end_time IS NULL") == []
    clock.advance(timedelta(hours=1))
    assert rig.claim().platforms == assignment.platforms


@guards(
    "P-39",
    file=ENDING,
    old="silent_at = row.last_seen_time + ",
    new="silent_at = row.create_time + ",
)
def test_p39_a_session_lives_as_long_as_its_host_shows_life(scraper: Any, rig: Rig, clock: Any) -> None:
    scraper.add_role()
    assignment = rig.claim()
    for _ in range(3):
        clock.advance(timedelta(minutes=9))
        with scraper.app.database.platform_transaction() as session:
            rig.parts.touch(session, [assignment.session_id], clock())
        assert scraper.review(assignment.session_id).state.name == "ACTIVE"


def test_gives_a_host_without_a_stream_an_hour(scraper: Any, rig: Rig, clock: Any) -> None:
    from blacklight_scraper.sessions.states import Transport

    scraper.add_role()
    assignment = rig.claim(transport=Transport.REST, host_name="")
    clock.advance(timedelta(minutes=59))
    assert scraper.review(assignment.session_id).state.name == "ACTIVE"
    assert scraper.ends.overdue(rig.caller) == []
    clock.advance(timedelta(minutes=2))
    assert scraper.review(assignment.session_id).state.name == "TIMED_OUT"


def test_finds_sessions_that_nobody_looks_after(scraper: Any, rig: Rig, clock: Any) -> None:
    scraper.add_role()
    assignment = rig.claim()
    clock.advance(timedelta(minutes=19))
    assert scraper.ends.overdue(rig.caller) == []
    clock.advance(timedelta(minutes=2))
    assert scraper.ends.overdue(rig.caller) == [assignment.session_id]


@guards(
    "P-32",
    file=STATES,
    old="OPEN = (SessionState.ACTIVE, SessionState.FINISHING)",
    new="OPEN = (SessionState.ACTIVE,)",
)
def test_p32_the_last_of_many_batches_at_once_ends_a_finishing_session(scraper: Any, rig: Rig) -> None:
    scraper.add_role()
    assignment = rig.claim()
    batches = rig.deliver(assignment, *range(1, 9))
    rig.report(assignment, "dice", COMPLETED)
    rig.report(assignment, "indeed")
    rig.finish(assignment)

    def settle(batch_id: Any) -> bool:
        settled = rig.settle(batch_id)
        scraper.review(assignment.session_id)
        return settled

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(settle, batches))
    session = scraper.session(str(assignment.session_id))
    assert session.state == session_pb2.SESSION_STATE_COMPLETED
    assert session.platforms[0].new == 8
    assert not any(rig.settle(each) for each in batches)
    assert scraper.session(str(assignment.session_id)).platforms[0].new == 8


def test_gives_up_what_is_not_reported_and_completes_by_what_is(scraper: Any, rig: Rig) -> None:
    scraper.add_role()
    assignment = rig.claim()
    rig.report(assignment, "dice")
    assert rig.abandon(assignment).name == "FINISHING"
    assert rig.abandon(assignment).name == "FINISHING"
    scraper.review(assignment.session_id)
    session = scraper.session(str(assignment.session_id))
    assert session.state == session_pb2.SESSION_STATE_COMPLETED
    assert [(run.state, run.failure_reason) for run in session.platforms] == [
        (CONFIRMED, 0),
        (FAILED, session_pb2.FAILURE_REASON_BROWSER_CRASH),
    ]
    assert rig.abandon(assignment).name == "COMPLETED"
    assert held(scraper) == [("dice", False), ("indeed", False)]


def test_fails_a_session_that_is_given_up_with_nothing_done(scraper: Any, rig: Rig) -> None:
    scraper.add_role()
    assignment = rig.claim()
    rig.abandon(assignment)
    scraper.review(assignment.session_id)
    assert state(scraper, assignment) == "FAILED"
    assert [row.failures for row in scraper.rows("SELECT failures FROM scraper.target_platforms")] == [1, 1]


def test_frees_a_platforms_place_when_it_is_reported_but_holds_the_target(scraper: Any, rig: Rig) -> None:
    update_platform(scraper, "dice", max_in_flight=1)
    scraper.add_role()
    assignment = rig.claim()
    rig.report(assignment, "dice")
    assert rig.claim("dice") is None
    assert held(scraper) == [("dice", True), ("indeed", True)]
