"""System roles, their rank and their permissions, read from the options of the contract (spec 1.3). Pure.

Roles are named without the prefix of the enum: `TENANT_ADMIN`, `MANAGER`, `TEAM_LEAD`, `RECRUITER`.
"""

from __future__ import annotations

from blacklight.options.v1 import options_pb2

_PREFIX = "SYSTEM_ROLE_"
TENANT_ADMIN = "TENANT_ADMIN"


def role_name(role: int) -> str:
    """The name of a value of `SystemRole`. Raises ValueError for one that is not in the contract."""
    return options_pb2.SystemRole.Name(options_pb2.SystemRole.ValueType(role)).removeprefix(_PREFIX)


def role_value(name: str) -> options_pb2.SystemRole.ValueType:
    """The value of `SystemRole` with this name. Raises ValueError for an unknown one."""
    return options_pb2.SystemRole.Value(_PREFIX + name)


def _derive() -> dict[str, frozenset[str]]:
    roles = [role_name(value.number) for value in options_pb2.SystemRole.DESCRIPTOR.values if value.number]
    held: dict[str, set[str]] = {role: set() for role in roles}
    for value in options_pb2.Permission.DESCRIPTOR.values:
        grant = value.GetOptions().Extensions[options_pb2.grant]
        if grant.name:
            for role in (TENANT_ADMIN, *(role_name(holder) for holder in grant.roles)):
                held[role].add(grant.name)
    return {role: frozenset(names) for role, names in held.items()}


_PERMISSIONS = _derive()

SYSTEM_ROLES = tuple(_PERMISSIONS)
"""Every system role, the highest first."""


def permissions_of(role: str) -> frozenset[str]:
    """The dotted names a system role holds. Raises KeyError for an unknown role."""
    return _PERMISSIONS[role]


def may_manage(own: str, other: str) -> bool:
    """Whether a holder of `own` may give or take away `other`: admins anything, the rest only what is below them.

    Peers may not manage each other (spec 1.2, portal user hierarchy).
    """
    return own == TENANT_ADMIN or SYSTEM_ROLES.index(own) < SYSTEM_ROLES.index(other)
