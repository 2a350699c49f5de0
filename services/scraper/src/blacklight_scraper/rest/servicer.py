"""FleetRestService: bodies in and out are JSON of our own making; the gateway puts errors in the form hosts know."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Mapping
from typing import Any, TypeVar
from uuid import UUID

from blacklight.scraper.v1 import fleet_rest_service_pb2 as pb
from blacklight_servicekit import rpc
from blacklight_servicekit.caller import Caller
from blacklight_servicekit.errors import Invalid
from google.api.httpbody_pb2 import HttpBody

from blacklight_scraper.claims.service import Claims, NoCredential
from blacklight_scraper.credentials.service import Credentials, LeaseLost
from blacklight_scraper.platforms.service import Platforms
from blacklight_scraper.queue.schedule.service import Schedule
from blacklight_scraper.rest import answers
from blacklight_scraper.rest.bodies import FailureBody, LeaseBody, RefreshBody, SessionBody, SubmissionBody, SuccessBody
from blacklight_scraper.rest.outcomes import failure_reason_of
from blacklight_scraper.rest.reading import (
    MOST_JOB_BYTES,
    body_of,
    claim_id_of,
    cookies_of,
    platforms_of,
    session_id_of,
)
from blacklight_scraper.rest.refusing import error_of
from blacklight_scraper.rest.service import NoUsableJob, RestHosts
from blacklight_scraper.rest.submissions import answer_of
from blacklight_scraper.sessions.refusals import Refused
from blacklight_scraper.sessions.states import Transport
from blacklight_scraper.telemetry.service import Telemetry

JSON = "application/json"
MOST_ASSIGNMENTS = 20
Method = TypeVar("Method", bound=Callable[..., HttpBody])


def _answers(method: Method) -> Method:
    """A refusal in the stream's words leaves as an error."""

    @functools.wraps(method)
    def call(self: FleetRestServicer, request: Any, caller: Caller) -> HttpBody:
        try:
            return method(self, request, caller)
        except Refused as error:
            raise error_of(error.view) from error

    return call  # type: ignore[return-value]


