"""Reports: one transaction, once, against what was delivered (H-11, H-12, H-13, P-34)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from blacklight.scraper.v1 import session_pb2
from blacklight_scraper.sessions.refusals import Refused
from blacklight_testkit.faults import guards
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from services.scraper.tests.queue_rig import BLOCKED, COMPLETED, CONFIRMED, FAILED, Rig, events

SERVICE = "services/scraper/src/blacklight_scraper/sessions/service.py"
ENDING = "services/scraper/src/blacklight_scraper/sessions/ending/service.py"
SILENT = session_pb2.FAILURE_REASON_HOST_SILENT


@pytest.fixture
def rig(scraper: Any) -> Rig:
    return Rig(scraper)


@pytest.fixture
def assignment(scraper: Any, rig: Rig) -> Any:
    scraper.add_role()
    return rig.claim()


def facts(scraper: Any, assignment: Any) -> tuple[Any, ...]:
    """All that a report writes."""
    run = scraper.session(str(assignment.session_id)).platforms[0]
    uses = scraper.rows("SELECT usage_count FROM scraper.api_keys")[0].usage_count
    return run.state, run.failure_reason, run.HasField("report_time"), uses, len(events(scraper, "platform.reported"))


def test_h11_a_platforms_failure_is_one_transaction(scraper: Any, rig: Rig, assignment: Any) -> None:
    def set_uses(count: int) -> None:
        with scraper.app.database.platform_transaction() as session:
            session.execute(text("UPDATE scraper.api_keys SET usage_count = :count"), {"count": count})

    set_uses(2**63 - 1)  # one more does not fit, so the last of the report's writes fails
    before = facts(scraper, assignment)
    with pytest.raises(DBAPIError):
        rig.report(assignment, "dice", FAILED, BLOCKED)
    assert facts(scraper, assignment) == before
    set_uses(7)
    rig.report(assignment, "dice", FAILED, BLOCKED)
    assert facts(scraper, assignment) == (FAILED, BLOCKED, True, 8, 1)


def test_h11_repeating_a_platforms_failure_changes_nothing(scraper: Any, rig: Rig, assignment: Any) -> None:
    rig.report(assignment, "dice", FAILED, BLOCKED)
    once = facts(scraper, assignment)
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda _: rig.report(assignment, "dice", FAILED, BLOCKED), range(6)))
    assert facts(scraper, assignment) == once


@guards("P-34", file=SERVICE, old="        if run.state != RunState.PENDING:\n", new="        if run.state is None:\n")
def test_p34_a_second_report_of_a_platform_resets_nothing(scraper: Any, rig: Rig, assignment: Any) -> None:
    rig.deliver(assignment, 1, 2)
    rig.report(assignment, "dice", COMPLETED, batches=2)
    before = scraper.session(str(assignment.session_id)).platforms[0]
    with pytest.raises(Refused, match="ALREADY_REPORTED"):
        rig.report(assignment, "dice", FAILED, BLOCKED)
    rig.report(assignment, "dice", COMPLETED, batches=7)
    assert scraper.session(str(assignment.session_id)).platforms[0] == before


def test_h12_the_number_of_batches_stands_before_one_is_dispatched(scraper: Any, rig: Rig, assignment: Any) -> None:
    batches = rig.deliver(assignment, 1, 2, 3)
    run = scraper.session(str(assignment.session_id)).platforms[0]
    assert (run.batches, run.settled_batches, run.failed_batches) == (3, 0, 0)
    waiting = scraper.rows("SELECT count(*) AS n FROM scraper.outbox WHERE payload ->> 'batch_id' IS NOT NULL")
    assert waiting[0].n == 3
    rig.settle(batches[0])
    run = scraper.session(str(assignment.session_id)).platforms[0]
    assert (run.batches, run.settled_batches) == (3, 1)


def test_h12_a_platform_is_not_done_before_all_its_batches_are_there(scraper: Any, rig: Rig, assignment: Any) -> None:
    rig.deliver(assignment, 1, 2)
    with pytest.raises(Refused) as refused:
        rig.report(assignment, "dice", COMPLETED, batches=3)
    assert (refused.value.view.reason, refused.value.view.field) == ("BATCHES_MISSING", "batches")
    assert "2 are committed" in refused.value.view.message
    rig.deliver(assignment, 3)
    rig.report(assignment, "dice", COMPLETED, batches=3)


def test_h13_a_session_completes_exactly_once_by_its_last_batches_and_the_timer(
    scraper: Any, rig: Rig, assignment: Any
) -> None:
    batches = rig.deliver(assignment, *range(1, 7))
    rig.report(assignment, "dice", COMPLETED)
    rig.report(assignment, "indeed", CONFIRMED)
    assert rig.finish(assignment).name == "FINISHING"

    def settle_and_look(batch_id: Any) -> None:
        rig.settle(batch_id)
        scraper.review(assignment.session_id)

    with ThreadPoolExecutor(8) as pool:
        work = [pool.submit(settle_and_look, batch_id) for batch_id in batches]
        work += [pool.submit(scraper.review, assignment.session_id) for _ in range(12)]
        for each in work:
            each.result(60)
    [ended] = events(scraper, "session.ended")
    assert ended.detail["state"] == "COMPLETED"
    assert len(events(scraper, "sweep.ended")) == 1
    assert scraper.session(str(assignment.session_id)).platforms[0].settled_batches == 6


@guards(
    "P-33",
    file=ENDING,
    old="            select(SessionRow).where(SessionRow.session_id == session_id).with_for_update(key_share=True)\n",
    new="            select(SessionRow).where(SessionRow.session_id == session_id)\n",
)
def test_p33_a_session_ends_once_under_many_reviews_at_once(scraper: Any, rig: Rig, assignment: Any) -> None:
    for platform in assignment.platforms:
        rig.report(assignment, platform, FAILED, BLOCKED)
    rig.finish(assignment)
    database = scraper.app.database
    with ThreadPoolExecutor(5) as pool:
        with database.platform_transaction() as session:
            # All of them come to wait for the target, those that should, for the session before.
            session.execute(text("SELECT 1 FROM scraper.queue_targets FOR UPDATE"))
            work = [pool.submit(scraper.review, assignment.session_id) for _ in range(5)]
            waiting = text("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
            while session.scalar(waiting) < 5:
                session.execute(text("SELECT pg_stat_clear_snapshot()"))
        assert {each.result(60).state.name for each in work} == {"FAILED"}
    assert len(events(scraper, "session.ended")) == 1
    assert [row.failures for row in scraper.rows("SELECT failures FROM scraper.target_platforms")] == [1, 1]


@pytest.mark.parametrize(
    ("outcome", "reason", "refused"),
    [
        (FAILED, SILENT, "FAILURE_REASON_RESERVED"),
        (FAILED, 0, "FAILURE_REASON_MISSING"),
        (CONFIRMED, BLOCKED, "FAILURE_REASON_UNEXPECTED"),
    ],
)
def test_refuses_reasons_that_do_not_fit(rig: Rig, assignment: Any, outcome: int, reason: int, refused: str) -> None:
    with pytest.raises(Refused, match=refused):
        rig.report(assignment, "dice", outcome, reason)


def test_refuses_to_give_up_for_no_reason(rig: Rig, assignment: Any) -> None:
    for reason in (0, SILENT):
        with pytest.raises(Refused, match="FAILURE_REASON_MISSING"):
            rig.abandon(assignment, reason)
