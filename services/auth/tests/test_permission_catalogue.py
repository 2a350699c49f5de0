import pytest
from blacklight.options.v1 import options_pb2
from blacklight_auth.roles.catalogue import SYSTEM_ROLES, may_manage, permissions_of, role_name, role_value
from blacklight_servicekit.access import permission_name

PERMISSIONS = {permission_name(value) for value in options_pb2.Permission.values() if value}


def test_lists_the_four_system_roles_by_rank() -> None:
    assert SYSTEM_ROLES == ("TENANT_ADMIN", "MANAGER", "TEAM_LEAD", "RECRUITER")


def test_gives_a_tenant_admin_every_permission_of_the_contract() -> None:
    assert permissions_of("TENANT_ADMIN") == PERMISSIONS


def test_gives_every_other_role_exactly_what_the_contract_grants_it() -> None:
    for role in SYSTEM_ROLES[1:]:
        granted = {
            value.GetOptions().Extensions[options_pb2.grant].name
            for value in options_pb2.Permission.DESCRIPTOR.values
            if role_value(role) in value.GetOptions().Extensions[options_pb2.grant].roles
        }
        assert permissions_of(role) == granted
        assert granted < PERMISSIONS


def test_lets_a_recruiter_upload_resumes_but_not_create_users() -> None:
    assert "candidates.upload_resume" in permissions_of("RECRUITER")
    assert "users.create" not in permissions_of("RECRUITER")


@pytest.mark.parametrize(
    ("own", "other", "allowed"),
    [
        ("TENANT_ADMIN", "TENANT_ADMIN", True),
        ("TENANT_ADMIN", "RECRUITER", True),
        ("MANAGER", "TENANT_ADMIN", False),
        ("MANAGER", "MANAGER", False),
        ("MANAGER", "TEAM_LEAD", True),
        ("TEAM_LEAD", "RECRUITER", True),
        ("RECRUITER", "RECRUITER", False),
    ],
)
def test_lets_nobody_manage_a_peer_or_somebody_above(own: str, other: str, allowed: bool) -> None:
    assert may_manage(own, other) is allowed


def test_names_roles_both_ways() -> None:
    assert [role_name(role_value(role)) for role in SYSTEM_ROLES] == list(SYSTEM_ROLES)