class FleetRestServicer:
    """Hosts that have no stream."""

    service = pb.DESCRIPTOR.services_by_name["FleetRestService"]

    def __init__(
        self,
        hosts: RestHosts,
        claims: Claims,
        credentials: Credentials,
        platforms: Platforms,
        schedule: Schedule,
        telemetry: Telemetry,
    ) -> None:
        self._hosts = hosts
        self._claims = claims
        self._credentials = credentials
        self._platforms = platforms
        self._schedule = schedule
        self._telemetry = telemetry

    # Claiming

    @_answers
    def GetAvailability(self, request: pb.GetAvailabilityRequest, caller: Caller) -> HttpBody:
        """How many accounts each platform of the key has to lease."""
        return _json(self._hosts.availability(caller))

    @_answers
    def ClaimNextRole(self, request: pb.ClaimNextRoleRequest, caller: Caller) -> HttpBody:
        """Claims; 204 when there is nothing."""
        claimed = self._claims.claim(
            caller,
            claim_id=claim_id_of(request.claim_id),
            host_name="",
            platforms=platforms_of(request.platforms),
            most=MOST_ASSIGNMENTS,
            transport=Transport.REST,
            can_lease=True,
        )
        if not claimed.assignments:
            return _nothing()
        return _json(answers.claimed(claimed.assignments, self._display_names(caller)))

    @_answers
    def GetCurrentSession(self, request: pb.GetCurrentSessionRequest, caller: Caller) -> HttpBody:
        """The session to go on with."""
        return _json(answers.current(self._claims.current(caller), self._display_names(caller)))

    @_answers
    def GetStats(self, request: pb.GetStatsRequest, caller: Caller) -> HttpBody:
        """How the queue stands."""
        return _json(answers.stats(self._schedule.stats(caller), caller.platforms))

    # Delivering

    @_answers
    def SubmitJobs(self, request: pb.SubmitJobsRequest, caller: Caller) -> HttpBody:
        """Takes a platform's jobs: 202; 400 with each job's fault where none can be taken."""
        body = body_of(SubmissionBody, request.body.data, most=MOST_JOB_BYTES)
        try:
            answer = self._hosts.submit(caller, body)
        except NoUsableJob as error:
            rpc.set_http_status(400)
            return _json(answers.no_usable_job(error.message, error.reason, error.refused))
        rpc.set_http_status(202)
        return HttpBody(content_type=JSON, data=answer)

    @_answers
    def CompleteSession(self, request: pb.CompleteSessionRequest, caller: Caller) -> HttpBody:
        """The host is through with a session."""
        return _json(self._hosts.complete(caller, body_of(SessionBody, request.body.data)))

    @_answers
    def FailSession(self, request: pb.FailSessionRequest, caller: Caller) -> HttpBody:
        """The host gives a session up."""
        return _json(self._hosts.fail(caller, body_of(SessionBody, request.body.data)))

    # Accounts

    @_answers
    def LeaseCredential(self, request: pb.LeaseCredentialRequest, caller: Caller) -> HttpBody:
        """Leases an account for a session; 204 when none is free."""
        session_id = session_id_of(request.session_id)
        try:
            lease = self._claims.lease(caller, session_id=session_id, fencing_token=None, platform=request.platform)
        except NoCredential:
            return _nothing()
        return _json(answers.lease(lease))

    @_answers
    def HeartbeatCredential(self, request: pb.HeartbeatCredentialRequest, caller: Caller) -> HttpBody:
        """Extends a lease."""
        proof = _proof(request.credential_id, body_of(LeaseBody, request.body.data))
        return _json(answers.standing(self._credentials.heartbeat(caller, **proof)))

    @_answers
    def SucceedCredential(self, request: pb.SucceedCredentialRequest, caller: Caller) -> HttpBody:
        """The account worked; the lease ends unless the host says otherwise."""
        body = body_of(SuccessBody, request.body.data)
        proof = _proof(request.credential_id, body)
        return _json(answers.standing(self._credentials.succeed(caller, **proof, terminal=body.terminal is not False)))

    @_answers
    def FailCredential(self, request: pb.FailCredentialRequest, caller: Caller) -> HttpBody:
        """The account failed."""
        body = body_of(FailureBody, request.body.data)
        standing = self._credentials.fail(
            caller,
            **_proof(request.credential_id, body),
            reason=failure_reason_of(body.reason, body.error_message),
            message=body.error_message,
            cooldown_minutes=math.ceil(body.cooldown_minutes or 0),
            auth_dead=body.auth_dead is True,
        )
        return _json(answers.standing(standing))

    @_answers
    def RefreshCredential(self, request: pb.RefreshCredentialRequest, caller: Caller) -> HttpBody:
        """Stores renewed cookies."""
        body = body_of(RefreshBody, request.body.data)
        proof = _proof(request.credential_id, body)
        return _json(answers.standing(self._credentials.refresh(caller, **proof, cookies=cookies_of(body.cookies))))

    @_answers
    def ReleaseCredential(self, request: pb.ReleaseCredentialRequest, caller: Caller) -> HttpBody:
        """Gives the account back."""
        proof = _proof(request.credential_id, body_of(LeaseBody, request.body.data))
        return _json(answers.standing(self._credentials.release(caller, **proof)))

    # Telemetry

    def PushMetrics(self, request: pb.PushMetricsRequest, caller: Caller) -> HttpBody:
        """Takes a host's metrics."""
        series = self._telemetry.push_metrics(
            caller, instance=rpc.header("instance"), mode=rpc.header("mode"), text=request.body.data
        )
        rpc.set_http_status(202)
        return _json({"status": "accepted", "series": series})

    def DeleteMetrics(self, request: pb.DeleteMetricsRequest, caller: Caller) -> HttpBody:
        """Forgets a host's metrics."""
        self._telemetry.delete_metrics(caller, instance=rpc.header("instance"))
        return _nothing()

    def PushLogs(self, request: pb.PushLogsRequest, caller: Caller) -> HttpBody:
        """Counts a host's log lines."""
        self._telemetry.push_logs(caller, data=request.body.data)
        return _nothing()

    def _display_names(self, caller: Caller) -> Mapping[str, str]:
        return {platform.name: platform.display_name for platform in self._platforms.list_platforms(caller)}


def _json(content: dict[str, Any]) -> HttpBody:
    return HttpBody(content_type=JSON, data=answer_of(content))


def _nothing() -> HttpBody:
    rpc.set_http_status(204)
    return HttpBody()


def _proof(credential_id: str, body: LeaseBody) -> dict[str, UUID]:
    """Which account, and the proof of who holds it; what is no id of ours proves nothing. Raises Invalid, LeaseLost."""
    if not body.lease_token:
        raise Invalid("lease_token is missing", reason="LEASE_TOKEN_MISSING", field="lease_token")
    try:
        return {"credential_id": UUID(credential_id), "lease_token": UUID(body.lease_token)}
    except ValueError:
        raise LeaseLost from None
