"""Sessions from the last batch to the one finalisation, with a real worker, relay and Temporal (P-32, P-33, H-13)."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import re
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import grpc
import pytest
from blacklight.scraper.v1 import session_pb2, session_service_pb2
from blacklight_scraper.app import APP
from blacklight_scraper.sessions.activities import OverdueSweep, workflow_id
from blacklight_scraper.sessions.states import PROGRESS
from blacklight_servicekit.caller import Caller

COMPLETED = session_pb2.PLATFORM_RUN_STATE_COMPLETED
CONFIRMED = session_pb2.PLATFORM_RUN_STATE_EMPTY_CONFIRMED
UNCONFIRMED = session_pb2.PLATFORM_RUN_STATE_EMPTY_UNCONFIRMED
FAILED = session_pb2.PLATFORM_RUN_STATE_FAILED
BLOCKED = session_pb2.FAILURE_REASON_BLOCKED
CALLER = Caller.service("scraper", None)


@pytest.fixture
def own_settings(matching: Any) -> dict[str, Any]:
    return {
        "temporal": True,
        "peers": {"matching": matching[1]},
        "scraper_liveness_seconds": 600,
        "scraper_review_seconds": 300,
        "scraper_import_attempts": 3,
    }


@pytest.fixture
def worker(scraper: Any, work_app: Any, clock: Any) -> Any:
    """The scraper's worker and relay on the same database."""
    return work_app(APP, settings=scraper.settings, clock=clock)


@pytest.fixture
def stream(scraper: Any) -> Any:
    """A host that has said hello, with a role to claim."""
    scraper.add_role()
    opened = scraper.connect(scraper.add_key())
    opened.hello()
    return opened


def until(ready: Callable[[], Any]) -> Any:
    """What `ready` answers, once it is true."""
    ends = time.monotonic() + 60
    while not (answer := ready()):
        assert time.monotonic() < ends, "waited in vain"
        time.sleep(0.05)
    return answer


def ended(scraper: Any, assignment: Any) -> session_pb2.ScrapeSession:
    def look() -> Any:
        session = scraper.session(assignment.session_id)
        return session if session.HasField("end_time") else None

    found: session_pb2.ScrapeSession = until(look)
    return found


@pytest.mark.usefixtures("worker")
def test_completes_once_every_batch_is_imported(scraper: Any, stream: Any, matching: Any, draft: Any) -> None:
    assignment = stream.assignment()
    stream.batch(assignment, 1, draft(1), draft(2), draft(2), draft(3, title=""))
    stream.batch(assignment, 2, draft(1))
    stream.report(assignment, "dice", COMPLETED)
    stream.report(assignment, "indeed", CONFIRMED)
    assert stream.finish(assignment).finish.state == session_pb2.SESSION_STATE_FINISHING
    session = ended(scraper, assignment)
    assert session.state == session_pb2.SESSION_STATE_COMPLETED
    dice = session.platforms[0]
    assert (dice.received, dice.new, dice.refreshed, dice.duplicate, dice.rejected) == (5, 2, 1, 1, 1)
    assert stream.finish(assignment).finish.state == session_pb2.SESSION_STATE_COMPLETED
    sent = [request for request in matching[0].requests if request.session_id == assignment.session_id]
    assert {request.role_id for request in sent} == {assignment.role_id}


@pytest.mark.usefixtures("worker")
def test_fails_when_no_platform_succeeded(scraper: Any, stream: Any) -> None:
    assignment = stream.assignment()
    stream.report(assignment, "dice", FAILED, BLOCKED)
    stream.report(assignment, "indeed", UNCONFIRMED)
    stream.finish(assignment)
    session = ended(scraper, assignment)
    assert session.state == session_pb2.SESSION_STATE_FAILED
    assert session.platforms[0].failure_reason == BLOCKED


@pytest.mark.usefixtures("worker")
def test_times_out_a_host_that_falls_silent_and_frees_its_role(scraper: Any, stream: Any, clock: Any) -> None:
    assignment = stream.assignment()
    stream.report(assignment, "dice", CONFIRMED)
    sessions = scraper.ends
    clock.advance(timedelta(minutes=11))
    sessions.review(CALLER, session_id=UUID(assignment.session_id))
    session = scraper.session(assignment.session_id)
    assert session.state == session_pb2.SESSION_STATE_TIMED_OUT
    assert [run.state for run in session.platforms] == [CONFIRMED, FAILED]
    assert scraper.rows("SELECT 1 FROM scraper.target_platforms WHERE held_by IS NOT NULL") == []
    assert not scraper.role(assignment.role_id).HasField("last_scrape_time")
    clock.advance(timedelta(minutes=20))
    assert stream.claim().HasField("assignments")


