"""RoleService: decode, call, encode."""

from __future__ import annotations

from uuid import UUID

from blacklight.matching.v1 import role_pb2, role_service_pb2
from blacklight_servicekit.caller import Caller

from blacklight_matching.roles.service import Roles, RoleView
from blacklight_matching.wire import timestamp


class RoleServicer:
    """Canonical roles."""

    service = role_service_pb2.DESCRIPTOR.services_by_name["RoleService"]

    def __init__(self, roles: Roles) -> None:
        self._roles = roles

    def GetRole(self, request: role_service_pb2.GetRoleRequest, caller: Caller) -> role_pb2.CanonicalRole:
        """Reads one role."""
        return encode_role(self._roles.get_role(caller, UUID(request.role_id)))

    def ListRoles(
        self, request: role_service_pb2.ListRolesRequest, caller: Caller
    ) -> role_service_pb2.ListRolesResponse:
        """Lists roles by name."""
        roles, token = self._roles.list_roles(caller, page_size=request.page_size, page_token=request.page_token)
        return role_service_pb2.ListRolesResponse(roles=[encode_role(role) for role in roles], next_page_token=token)


def encode_role(role: RoleView) -> role_pb2.CanonicalRole:
    """A canonical role."""
    return role_pb2.CanonicalRole(
        role_id=str(role.role_id),
        name=role.name,
        aliases=role.aliases,
        candidate_count=role.candidate_count,
        version=role.version,
        create_time=timestamp(role.create_time),
    )
