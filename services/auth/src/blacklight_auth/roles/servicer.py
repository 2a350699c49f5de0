"""gRPC methods of `RoleService`."""

from __future__ import annotations

from blacklight.auth.v1 import role_service_pb2
from blacklight_servicekit.caller import Caller

from blacklight_auth.roles.catalogue import SYSTEM_ROLES, permissions_of, role_value


class RoleServicer:
    """The system roles, as the contract has them."""

    service = role_service_pb2.DESCRIPTOR.services_by_name["RoleService"]

    def ListSystemRoles(
        self, request: role_service_pb2.ListSystemRolesRequest, caller: Caller
    ) -> role_service_pb2.ListSystemRolesResponse:
        """Every system role with its permissions, the highest first."""
        return role_service_pb2.ListSystemRolesResponse(
            roles=[
                role_service_pb2.SystemRolePermissions(
                    system_role=role_value(role), permissions=sorted(permissions_of(role))
                )
                for role in SYSTEM_ROLES
            ]
        )
