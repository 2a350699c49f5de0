"""A host that begins a newer stream: the older one has nothing left that it could use, wherever it runs (R2)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from blacklight.scraper.v1 import credential_pb2, credential_service_pb2, platform_service_pb2
from blacklight.scraper.v1 import fleet_service_pb2 as pb
from blacklight.scraper.v1.credential_service_pb2_grpc import CredentialServiceStub
from sqlalchemy import text


@pytest.fixture
def connect(scraper: Any) -> Any:
    """`connect(*capabilities)`: another stream of one host, on a board that needs an account, and its welcome."""
    login = platform_service_pb2.PLATFORM_LOGIN_PASSWORD
    platform = platform_service_pb2.Platform(name="linkedin", display_name="L", enabled=True, login=login)
    request = platform_service_pb2.CreatePlatformRequest(platform=platform)
    scraper.platforms.CreatePlatform(request, metadata=scraper.admin)
    secret = credential_pb2.CredentialSecret(username="one@example.com", password="one")
    account = credential_service_pb2.CreateCredentialRequest(platform="linkedin", name="one", secret=secret)
    CredentialServiceStub(scraper.app.channel).CreateCredential(account, metadata=scraper.admin)
    scraper.add_role()
    key = scraper.add_key(platforms=["linkedin"])

    def begin(*capabilities: str) -> tuple[Any, pb.Welcome]:
        stream = scraper.connect(key)
        hello = pb.Hello(host_name="host-1", capabilities=capabilities)
        return stream, stream.ask(pb.ConnectRequest(hello=hello)).welcome

    return begin


def alive(lease: pb.Lease) -> pb.ConnectRequest:
    beat = pb.LeaseHeartbeat()
    return pb.ConnectRequest(
        lease=pb.LeaseReport(credential_id=lease.credential_id, lease_token=lease.lease_token, heartbeat=beat)
    )


def test_the_newer_stream_gets_the_accounts_and_the_older_ones_tokens_are_lost(connect: Any) -> None:
    older, _ = connect("leases")
    [old] = older.assignment("linkedin").leases
    newer, welcome = connect("leases")
    [new] = welcome.open_sessions[0].assignment.leases
    assert (new.credential_id, new.password) == (old.credential_id, "one")
    refusal = newer.ask(alive(old)).refusal
    assert (refusal.reason, refusal.credential_id) == ("LEASE_LOST", old.credential_id)
    assert newer.ask(alive(new)).lease.held


def test_a_host_that_handles_no_accounts_is_given_none_by_its_welcome(connect: Any) -> None:
    older, _ = connect("leases")
    older.assignment("linkedin")
    _, welcome = connect()
    assert not welcome.open_sessions[0].assignment.leases


@pytest.mark.parametrize("repeated", [True, False])
def test_a_stream_taken_over_elsewhere_can_neither_claim_nor_have_a_claims_answer_again(
    scraper: Any, connect: Any, failure_of: Any, repeated: bool
) -> None:
    stream, _ = connect("leases")
    claim_id = str(uuid4())
    assert stream.claim(claim_id=claim_id).HasField("assignments") is True
    with scraper.app.database.platform_transaction() as session:
        session.execute(text("UPDATE scraper.hosts SET stream_id = :other"), {"other": uuid4()})
    claim = pb.Claim(claim_id=claim_id if repeated else str(uuid4()))
    failure = failure_of(lambda: stream.ask(pb.ConnectRequest(claim=claim)))
    assert (failure.code, failure.reason) == ("ABORTED", "TAKEN_OVER")


def test_a_heartbeat_keeps_the_accounts_of_its_sessions(connect: Any, clock: Any) -> None:
    stream, _ = connect("leases")
    [lease] = stream.assignment("linkedin").leases
    for _ in range(3):
        clock.advance(timedelta(minutes=6))
        assert stream.ask(pb.ConnectRequest(heartbeat=pb.Heartbeat())).HasField("heartbeat")
    assert stream.ask(alive(lease)).lease.held
    clock.advance(timedelta(minutes=11))
    assert stream.ask(alive(lease)).refusal.reason == "LEASE_LOST"