def test_keeps_a_session_open_while_its_host_gives_signs_of_life(scraper: Any, stream: Any, clock: Any) -> None:
    from blacklight.scraper.v1.fleet_service_pb2 import ConnectRequest, Heartbeat

    assignment = stream.assignment()
    sessions = scraper.ends
    for _ in range(3):
        clock.advance(timedelta(minutes=9))
        stream.ask(ConnectRequest(heartbeat=Heartbeat()))
        standing = sessions.review(CALLER, session_id=UUID(assignment.session_id))
        assert standing.state.name == "ACTIVE"


@pytest.mark.usefixtures("worker")
def test_waits_for_matching_and_counts_each_batch_once(scraper: Any, stream: Any, matching: Any, draft: Any) -> None:
    matching[0].failure = grpc.StatusCode.UNAVAILABLE
    assignment = stream.assignment("dice")
    stream.batch(assignment, 1, draft(1))
    stream.report(assignment, "dice", COMPLETED)
    stream.finish(assignment)
    until(lambda: matching[0].calls > 5)  # more than `scraper_import_attempts`: an outage loses nothing
    assert scraper.session(assignment.session_id).state == session_pb2.SESSION_STATE_FINISHING
    matching[0].failure = None
    assert ended(scraper, assignment).platforms[0].new == 1


@pytest.mark.usefixtures("worker")
def test_accounts_for_a_batch_that_matching_never_takes(scraper: Any, stream: Any, matching: Any, draft: Any) -> None:
    matching[0].failure = grpc.StatusCode.INTERNAL
    assignment = stream.assignment("dice")
    stream.batch(assignment, 1, draft(1), draft(2))
    stream.report(assignment, "dice", COMPLETED)
    stream.finish(assignment)
    session = ended(scraper, assignment)
    run = session.platforms[0]
    assert (run.received, run.new, run.rejected) == (2, 0, 2)
    [batch] = scraper.rows("SELECT state, failure, payload FROM scraper.batches")
    assert (batch.state, batch.failure) == (3, "INTERNAL")
    assert batch.payload is not None
    until(lambda: scraper.rows("SELECT 1 FROM scraper.outbox WHERE dead_time IS NOT NULL"))


def test_gives_a_session_a_new_workflow_when_it_lost_its_own(
    scraper: Any, stream: Any, worker: Any, clock: Any
) -> None:
    assignment = stream.assignment()
    until(lambda: not scraper.rows("SELECT 1 FROM scraper.outbox"))

    async def lose_and_look() -> None:
        client = await worker.kit.temporal.connect()
        await client.get_workflow_handle(workflow_id(assignment.session_id)).terminate()
        events = worker.parts.events[PROGRESS].__self__
        await OverdueSweep(events._sessions, worker.kit.temporal, 1).look()
        assert not scraper.session(assignment.session_id).HasField("end_time")
        clock.advance(timedelta(minutes=21))
        await OverdueSweep(events._sessions, worker.kit.temporal, 1).look()

    worker.loop.run(lose_and_look())
    assert ended(scraper, assignment).state == session_pb2.SESSION_STATE_TIMED_OUT


def test_refuses_to_finish_before_every_platform_is_reported(stream: Any) -> None:
    assignment = stream.assignment()
    stream.report(assignment, "dice", CONFIRMED)
    refusal = stream.finish(assignment).refusal
    assert refusal.reason == "NOT_ALL_REPORTED"
    assert "indeed" in refusal.message


def test_takes_the_same_report_again_and_refuses_another(stream: Any) -> None:
    assignment = stream.assignment()
    for _ in range(2):
        assert stream.report(assignment, "dice", FAILED, BLOCKED).report.platform == "dice"
    assert stream.report(assignment, "dice", CONFIRMED).refusal.reason == "ALREADY_REPORTED"


