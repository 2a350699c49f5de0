"""RoleQueueService: decode, call, encode."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from blacklight.scraper.v1 import role_queue_service_pb2 as pb
from blacklight_servicekit.caller import Caller
from blacklight_servicekit.errors import Invalid
from blacklight_servicekit.masks import paths_of, validate_fields

from blacklight_scraper.identifiers import identifier
from blacklight_scraper.queue.encoding import encode_role, encode_stats, encode_target
from blacklight_scraper.queue.schedule.service import Schedule
from blacklight_scraper.queue.service import RoleQueue
from blacklight_scraper.queue.states import Approval, Decision, Demand, Priority, Verdict
from blacklight_scraper.queue.targets.service import QueueTargets

WRITABLE = ("priority", "paused")


class RoleQueueServicer:
    """The queue of canonical roles and their targets."""

    service = pb.DESCRIPTOR.services_by_name["RoleQueueService"]

    def __init__(self, queue: RoleQueue, targets: QueueTargets, schedule: Schedule) -> None:
        self._queue = queue
        self._targets = targets
        self._schedule = schedule

    def PutRole(self, request: pb.PutRoleRequest, caller: Caller) -> pb.PutRoleResponse:
        """Takes a canonical role from matching."""
        applied = self._queue.put(
            caller,
            role_id=UUID(request.role_id),
            version=request.version,
            name=request.name,
            aliases=request.aliases,
            candidate_count=request.candidate_count,
            demands=[
                Demand(demand.location, demand.candidate_query, demand.candidate_count) for demand in request.demands
            ],
            decision=_decision(request),
        )
        return pb.PutRoleResponse(applied=applied)

    def GetQueuedRole(self, request: pb.GetQueuedRoleRequest, caller: Caller) -> pb.QueuedRole:
        """Reads one role."""
        return encode_role(self._queue.get(caller, role_id=UUID(request.role_id)))

    def ListQueuedRoles(self, request: pb.ListQueuedRolesRequest, caller: Caller) -> pb.ListQueuedRolesResponse:
        """Lists roles by name."""
        views, token = self._queue.list_roles(
            caller,
            page_size=request.page_size,
            page_token=request.page_token,
            approval=Approval(request.approval) if request.approval else None,
        )
        return pb.ListQueuedRolesResponse(roles=map(encode_role, views), next_page_token=token)

    def ApproveQueuedRole(self, request: pb.ApproveQueuedRoleRequest, caller: Caller) -> pb.QueuedRole:
        """Approves a role for scraping."""
        priority = _priority(request.priority)
        return encode_role(self._queue.approve(caller, role_id=UUID(request.role_id), priority=priority))

    def RejectQueuedRole(self, request: pb.RejectQueuedRoleRequest, caller: Caller) -> pb.QueuedRole:
        """Refuses a role for good."""
        return encode_role(self._queue.reject(caller, role_id=UUID(request.role_id)))

    def UpdateQueuedRole(self, request: pb.UpdateQueuedRoleRequest, caller: Caller) -> pb.QueuedRole:
        """Writes the fields named in the mask."""
        role = request.role
        paths = paths_of(request.update_mask, WRITABLE)
        validate_fields(role, paths)
        changed = self._queue.update(
            caller,
            role_id=identifier(role.role_id, "role.role_id"),
            priority=_masked_priority(role.priority, paths),
            paused=role.paused if "paused" in paths else None,
            etag=role.etag,
        )
        return encode_role(changed)

    def ListQueueTargets(self, request: pb.ListQueueTargetsRequest, caller: Caller) -> pb.ListQueueTargetsResponse:
        """Lists targets in the order of claims."""
        views, token, total = self._targets.list_targets(
            caller,
            page_size=request.page_size,
            page_token=request.page_token,
            role_id=UUID(request.role_id) if request.role_id else None,
            approval=Approval(request.approval) if request.approval else None,
            search=request.search,
        )
        return pb.ListQueueTargetsResponse(targets=map(encode_target, views), next_page_token=token, total=total)

    def CreateQueueTarget(self, request: pb.CreateQueueTargetRequest, caller: Caller) -> pb.QueueTarget:
        """Adds a place or a query to a role."""
        made = self._targets.create(
            caller,
            role_id=UUID(request.role_id),
            location=request.location,
            candidate_query=request.candidate_query,
            priority=_priority(request.priority),
            approved=request.approved,
        )
        return encode_target(made)

    def ApproveQueueTargets(
        self, request: pb.ApproveQueueTargetsRequest, caller: Caller
    ) -> pb.ApproveQueueTargetsResponse:
        """Approves targets."""
        target_ids = [UUID(target_id) for target_id in request.target_ids]
        approved = self._targets.approve(caller, target_ids=target_ids, all_pending=request.all_pending)
        return pb.ApproveQueueTargetsResponse(approved=approved)

    def RejectQueueTarget(self, request: pb.RejectQueueTargetRequest, caller: Caller) -> pb.QueueTarget:
        """Refuses a target."""
        return encode_target(self._targets.reject(caller, target_id=UUID(request.target_id)))

    def UpdateQueueTarget(self, request: pb.UpdateQueueTargetRequest, caller: Caller) -> pb.QueueTarget:
        """Writes the fields named in the mask."""
        target = request.target
        paths = paths_of(request.update_mask, WRITABLE)
        validate_fields(target, paths)
        changed = self._targets.update(
            caller,
            target_id=identifier(target.target_id, "target.target_id"),
            priority=_masked_priority(target.priority, paths),
            paused=target.paused if "paused" in paths else None,
            etag=target.etag,
        )
        return encode_target(changed)

    def DeleteQueueTarget(self, request: pb.DeleteQueueTargetRequest, caller: Caller) -> pb.DeleteQueueTargetResponse:
        """Takes a target out."""
        self._targets.delete(caller, target_id=UUID(request.target_id))
        return pb.DeleteQueueTargetResponse()

    def GetQueueStats(self, request: pb.GetQueueStatsRequest, caller: Caller) -> pb.QueueStats:
        """Counts the queue."""
        return encode_stats(self._schedule.stats(caller))


def _decision(request: pb.PutRoleRequest) -> Decision | None:
    if not request.decision:
        return None
    verdict = Verdict(request.decision)
    if (verdict is Verdict.MERGED) != bool(request.merged_into):
        raise Invalid(
            "merged_into is given with ROLE_DECISION_MERGED and only then", reason="INVALID_FIELD", field="merged_into"
        )
    return Decision(verdict, request.decision_version, UUID(request.merged_into) if request.merged_into else None)


def _priority(value: int) -> Priority | None:
    return Priority(value) if value else None


def _masked_priority(value: int, paths: Collection[str]) -> Priority | None:
    if "priority" not in paths:
        return None
    if value not in tuple(Priority):
        raise Invalid("priority is one of LOW, NORMAL, HIGH and URGENT", reason="INVALID_FIELD", field="priority")
    return Priority(value)
