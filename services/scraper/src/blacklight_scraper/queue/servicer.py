"""RoleQueueService: decode, call, encode."""

from __future__ import annotations

from uuid import UUID

from blacklight.scraper.v1 import role_queue_service_pb2 as pb
from blacklight_servicekit.caller import Caller
from google.protobuf.timestamp_pb2 import Timestamp

from blacklight_scraper.queue.service import RoleQueue
from blacklight_scraper.queue.states import Approval, Priority, QueuedRoleView


class RoleQueueServicer:
    """The queue of canonical roles."""

    service = pb.DESCRIPTOR.services_by_name["RoleQueueService"]

    def __init__(self, queue: RoleQueue) -> None:
        self._queue = queue

    def PutRole(self, request: pb.PutRoleRequest, caller: Caller) -> pb.PutRoleResponse:
        """Takes a canonical role from matching."""
        applied = self._queue.put(
            caller,
            role_id=UUID(request.role_id),
            version=request.version,
            name=request.name,
            aliases=request.aliases,
            candidate_count=request.candidate_count,
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
        priority = Priority(request.priority) if request.priority else None
        return encode_role(self._queue.approve(caller, role_id=UUID(request.role_id), priority=priority))

    def RejectQueuedRole(self, request: pb.RejectQueuedRoleRequest, caller: Caller) -> pb.QueuedRole:
        """Refuses a role for good."""
        return encode_role(self._queue.reject(caller, role_id=UUID(request.role_id)))


def encode_role(view: QueuedRoleView) -> pb.QueuedRole:
    """A queued role as a message."""
    scraped: Timestamp | None = None
    if view.last_scrape_time is not None:
        scraped = Timestamp()
        scraped.FromDatetime(view.last_scrape_time)
    return pb.QueuedRole(
        role_id=str(view.role_id),
        name=view.name,
        aliases=view.aliases,
        candidate_count=view.candidate_count,
        approval=pb.Approval.ValueType(view.approval),
        priority=pb.Priority.ValueType(view.priority),
        version=view.version,
        last_scrape_time=scraped,
        etag=view.etag,
    )
