"""RoleService: decode, call, encode."""

from __future__ import annotations

from dataclasses import asdict
from uuid import UUID

from blacklight.matching.v1 import role_pb2
from blacklight.matching.v1 import role_service_pb2 as api
from blacklight_servicekit.caller import Caller

from blacklight_matching.roles.candidates.service import RoleCandidates
from blacklight_matching.roles.decisions.service import RoleDecisions
from blacklight_matching.roles.listing.service import RoleList
from blacklight_matching.roles.service import Roles
from blacklight_matching.roles.view import RoleView
from blacklight_matching.wire import clean, timestamp, without_prefix


class RoleServicer:
    """Canonical roles."""

    service = api.DESCRIPTOR.services_by_name["RoleService"]

    def __init__(self, roles: Roles, role_list: RoleList, decisions: RoleDecisions, candidates: RoleCandidates) -> None:
        self._roles = roles
        self._list = role_list
        self._decisions = decisions
        self._candidates = candidates

    def GetRole(self, request: api.GetRoleRequest, caller: Caller) -> role_pb2.CanonicalRole:
        """Reads one role."""
        return encode_role(self._roles.get_role(caller, UUID(request.role_id)))

    def ListRoles(self, request: api.ListRolesRequest, caller: Caller) -> api.ListRolesResponse:
        """Lists roles."""
        roles, token = self._list.list_roles(
            caller,
            page_size=request.page_size,
            page_token=request.page_token,
            state=without_prefix(role_pb2.RoleState.Name(request.state), "ROLE_STATE_"),
            search=clean(request.search),
            order_by=request.order_by,
        )
        return api.ListRolesResponse(roles=[encode_role(role) for role in roles], next_page_token=token)

    def ApproveRole(self, request: api.ApproveRoleRequest, caller: Caller) -> role_pb2.CanonicalRole:
        """Says that it is a role."""
        return encode_role(self._decisions.approve(caller, UUID(request.role_id), etag=request.etag))

    def RejectRole(self, request: api.RejectRoleRequest, caller: Caller) -> role_pb2.CanonicalRole:
        """Says that it is none."""
        reason = clean(request.reason)
        return encode_role(self._decisions.reject(caller, UUID(request.role_id), reason=reason, etag=request.etag))

    def MergeRole(self, request: api.MergeRoleRequest, caller: Caller) -> role_pb2.CanonicalRole:
        """Has a role go into another."""
        into = UUID(request.into_role_id)
        return encode_role(self._decisions.merge(caller, UUID(request.role_id), into, etag=request.etag))

    def RenameRole(self, request: api.RenameRoleRequest, caller: Caller) -> role_pb2.CanonicalRole:
        """Renames a role."""
        name = clean(request.name).strip()
        return encode_role(self._decisions.rename(caller, UUID(request.role_id), name, etag=request.etag))

    def AddRoleAlias(self, request: api.AddRoleAliasRequest, caller: Caller) -> role_pb2.CanonicalRole:
        """Adds another name."""
        return encode_role(self._decisions.add_alias(caller, UUID(request.role_id), clean(request.alias).strip()))

    def RemoveRoleAlias(self, request: api.RemoveRoleAliasRequest, caller: Caller) -> role_pb2.CanonicalRole:
        """Takes a name off."""
        return encode_role(self._decisions.remove_alias(caller, UUID(request.role_id), clean(request.alias)))

    def ListRoleCandidates(
        self, request: api.ListRoleCandidatesRequest, caller: Caller
    ) -> api.ListRoleCandidatesResponse:
        """Lists who of the tenant holds a role."""
        found, token = self._candidates.list_of(
            caller, UUID(request.role_id), page_size=request.page_size, page_token=request.page_token
        )
        return api.ListRoleCandidatesResponse(
            candidates=[
                api.RoleCandidate(
                    candidate_id=str(each.candidate_id),
                    candidate_name=each.display_name,
                    current_title=each.current_title,
                    matchable=each.matchable,
                )
                for each in found
            ],
            next_page_token=token,
        )

    def GetRoleStatistics(self, request: api.GetRoleStatisticsRequest, caller: Caller) -> api.RoleStatistics:
        """Counts roles."""
        return api.RoleStatistics(**asdict(self._list.count_roles(caller)))


def encode_role(role: RoleView) -> role_pb2.CanonicalRole:
    """A canonical role."""
    return role_pb2.CanonicalRole(
        role_id=str(role.role_id),
        name=role.name,
        aliases=role.aliases,
        candidate_count=role.candidate_count,
        version=role.version,
        create_time=timestamp(role.create_time),
        state=role_pb2.RoleState.Value(f"ROLE_STATE_{role.state}"),
        merged_into=str(role.merged_into or ""),
        reject_reason=role.reject_reason,
        occupation_code=role.occupation_code,
        etag=role.etag,
    )
