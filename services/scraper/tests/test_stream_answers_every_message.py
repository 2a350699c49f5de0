"""Every message of the stream has its answer: giving up, asking for another account, counting batches."""

from __future__ import annotations

from typing import Any

import pytest
from blacklight.scraper.v1 import credential_pb2, credential_service_pb2, platform_service_pb2, session_pb2
from blacklight.scraper.v1 import fleet_service_pb2 as fleet
from blacklight.scraper.v1.credential_service_pb2_grpc import CredentialServiceStub
from blacklight_scraper.fleet import stream as stream_module

BLOCKED = session_pb2.FAILURE_REASON_BLOCKED


def held(assignment: fleet.Assignment) -> dict[str, Any]:
    return {"session_id": assignment.session_id, "fencing_token": assignment.fencing_token}


def abandon(assignment: fleet.Assignment, **changes: Any) -> fleet.ConnectRequest:
    told = {**held(assignment), "failure_reason": BLOCKED, "message": "no way in", **changes}
    return fleet.ConnectRequest(abandon=fleet.AbandonSession(**told))


def failed(host: Any, lease: fleet.Lease) -> None:
    failure = fleet.LeaseFailure(failure_reason=BLOCKED, cooldown_minutes=60)
    said = fleet.LeaseReport(credential_id=lease.credential_id, lease_token=lease.lease_token, failure=failure)
    assert not host.ask(fleet.ConnectRequest(lease=said)).lease.held


@pytest.fixture
def host(scraper: Any) -> Any:
    """A host that heeds leases, on a board that needs an account and has two."""
    platform = platform_service_pb2.Platform(
        name="linkedin", display_name="LinkedIn", enabled=True, login=platform_service_pb2.PLATFORM_LOGIN_PASSWORD
    )
    scraper.platforms.CreatePlatform(
        platform_service_pb2.CreatePlatformRequest(platform=platform), metadata=scraper.admin
    )
    stub = CredentialServiceStub(scraper.app.channel)
    for name in ("one", "two"):
        secret = credential_pb2.CredentialSecret(username=f"{name}@example.com", password=name)
        request = credential_service_pb2.CreateCredentialRequest(platform="linkedin", name=name, secret=secret)
        stub.CreateCredential(request, metadata=scraper.admin)
    scraper.add_role()
    made = scraper.connect(scraper.add_key(platforms=["linkedin"]))
    made.ask(fleet.ConnectRequest(hello=fleet.Hello(host_name="host-1", capabilities=["leases"])))
    return made


def test_every_kind_of_message_has_a_step() -> None:
    kinds = {field.name for field in fleet.ConnectRequest.DESCRIPTOR.oneofs_by_name["message"].fields}
    apart = {"hello", "batch", "heartbeat"}  # first of all, and what joins the next commit
    steps = set(stream_module.OpenStream.STEPS)
    assert steps == kinds - apart


def test_a_session_that_is_given_up_fails_what_was_not_reported(scraper: Any, host: Any) -> None:
    assignment = host.assignment("linkedin")
    answer = host.ask(abandon(assignment))
    assert answer.HasField("finish"), answer
    again = host.ask(abandon(assignment))
    assert again.HasField("finish"), again
    [run] = scraper.session(assignment.session_id).platforms
    assert (run.state, run.failure_reason, run.message) == (
        session_pb2.PLATFORM_RUN_STATE_FAILED,
        BLOCKED,
        "no way in",
    )
    stale = host.ask(abandon(assignment, fencing_token=assignment.fencing_token + 1))
    assert stale.refusal.reason == "STALE_FENCING_TOKEN"


def test_asks_for_another_account_after_one_has_failed(host: Any) -> None:
    assignment = host.assignment("linkedin")
    [first] = assignment.leases
    asked = fleet.ConnectRequest(lease_request=fleet.LeaseRequest(**held(assignment), platform="linkedin"))
    same = host.ask(asked).lease.lease
    assert (same.credential_id, same.lease_token) == (first.credential_id, first.lease_token)
    failed(host, first)
    second = host.ask(asked).lease.lease
    assert second.credential_id not in ("", first.credential_id)
    failed(host, second)
    assert host.ask(asked).refusal.reason == "NO_CREDENTIAL"


def test_a_report_that_counts_more_batches_than_came_is_refused(scraper: Any, host: Any) -> None:
    assignment = host.assignment("linkedin")
    assert host.batch(assignment, 1).HasField("acknowledgement")
    told = {**held(assignment), "platform": "linkedin", "outcome": session_pb2.PLATFORM_RUN_STATE_COMPLETED}
    missing = host.ask(fleet.ConnectRequest(report=fleet.PlatformReport(**told, batches=2)))
    assert missing.refusal.reason == "BATCHES_MISSING"
    assert host.ask(fleet.ConnectRequest(report=fleet.PlatformReport(**told, batches=1))).HasField("report")