@pytest.mark.parametrize(
    ("outcome", "reason", "refused"),
    [
        (COMPLETED, 0, "NOTHING_RECEIVED"),
        (FAILED, 0, "FAILURE_REASON_MISSING"),
        (CONFIRMED, BLOCKED, "FAILURE_REASON_UNEXPECTED"),
        (session_pb2.PLATFORM_RUN_STATE_PENDING, 0, "INVALID_FIELD"),
    ],
)
def test_refuses_a_report_that_contradicts_itself(stream: Any, outcome: int, reason: int, refused: str) -> None:
    assert stream.report(stream.assignment(), "dice", outcome, reason).refusal.reason == refused


def test_refuses_an_empty_report_of_a_platform_with_postings(stream: Any) -> None:
    assignment = stream.assignment()
    stream.batch(assignment, 1)
    assert stream.report(assignment, "dice", CONFIRMED).refusal.reason == "NOT_EMPTY"


def test_drops_payloads_after_their_retention_only(scraper: Any, stream: Any, clock: Any, draft: Any) -> None:
    # P-45
    from blacklight_scraper.intake.states import Outcomes

    assignment = stream.assignment()
    stream.batch(assignment, 1, draft(1))
    stream.batch(assignment, 2, draft(2))
    intake = scraper.intake
    first = scraper.rows("SELECT batch_id FROM scraper.batches WHERE sequence = 1")[0].batch_id
    intake.settle(CALLER, batch_id=first, outcomes=Outcomes(1, 0, 0, 0))
    assert intake.drop_payloads(CALLER) == 0
    clock.advance(timedelta(hours=73))
    assert intake.drop_payloads(CALLER) == 1
    rows = scraper.rows("SELECT sequence, payload IS NULL AS gone FROM scraper.batches ORDER BY sequence")
    assert [(row.sequence, row.gone) for row in rows] == [(1, True), (2, False)]


def test_lists_sessions_newest_first_and_by_state(scraper: Any, stream: Any) -> None:
    scraper.add_role("Nurse")
    first, second = stream.assignment(), stream.assignment()
    request = session_service_pb2.ListScrapeSessionsRequest(page_size=1)
    page = scraper.sessions.ListScrapeSessions(request, metadata=scraper.admin)
    assert [session.session_id for session in page.sessions] == [second.session_id]
    request.page_token = page.next_page_token
    page = scraper.sessions.ListScrapeSessions(request, metadata=scraper.admin)
    assert [session.session_id for session in page.sessions] == [first.session_id]
    finished = session_service_pb2.ListScrapeSessionsRequest(state=session_pb2.SESSION_STATE_COMPLETED)
    assert not scraper.sessions.ListScrapeSessions(finished, metadata=scraper.admin).sessions


@pytest.mark.usefixtures("worker")
def test_keeps_a_history_that_holds_no_posting(scraper: Any, stream: Any, worker: Any, draft: Any) -> None:
    """Renews the kept history where `KEEP_HISTORIES` names its folder."""
    assignment = stream.assignment()
    stream.batch(assignment, 1, draft(1))
    stream.report(assignment, "dice", COMPLETED)
    stream.report(assignment, "indeed", CONFIRMED)
    until(lambda: not scraper.rows("SELECT 1 FROM scraper.batches WHERE state = 1"))
    stream.finish(assignment)
    ended(scraper, assignment)

    async def fetch() -> str:
        client = await worker.kit.temporal.connect()
        handle = client.get_workflow_handle(workflow_id(assignment.session_id))
        async with asyncio.timeout(30):
            assert await handle.result() == "COMPLETED"
        return str((await handle.fetch_history()).to_json())

    history = worker.loop.run(fetch())
    clear = "".join(
        base64.b64decode(found).decode(errors="replace") for found in re.findall(r'"data": "([^"]+)"', history)
    )
    assert assignment.session_id in clear
    assert not [word for word in ("Harbor", "Java", "Dallas", "dice.example") if word in history + clear]
    if folder := os.environ.get("KEEP_HISTORIES"):
        anonymous = re.sub(r'(?<="identity": )"[^"]*"|"\d+@[^"]*"', '"worker"', history)
        kept = Path(folder, "scrape-session.completed.json")
        kept.write_text(json.dumps(json.loads(anonymous), indent=1) + "\n")
