"""The fleet in figures, counted from its rows (H-15, spec 4.4.3, 8.9)."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import blacklight_scraper
import pytest
from blacklight.matching.v1.posting_pb2 import PostingDraft
from blacklight_scraper.app import APP
from blacklight_scraper.intake.states import Outcomes
from blacklight_scraper.monitoring.metrics import exposition
from prometheus_client.parser import text_string_to_metric_families

from services.scraper.tests.fleet_rows import ADMIN, MINUTE, WORK, FleetRows, fleet_on

COMPLETED, CONFIRMED, UNCONFIRMED, FAILED, SKIPPED = 2, 3, 4, 5, 6
CAPTCHA, BLOCKED = 2, 3


@pytest.fixture
def fleet(database_urls: Any) -> Iterator[FleetRows]:
    """A fleet with a board."""
    yield from fleet_on(database_urls(APP))


@pytest.fixture
def worked(fleet: FleetRows, draft: Callable[..., PostingDraft]) -> FleetRows:
    """Two hours of work: two sessions with batches, three failures, a run that was skipped."""
    fleet.host("here")
    fleet.host("gone", seen=fleet.clock() - timedelta(hours=2), connected=False)
    for sequence in (1, 2):
        session_id = fleet.session(state=3, end_time=fleet.clock())
        batch_id = fleet.batch(session_id, 1, *(draft(number) for number in range(4)))
        fleet.intake.settle(WORK, batch_id=batch_id, outcomes=Outcomes(1, sequence, 1, 2 - sequence))
        fleet.run(session_id, COMPLETED)
        fleet.clock.advance(timedelta(hours=1))
    fleet.reported(FAILED, count=2, reason=BLOCKED, message="older")
    fleet.clock.advance(MINUTE)
    fleet.reported(FAILED, reason=BLOCKED, message="newer")
    fleet.reported(FAILED, reason=CAPTCHA)
    fleet.reported(CONFIRMED)
    fleet.reported(UNCONFIRMED)
    fleet.reported(SKIPPED)
    fleet.host("back")
    open_session = fleet.session()
    fleet.batch(open_session, 1, draft(9))
    fleet.intake.give_up(WORK, batch_id=fleet.batch(open_session, 2, draft(10)), failure="INTERNAL")
    return fleet


def test_counts_the_fleet_over_the_last_hours(worked: FleetRows) -> None:
    assert worked.alarms.watch(WORK)
    shown = worked.monitoring.overview(ADMIN, hours=0)
    assert (shown.hosts, shown.active_hosts, shown.active_keys) == (3, 1, 1)
    assert shown.sessions == {1: 1, 3: 9}
    assert (shown.waiting_batches, shown.failed_batches) == (1, 1)
    assert (shown.found, shown.new) == (10, 2)
    assert shown.queue_due == 1
    assert shown.open_alarms == 1
    assert shown.last_watch_time == worked.clock()
    assert worked.monitoring.overview(ADMIN, hours=1).found == 2


def test_a_target_that_is_held_or_rests_is_not_due(fleet: FleetRows) -> None:
    assert fleet.monitoring.overview(ADMIN, hours=1).queue_due == 1
    session_id = fleet.session()
    held = (
        "INSERT INTO scraper.target_platforms (target_id, platform, held_by, not_before, failures)"
        " VALUES (:target, 'dice', :session, :now, 0) RETURNING 1"
    )
    fleet.rows(held, target=fleet.target_id, session=session_id, now=fleet.clock())
    assert fleet.monitoring.overview(ADMIN, hours=1).queue_due == 0
    fleet.platform("indeed")
    assert fleet.monitoring.overview(ADMIN, hours=1).queue_due == 1
    fleet.rows("UPDATE scraper.platforms SET paused = true RETURNING 1")
    assert fleet.monitoring.overview(ADMIN, hours=1).queue_due == 0


def test_yields_say_found_new_refreshed_duplicate_and_rejected_by_hour(worked: FleetRows) -> None:
    by_hour = worked.monitoring.list_yields(ADMIN, platform="", hours=24, by_hour=True)
    rows = [(each.start_time.hour, each.runs, each.succeeded, each.failed, each.found, each.new) for each in by_hour]
    assert rows == [(14, 6, 1, 4, 2, 0), (13, 1, 1, 0, 4, 1), (12, 1, 1, 0, 4, 1)]
    assert [(each.empty_confirmed, each.empty_unconfirmed) for each in by_hour] == [(1, 1), (0, 0), (0, 0)]
    assert [(each.refreshed, each.duplicate, each.rejected) for each in by_hour] == [(0, 0, 1), (2, 1, 0), (1, 1, 1)]
    [day] = worked.monitoring.list_yields(ADMIN, platform="dice", hours=24, by_hour=False)
    assert (day.start_time.hour, day.runs, day.found, day.new) == (0, 8, 10, 2)
    assert worked.monitoring.list_yields(ADMIN, platform="indeed", hours=24, by_hour=False) == []


def test_failures_are_counted_by_reason_with_what_was_said_last(worked: FleetRows) -> None:
    found = worked.monitoring.list_failures(ADMIN, platform="", hours=1)
    assert [(each.failure_reason, each.runs, each.last_message) for each in found] == [
        (BLOCKED, 3, "newer"),
        (CAPTCHA, 1, ""),
    ]


def test_lists_batches_by_state_and_session(worked: FleetRows) -> None:
    def listed(**given: Any) -> list[Any]:
        query = {"page_size": 50, "page_token": "", "session_id": None, "state": None, "platform": "", **given}
        return worked.batches.list_batches(ADMIN, **query)[0]

    everything = listed()
    assert [each.create_time for each in everything] == sorted((e.create_time for e in everything), reverse=True)
    assert len(everything) == 4
    assert [each.failure for each in listed(state=3)] == ["INTERNAL"]
    assert {each.session_id for each in listed(session_id=everything[-1].session_id)} == {everything[-1].session_id}
    assert listed(platform="indeed") == []
    page, token = worked.batches.list_batches(
        ADMIN, page_size=3, page_token="", session_id=None, state=None, platform=""
    )
    rest, last = worked.batches.list_batches(
        ADMIN, page_size=3, page_token=token, session_id=None, state=None, platform=""
    )
    assert ([*page, *rest], last) == (everything, "")


def test_metrics_can_be_read_by_whoever_reads_the_text_format(worked: FleetRows) -> None:
    assert worked.alarms.watch(WORK)
    text = exposition(worked.monitoring.gauges(ADMIN)).decode()
    values = {
        (sample.name.removeprefix("blacklight_fleet_"), *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }
    assert values["hosts_connected",] == 1
    assert values["sessions_open", "active"] == 1
    assert (values["batches_waiting",], values["batches_failed",]) == (1, 1)
    assert values["queue_due",] == 1
    assert values["alarms_open", "blocked", "dice"] == 1
    assert values["hour_postings", "found", "dice"] == 2
    assert values["hour_runs", "failed", "dice"] == 4
    assert values["alarms_last_watch_timestamp_seconds",] == worked.clock().timestamp()


def test_h15_all_writes_of_monitoring_are_in_services() -> None:
    """No servicer, encoding or other module writes, nor opens a transaction: H-15."""
    root = Path(blacklight_scraper.__file__).parent
    looked, breaches = 0, []
    for folder in ("monitoring", "alarms", "activity", "intake/review"):
        for module in (root / folder).glob("*.py"):
            if module.name in ("service.py", "models.py"):
                continue
            looked += 1
            for node in ast.walk(ast.parse(module.read_text())):
                named = isinstance(node, ast.ImportFrom) and (node.module or "").startswith("sqlalchemy")
                if named or (isinstance(node, ast.Attribute) and node.attr.endswith("transaction")):
                    breaches.append(f"{module.name}:{getattr(node, 'lineno', 0)}")
    assert breaches == []
    assert looked > 10
