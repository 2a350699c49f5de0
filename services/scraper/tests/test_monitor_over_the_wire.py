"""From a host's stream to what administrators see of it: batches, job logs, a failed batch sent again (H-15)."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import grpc
import pytest
from blacklight.scraper.v1 import host_pb2, monitor_pb2
from blacklight.scraper.v1 import monitor_service_pb2 as pb
from blacklight.scraper.v1.monitor_service_pb2_grpc import FleetMonitorServiceStub
from blacklight_scraper.app import APP
from blacklight_scraper.intake.fills import FIELDS

PATIENCE_SECONDS = 30.0
WAITING, IMPORTED, FAILED = 1, 2, 3


@pytest.fixture
def own_settings(matching: Any) -> dict[str, Any]:
    return {
        "temporal": True,
        "peers": {"matching": matching[1]},
        "scraper_import_attempts": 1,
        "scraper_watch_seconds": 0.2,
        "scraper_batch_retry_sweep_seconds": 0.2,
        "scraper_batch_retry_first_seconds": 3600,
    }


@pytest.fixture
def monitor(scraper: Any) -> Any:
    """`monitor("GetHost", host_id=…)`: calls as an administrator."""
    stub = FleetMonitorServiceStub(scraper.app.channel)

    def ask(name: str, **given: Any) -> Any:
        return getattr(stub, name)(getattr(pb, f"{name}Request")(**given), metadata=scraper.admin, timeout=20)

    return ask


@pytest.fixture
def stream(scraper: Any, work_app: Any, clock: Any) -> Any:
    """A host that has said hello, with a role to claim, and a worker behind."""
    work_app(APP, settings=scraper.settings, clock=clock)
    scraper.add_role()
    opened = scraper.connect(scraper.add_key())
    opened.hello()
    return opened


def until(ready: Callable[[], Any]) -> Any:
    end = time.monotonic() + PATIENCE_SECONDS
    while not (found := ready()):
        assert time.monotonic() < end
        time.sleep(0.05)
    return found


def test_an_administrator_follows_a_batch_from_the_stream_to_matching(
    scraper: Any, stream: Any, monitor: Any, draft: Any
) -> None:
    assignment = stream.assignment("dice")
    stream.batch(assignment, 1, draft(1), draft(1), draft(2, url="nowhere"))
    settled = {"session_id": assignment.session_id, "state": IMPORTED}
    [batch] = until(lambda: monitor("ListBatches", **settled).batches)
    assert (batch.received, batch.accepted, batch.new, batch.duplicate, batch.rejected) == (3, 2, 1, 1, 1)
    [row] = scraper.rows("SELECT fills FROM scraper.batches")
    assert row.fills[FIELDS.index("title")] == 3
    jobs = monitor("ListJobLogs", session_id=assignment.session_id).jobs
    told = [(job.index, monitor_pb2.JobOutcome.Name(job.outcome), job.field) for job in jobs]
    assert told == [(0, "JOB_OUTCOME_NEW", ""), (1, "JOB_OUTCOME_DUPLICATE", ""), (2, "JOB_OUTCOME_REJECTED", "url")]
    assert [job.draft.description for job in jobs] == ["", "", ""]
    one = monitor("GetJobLog", batch_id=batch.batch_id, index=0)
    assert (one.draft.title, one.draft.description) == ("Java Developer 1", "Builds services, number 1.")
    assert monitor("GetBatch", batch_id=batch.batch_id) == batch
    assert [each.found for each in monitor("ListYields", by_hour=True).yields] == [3]
    assert monitor("GetFleetOverview").found == 3


def test_an_administrator_sends_a_failed_batch_again(
    stream: Any, monitor: Any, matching: Any, draft: Any, failure_of: Any
) -> None:
    matching[0].failure = grpc.StatusCode.INTERNAL
    assignment = stream.assignment("dice")
    stream.batch(assignment, 1, draft(1))
    [failed] = until(lambda: monitor("ListBatches", state=FAILED).batches)
    assert (failed.failure, failed.rejected, failed.payload_kept) == ("INTERNAL", 1, True)
    matching[0].failure = None
    assert monitor("RetryBatch", batch_id=failed.batch_id).retries == 1
    [done] = until(lambda: monitor("ListBatches", state=IMPORTED).batches)
    assert (done.batch_id, done.new, done.rejected) == (failed.batch_id, 1, 0)
    again = failure_of(lambda: monitor("RetryBatch", batch_id=failed.batch_id))
    assert (again.code, again.reason) == ("FAILED_PRECONDITION", "BATCH_NOT_FAILED")
    kinds = [event.kind for event in monitor("ListFleetEvents", kind_prefix="batch.").events]
    assert kinds == ["batch.retried", "batch.failed"]


def test_an_administrator_pauses_drains_and_resumes_a_host(stream: Any, monitor: Any) -> None:
    [host] = monitor("ListHosts", connected_only=True).hosts
    assert monitor("PauseHost", host_id=host.host_id, state_reason="repairs").state_reason == "repairs"
    assert monitor("DrainHost", host_id=host.host_id).state == host_pb2.HOST_STATE_DRAINING
    assert monitor("ResumeHost", host_id=host.host_id).state == host_pb2.HOST_STATE_ACTIVE
    assert monitor("TerminateHost", host_id=host.host_id).open_sessions == 0
    assert monitor("GetHost", host_id=host.host_id).state == host_pb2.HOST_STATE_PAUSED


def test_the_watch_runs_beside_the_work(stream: Any, monitor: Any) -> None:
    until(lambda: monitor("GetFleetOverview").HasField("last_watch_time"))
    assert b"blacklight_fleet_alarms_last_watch_timestamp_seconds " in monitor("GetFleetMetrics").data
