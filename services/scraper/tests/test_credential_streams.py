"""Accounts as hosts with a stream get them, and what is said of their secrets on the way."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from blacklight.scraper.v1 import credential_pb2, platform_service_pb2, session_pb2, session_service_pb2
from blacklight.scraper.v1 import credential_service_pb2 as pb
from blacklight.scraper.v1 import fleet_service_pb2 as fleet
from blacklight.scraper.v1.credential_service_pb2_grpc import CredentialServiceStub

AUTH = session_pb2.FAILURE_REASON_AUTH_REQUIRED
SECRET = {
    "username": "canary-user@example.com",
    "password": "canary-password-1",
    "cookies": '[{"name": "li_at", "value": "canary-cookie-1"}]',
    "proxy": "http://canary-proxy:1@proxy.example:8080",
}


@pytest.fixture
def accounts(scraper: Any) -> Any:
    """A board that needs an account, its one account, and a role to be read there."""
    platform = platform_service_pb2.Platform(
        name="linkedin",
        display_name="LinkedIn",
        enabled=True,
        login=platform_service_pb2.PLATFORM_LOGIN_PASSWORD,
        session_cookie="li_at",
        cadence_minutes=0,
    )
    request = platform_service_pb2.CreatePlatformRequest(platform=platform)
    scraper.platforms.CreatePlatform(request, metadata=scraper.admin)
    stub = CredentialServiceStub(scraper.app.channel)
    stub.CreateCredential(
        pb.CreateCredentialRequest(platform="linkedin", name="one", secret=credential_pb2.CredentialSecret(**SECRET)),
        metadata=scraper.admin,
    )
    scraper.add_role()
    return stub


@pytest.fixture
def stream(scraper: Any, accounts: CredentialServiceStub) -> Any:
    made = scraper.connect(scraper.add_key(platforms=["linkedin"]))
    hello = fleet.Hello(host_name="host-1", agent_version="2", capabilities=["leases"])
    assert "leases" in made.ask(fleet.ConnectRequest(hello=hello)).welcome.capabilities
    return made


def account(scraper: Any, stub: CredentialServiceStub) -> credential_pb2.Credential:
    [found] = stub.ListCredentials(pb.ListCredentialsRequest(), metadata=scraper.admin).credentials
    return found


def report(lease: fleet.Lease, **action: Any) -> fleet.ConnectRequest:
    told = {"credential_id": lease.credential_id, "lease_token": lease.lease_token, **action}
    return fleet.ConnectRequest(lease=fleet.LeaseReport(**told))


def test_gives_an_account_with_its_role_and_takes_it_back_with_the_session(
    scraper: Any, accounts: CredentialServiceStub, stream: Any
) -> None:
    assignment = stream.assignment("linkedin")
    [lease] = assignment.leases
    assert {name: getattr(lease, name) for name in SECRET} == SECRET
    held = account(scraper, accounts)
    assert held.state == credential_pb2.CREDENTIAL_STATE_IN_USE
    assert held.lease.session_id == assignment.session_id
    request = session_service_pb2.TerminateScrapeSessionRequest(session_id=assignment.session_id)
    scraper.sessions.TerminateScrapeSession(request, metadata=scraper.admin)
    assert account(scraper, accounts).state == credential_pb2.CREDENTIAL_STATE_AVAILABLE
    lost = stream.ask(report(lease, heartbeat=fleet.LeaseHeartbeat()))
    assert lost.refusal.reason == "LEASE_LOST"


def test_sets_an_account_aside_that_no_key_opens_and_claims_no_role_for_it(
    scraper: Any, accounts: CredentialServiceStub, stream: Any
) -> None:
    scraper.rows("UPDATE scraper.credentials SET secret = 'sealed under a key that is gone' RETURNING 1")
    for _ in range(2):
        nothing = stream.claim("linkedin").nothing
        assert [each.reason for each in nothing.platforms] == [fleet.NOTHING_REASON_NO_CREDENTIAL]
    assert account(scraper, accounts).state == credential_pb2.CREDENTIAL_STATE_FAILED
    assert scraper.rows("SELECT count(*) AS n FROM scraper.sessions")[0].n == 0
    kinds = scraper.rows("SELECT kind FROM scraper.fleet_events WHERE kind LIKE 'credential.%'")
    assert [row.kind for row in kinds] == ["credential.unreadable"]


def test_says_no_secret_of_a_lease_in_refusals_logs_events_or_the_database(
    scraper: Any, accounts: CredentialServiceStub, stream: Any, capfd: Any
) -> None:
    assignment = stream.assignment("linkedin")
    [lease] = assignment.leases
    loud = f"could not sign in as {lease.username} with {lease.password} by {lease.proxy}: canary-cookie-1"
    asked = [
        report(lease, heartbeat=fleet.LeaseHeartbeat()),
        report(lease, success=fleet.LeaseSuccess(terminal=False)),
        report(lease, refresh=fleet.LeaseRefresh(cookies='{"other": "canary-cookie-2"}')),
        report(lease, refresh=fleet.LeaseRefresh(cookies="canary-cookie-3")),
        report(lease, refresh=fleet.LeaseRefresh(cookies='{"li_at": "canary-cookie-4"}')),
        report(
            lease,
            failure=fleet.LeaseFailure(
                failure_reason=AUTH,
                message=loud.replace("cookie-1", "cookie-4"),
                auth_dead=True,
            ),
        ),
        report(lease, failure=fleet.LeaseFailure(failure_reason=AUTH, message=loud)),
        report(fleet.Lease(credential_id=str(uuid4()), lease_token=lease.lease_token), release=fleet.LeaseRelease()),
        report(
            fleet.Lease(credential_id=lease.credential_id, lease_token="canary-token"), release=fleet.LeaseRelease()
        ),
    ]
    said = [str(stream.ask(message)) for message in asked]
    stream.report(assignment, "linkedin", 5, 1)
    stream.finish(assignment)
    said.append(str(account(scraper, accounts)))
    said += capfd.readouterr()
    tables = ["credentials", "sessions", "platform_runs", "audit_log", "fleet_events", "outbox", "request_log"]
    said += [str(scraper.rows(f"SELECT each::text FROM scraper.{table} AS each")) for table in tables]
    told = "".join(said)
    assert "LEASE_LOST" in told
    assert "credential.failed" in told
    found = [text for text in said if "canary-" in text.replace("canary-user", "")]
    assert found == []
    tokens = scraper.rows("SELECT count(*) AS n FROM scraper.credentials WHERE lease_token IS NOT NULL")
    assert tokens[0].n == 0
    assert lease.lease_token not in told


def test_an_account_goes_back_when_its_board_is_ended_for_everybody(
    scraper: Any, accounts: CredentialServiceStub, stream: Any
) -> None:
    stream.assignment("linkedin")
    request = platform_service_pb2.TerminatePlatformRunsRequest(name="linkedin")
    assert scraper.platforms.TerminatePlatformRuns(request, metadata=scraper.admin).terminated == 1
    assert account(scraper, accounts).state == credential_pb2.CREDENTIAL_STATE_AVAILABLE
