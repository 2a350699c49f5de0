"""Valid requests of the scraper. It holds no tenant's rows: only the platform, services and hosts call."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

import grpc
from blacklight.scraper.v1 import (
    api_key_pb2,
    api_key_service_pb2,
    credential_pb2,
    credential_service_pb2,
    fleet_rest_service_pb2,
    fleet_service_pb2,
    monitor_service_pb2,
    platform_service_pb2,
    role_queue_service_pb2,
    session_service_pb2,
)
from blacklight_servicekit.caller import CallerKind
from blacklight_servicekit.ids import new_id
from blacklight_testkit.matrix import Builder, Ids, World
from google.api.httpbody_pb2 import HttpBody
from google.protobuf.field_mask_pb2 import FieldMask

PLATFORMS = platform_service_pb2.DESCRIPTOR.services_by_name["PlatformService"].methods_by_name
KEYS = api_key_service_pb2.DESCRIPTOR.services_by_name["ApiKeyService"].methods_by_name
ROLES = role_queue_service_pb2.DESCRIPTOR.services_by_name["RoleQueueService"].methods_by_name
REST = fleet_rest_service_pb2.DESCRIPTOR.services_by_name["FleetRestService"].methods_by_name
FLEET = fleet_service_pb2.DESCRIPTOR.services_by_name["FleetService"].methods_by_name
CREDENTIALS = credential_service_pb2.DESCRIPTOR.services_by_name["CredentialService"].methods_by_name

NONE_YET = (grpc.StatusCode.NOT_FOUND,)
"""No host, batch or alarm is there to be named."""
REFUSED = (grpc.StatusCode.INVALID_ARGUMENT,)

SEEDED: set[str] = set()
WALLED_BY_DATABASE_ALONE: set[str] = set()


def settings(folder: Any) -> dict[str, Any]:
    """What the service needs beside the common settings."""
    return {}


def prepare(world: World) -> None:
    """A board without sign-in, one with, and a host with a key."""
    world.rpc(PLATFORMS["CreatePlatform"], create_platform({"name": "board"}), CallerKind.PLATFORM_ADMIN, new_id())
    closed = platform_service_pb2.Platform(
        name="closed", display_name="Closed", login=platform_service_pb2.PLATFORM_LOGIN_PASSWORD
    )
    request = platform_service_pb2.CreatePlatformRequest(platform=closed)
    world.rpc(PLATFORMS["CreatePlatform"], request, CallerKind.PLATFORM_ADMIN, new_id())
    world.host_key = _key(world).secret


def seed(world: World, tenant: UUID) -> Ids:
    """A key, a board, a role that waits for approval, and the session of a host that has claimed another."""
    admin = CallerKind.PLATFORM_ADMIN
    ids = {"role_id": str(new_id()), "name": f"board_{new_id().hex}", "api_key_id": _key(world).api_key.api_key_id}
    world.rpc(PLATFORMS["CreatePlatform"], create_platform(ids), admin, tenant)
    claimed = {"role_id": str(new_id())}
    for each in (ids, claimed):
        world.rpc(ROLES["PutRole"], put_role(each), CallerKind.SERVICE, tenant)
    world.rpc(ROLES["ApproveQueuedRole"], approve(claimed), admin, tenant)
    claim = fleet_service_pb2.Claim(claim_id=str(new_id()), platforms=["board"])
    messages = [*connect({}), fleet_service_pb2.ConnectRequest(claim=claim)]
    answer = world.ask(FLEET["Connect"], messages, world.tokens.host(_key(world).secret))
    [claimed_now] = [each.assignments for each in answer.messages if each.HasField("assignments")]
    target = world.rpc(ROLES["CreateQueueTarget"], create_target(ids), admin, tenant)
    session = claimed_now.assignments[0].session_id
    rest_session = _rest_session(world, tenant)
    account = world.rpc(CREDENTIALS["CreateCredential"], create_credential({}), admin, tenant)
    ids["credential_id"] = account.credential_id
    return {**ids, "session_id": session, "rest_session_id": rest_session, "target_id": target.target_id}


def _rest_session(world: World, tenant: UUID) -> str:
    """The session of the host whose key the world has: a new one, or the one that it has not touched yet."""
    role = {"role_id": str(new_id())}
    world.rpc(ROLES["PutRole"], put_role(role), CallerKind.SERVICE, tenant)
    world.rpc(ROLES["ApproveQueuedRole"], approve(role), CallerKind.PLATFORM_ADMIN, tenant)
    claimed = world.rpc(REST["ClaimNextRole"], fleet_rest_service_pb2.ClaimNextRoleRequest(), CallerKind.HOST, tenant)
    return str(json.loads(claimed.data)["session_id"])


def _key(world: World) -> Any:
    return world.rpc(KEYS["CreateApiKey"], create_key({}), CallerKind.PLATFORM_ADMIN, new_id())


def create_key(ids: Ids) -> Any:
    return api_key_service_pb2.CreateApiKeyRequest(name=f"host {new_id().hex}", platforms=["board"])


def update_key(ids: Ids) -> Any:
    key = api_key_pb2.ApiKey(api_key_id=ids["api_key_id"], description="new")
    return api_key_service_pb2.UpdateApiKeyRequest(api_key=key, update_mask=FieldMask(paths=["description"]))


def create_credential(ids: Ids) -> Any:
    secret = credential_pb2.CredentialSecret(username="someone", password="something")
    return credential_service_pb2.CreateCredentialRequest(
        platform="closed", name=f"account {new_id().hex}", secret=secret
    )


def update_credential(ids: Ids) -> Any:
    account = credential_pb2.Credential(credential_id=ids["credential_id"], notes="new")
    return credential_service_pb2.UpdateCredentialRequest(credential=account, update_mask=FieldMask(paths=["notes"]))


def reveal_credential(ids: Ids) -> Any:
    return credential_service_pb2.RevealCredentialRequest(credential_id=ids["credential_id"], purpose="a matrix")


def credential(name: str, codes: tuple[grpc.StatusCode, ...] = (grpc.StatusCode.OK,)) -> Builder:
    return Builder(naming(getattr(credential_service_pb2, f"{name}Request"), "credential_id"), codes=codes)


def create_platform(ids: Ids) -> Any:
    board = platform_service_pb2.Platform(
        name=ids["name"], display_name="Board", enabled=True, priority=1, max_in_flight=10_000
    )
    return platform_service_pb2.CreatePlatformRequest(platform=board)


def update_platform(ids: Ids) -> Any:
    board = platform_service_pb2.Platform(name=ids["name"], priority=2)
    return platform_service_pb2.UpdatePlatformRequest(platform=board, update_mask=FieldMask(paths=["priority"]))


def put_role(ids: Ids) -> Any:
    return role_queue_service_pb2.PutRoleRequest(
        role_id=ids["role_id"], version=1, name=f"Role {ids['role_id']}", candidate_count=1
    )


def update_role(ids: Ids) -> Any:
    role = role_queue_service_pb2.QueuedRole(role_id=ids["role_id"], paused=True)
    return role_queue_service_pb2.UpdateQueuedRoleRequest(role=role, update_mask=FieldMask(paths=["paused"]))


def create_target(ids: Ids) -> Any:
    return role_queue_service_pb2.CreateQueueTargetRequest(role_id=ids["role_id"], location="Dallas, TX")


def approve_targets(ids: Ids) -> Any:
    return role_queue_service_pb2.ApproveQueueTargetsRequest(target_ids=[ids["target_id"]])


def update_target(ids: Ids) -> Any:
    target = role_queue_service_pb2.QueueTarget(target_id=ids["target_id"], paused=True)
    return role_queue_service_pb2.UpdateQueueTargetRequest(target=target, update_mask=FieldMask(paths=["paused"]))


def approve(ids: Ids) -> Any:
    return role_queue_service_pb2.ApproveQueuedRoleRequest(role_id=ids["role_id"])


def connect(ids: Ids) -> list[Any]:
    return [fleet_service_pb2.ConnectRequest(hello=fleet_service_pb2.Hello(host_name="host", agent_version="1"))]


def monitor(name: str, *ids: str, codes: tuple[grpc.StatusCode, ...] = (grpc.StatusCode.OK,), **given: Any) -> Builder:
    """A request of FleetMonitorService with the ids named and the values given."""
    request = getattr(monitor_service_pb2, f"{name}Request")

    def build(known: Ids) -> Any:
        return request(**{each: known.get(each) or str(new_id()) for each in ids}, **given)

    return Builder(build, codes=codes)


def naming(request: Any, name: str) -> Any:
    return lambda ids: request(**{name: ids[name]})


def _body(**content: Any) -> HttpBody:
    return HttpBody(content_type="application/json", data=json.dumps(content).encode())


def submit_jobs(ids: Ids) -> Any:
    body = _body(session_id=ids["rest_session_id"], platform="board", jobs=[], empty_confirmed=True)
    return fleet_rest_service_pb2.SubmitJobsRequest(body=body)


def lease_credential(ids: Ids) -> Any:
    return fleet_rest_service_pb2.LeaseCredentialRequest(platform="board", session_id=ids["rest_session_id"])


def _of_session(request: Any) -> Any:
    return lambda ids: request(body=_body(session_id=ids["rest_session_id"]))


def _of_account(request: Any) -> Builder:
    """Nobody holds a lease here, so whoever says something of one has lost it."""
    said = _body(lease_token=str(new_id()), cookies="[]")
    return Builder(lambda ids: request(credential_id=str(new_id()), body=said), codes=(grpc.StatusCode.ABORTED,))


# Metrics need the header `instance`, which callers here do not send.
NO_INSTANCE = (grpc.StatusCode.INVALID_ARGUMENT,)
# The account at hand is free.
FREE = (grpc.StatusCode.FAILED_PRECONDITION,)
# The session's board is not reported.
NOT_REPORTED = (grpc.StatusCode.INVALID_ARGUMENT,)

BUILDERS = {
    "ApiKeyService.CreateApiKey": Builder(create_key),
    "ApiKeyService.GetApiKey": Builder(naming(api_key_service_pb2.GetApiKeyRequest, "api_key_id")),
    "ApiKeyService.ListApiKeys": Builder(lambda ids: api_key_service_pb2.ListApiKeysRequest()),
    "ApiKeyService.RevokeApiKey": Builder(naming(api_key_service_pb2.RevokeApiKeyRequest, "api_key_id")),
    "ApiKeyService.UpdateApiKey": Builder(update_key),
    "ApiKeyService.PauseApiKey": Builder(naming(api_key_service_pb2.PauseApiKeyRequest, "api_key_id")),
    "ApiKeyService.ResumeApiKey": Builder(naming(api_key_service_pb2.ResumeApiKeyRequest, "api_key_id")),
    "ApiKeyService.RotateApiKey": Builder(naming(api_key_service_pb2.RotateApiKeyRequest, "api_key_id")),
    "CredentialService.CreateCredential": Builder(create_credential),
    "CredentialService.GetCredential": credential("GetCredential"),
    "CredentialService.ListCredentials": Builder(lambda ids: credential_service_pb2.ListCredentialsRequest()),
    "CredentialService.UpdateCredential": Builder(update_credential),
    "CredentialService.RevealCredential": Builder(reveal_credential),
    "CredentialService.DisableCredential": credential("DisableCredential"),
    "CredentialService.EnableCredential": credential("EnableCredential", FREE),
    "CredentialService.ResetCredential": credential("ResetCredential", FREE),
    "CredentialService.DeleteCredential": credential("DeleteCredential"),
    "CredentialService.ListCredentialCounts": Builder(lambda ids: credential_service_pb2.ListCredentialCountsRequest()),
    "FleetService.Connect": Builder(connect),
    "FleetMonitorService.GetFleetOverview": monitor("GetFleetOverview"),
    "FleetMonitorService.ListHosts": monitor("ListHosts"),
    "FleetMonitorService.GetHost": monitor("GetHost", "host_id", codes=NONE_YET),
    "FleetMonitorService.PauseHost": monitor("PauseHost", "host_id", codes=NONE_YET),
    "FleetMonitorService.ResumeHost": monitor("ResumeHost", "host_id", codes=NONE_YET),
    "FleetMonitorService.DrainHost": monitor("DrainHost", "host_id", codes=NONE_YET),
    "FleetMonitorService.TerminateHost": monitor("TerminateHost", "host_id", codes=NONE_YET),
    "FleetMonitorService.ListBatches": monitor("ListBatches", "session_id"),
    "FleetMonitorService.GetBatch": monitor("GetBatch", "batch_id", codes=NONE_YET),
    "FleetMonitorService.RetryBatch": monitor("RetryBatch", "batch_id", codes=NONE_YET),
    "FleetMonitorService.ListJobLogs": monitor("ListJobLogs", "session_id"),
    "FleetMonitorService.GetJobLog": monitor("GetJobLog", "batch_id", codes=NONE_YET),
    "FleetMonitorService.ListYields": monitor("ListYields"),
    "FleetMonitorService.ListFailures": monitor("ListFailures"),
    "FleetMonitorService.ListAlarms": monitor("ListAlarms"),
    "FleetMonitorService.AcknowledgeAlarm": monitor("AcknowledgeAlarm", "alarm_id", codes=NONE_YET),
    "FleetMonitorService.ListFleetEvents": monitor("ListFleetEvents"),
    # A watch that begins well does not end.
    "FleetMonitorService.WatchFleet": monitor("WatchFleet", event_token="?", codes=REFUSED),
    "FleetMonitorService.GetFleetMetrics": monitor("GetFleetMetrics"),
    "FleetRestService.GetAvailability": Builder(lambda ids: fleet_rest_service_pb2.GetAvailabilityRequest()),
    "FleetRestService.ClaimNextRole": Builder(lambda ids: fleet_rest_service_pb2.ClaimNextRoleRequest()),
    "FleetRestService.GetCurrentSession": Builder(lambda ids: fleet_rest_service_pb2.GetCurrentSessionRequest()),
    "FleetRestService.SubmitJobs": Builder(submit_jobs),
    "FleetRestService.CompleteSession": Builder(
        _of_session(fleet_rest_service_pb2.CompleteSessionRequest), codes=NOT_REPORTED
    ),
    "FleetRestService.FailSession": Builder(_of_session(fleet_rest_service_pb2.FailSessionRequest)),
    "FleetRestService.GetStats": Builder(lambda ids: fleet_rest_service_pb2.GetStatsRequest()),
    "FleetRestService.LeaseCredential": Builder(lease_credential),
    "FleetRestService.HeartbeatCredential": _of_account(fleet_rest_service_pb2.HeartbeatCredentialRequest),
    "FleetRestService.SucceedCredential": _of_account(fleet_rest_service_pb2.SucceedCredentialRequest),
    "FleetRestService.FailCredential": _of_account(fleet_rest_service_pb2.FailCredentialRequest),
    "FleetRestService.RefreshCredential": _of_account(fleet_rest_service_pb2.RefreshCredentialRequest),
    "FleetRestService.ReleaseCredential": _of_account(fleet_rest_service_pb2.ReleaseCredentialRequest),
    "FleetRestService.PushMetrics": Builder(
        lambda ids: fleet_rest_service_pb2.PushMetricsRequest(body=HttpBody(data=b"up 1\n")), codes=NO_INSTANCE
    ),
    "FleetRestService.DeleteMetrics": Builder(
        lambda ids: fleet_rest_service_pb2.DeleteMetricsRequest(), codes=NO_INSTANCE
    ),
    "FleetRestService.PushLogs": Builder(lambda ids: fleet_rest_service_pb2.PushLogsRequest(body=_body(streams=[]))),
    "PlatformService.CreatePlatform": Builder(create_platform),
    "PlatformService.GetPlatform": Builder(naming(platform_service_pb2.GetPlatformRequest, "name")),
    "PlatformService.ListPlatforms": Builder(lambda ids: platform_service_pb2.ListPlatformsRequest()),
    "PlatformService.UpdatePlatform": Builder(update_platform),
    "PlatformService.PausePlatform": Builder(naming(platform_service_pb2.PausePlatformRequest, "name")),
    "PlatformService.ResumePlatform": Builder(naming(platform_service_pb2.ResumePlatformRequest, "name")),
    "PlatformService.TerminatePlatformRuns": Builder(naming(platform_service_pb2.TerminatePlatformRunsRequest, "name")),
    "RoleQueueService.PutRole": Builder(put_role),
    "RoleQueueService.GetQueuedRole": Builder(naming(role_queue_service_pb2.GetQueuedRoleRequest, "role_id")),
    "RoleQueueService.ListQueuedRoles": Builder(lambda ids: role_queue_service_pb2.ListQueuedRolesRequest()),
    "RoleQueueService.ApproveQueuedRole": Builder(approve),
    "RoleQueueService.RejectQueuedRole": Builder(naming(role_queue_service_pb2.RejectQueuedRoleRequest, "role_id")),
    "RoleQueueService.UpdateQueuedRole": Builder(update_role),
    "RoleQueueService.ListQueueTargets": Builder(lambda ids: role_queue_service_pb2.ListQueueTargetsRequest()),
    "RoleQueueService.CreateQueueTarget": Builder(create_target),
    "RoleQueueService.ApproveQueueTargets": Builder(approve_targets),
    "RoleQueueService.RejectQueueTarget": Builder(naming(role_queue_service_pb2.RejectQueueTargetRequest, "target_id")),
    "RoleQueueService.UpdateQueueTarget": Builder(update_target),
    "RoleQueueService.DeleteQueueTarget": Builder(naming(role_queue_service_pb2.DeleteQueueTargetRequest, "target_id")),
    "RoleQueueService.GetQueueStats": Builder(lambda ids: role_queue_service_pb2.GetQueueStatsRequest()),
    "ScrapeSessionService.TerminateScrapeSession": Builder(
        naming(session_service_pb2.TerminateScrapeSessionRequest, "session_id")
    ),
    "ScrapeSessionService.PauseScrapeSession": Builder(
        naming(session_service_pb2.PauseScrapeSessionRequest, "session_id")
    ),
    "ScrapeSessionService.ResumeScrapeSession": Builder(
        naming(session_service_pb2.ResumeScrapeSessionRequest, "session_id")
    ),
    "ScrapeSessionService.GetScrapeSession": Builder(naming(session_service_pb2.GetScrapeSessionRequest, "session_id")),
    "ScrapeSessionService.ListScrapeSessions": Builder(lambda ids: session_service_pb2.ListScrapeSessionsRequest()),
}
