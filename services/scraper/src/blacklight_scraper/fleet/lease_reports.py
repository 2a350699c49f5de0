"""What a host says of a lease, said on to the accounts."""

from __future__ import annotations

from uuid import UUID

from blacklight.scraper.v1 import fleet_service_pb2 as pb
from blacklight_servicekit.caller import Caller

from blacklight_scraper.credentials.service import Credentials, LeaseLost
from blacklight_scraper.credentials.views import LeaseStanding


def take_report(credentials: Credentials, caller: Caller, told: pb.LeaseReport) -> LeaseStanding:
    """Does what the report's action says. Raises LeaseLost, also for a token that cannot be one."""
    credential_id = UUID(told.credential_id)
    lease_token = _token(told.lease_token)
    action = told.WhichOneof("action")
    if action == "heartbeat":
        return credentials.heartbeat(caller, credential_id=credential_id, lease_token=lease_token)
    if action == "success":
        terminal = told.success.terminal
        return credentials.succeed(caller, credential_id=credential_id, lease_token=lease_token, terminal=terminal)
    if action == "refresh":
        cookies = told.refresh.cookies
        return credentials.refresh(caller, credential_id=credential_id, lease_token=lease_token, cookies=cookies)
    if action == "failure":
        return credentials.fail(
            caller,
            credential_id=credential_id,
            lease_token=lease_token,
            reason=told.failure.failure_reason,
            message=told.failure.message,
            cooldown_minutes=told.failure.cooldown_minutes,
            auth_dead=told.failure.auth_dead,
        )
    return credentials.release(caller, credential_id=credential_id, lease_token=lease_token)


def _token(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise LeaseLost from error
