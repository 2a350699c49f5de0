"""Valid requests of auth, and tenants with their users to ask for."""

from __future__ import annotations

import base64
from typing import Any
from uuid import UUID

from blacklight.auth.v1 import (
    auth_service_pb2,
    role_service_pb2,
    tenant_service_pb2,
    user_service_pb2,
)
from blacklight.options.v1 import options_pb2
from blacklight_servicekit.caller import CallerKind
from blacklight_servicekit.ids import new_id
from blacklight_testkit.matrix import Builder, Ids, World

TENANTS = tenant_service_pb2.DESCRIPTOR.services_by_name["TenantService"].methods_by_name
USERS = user_service_pb2.DESCRIPTOR.services_by_name["UserService"].methods_by_name
AUTH = auth_service_pb2.DESCRIPTOR.services_by_name["AuthService"].methods_by_name
PASSWORD = "correct horse battery"

SEEDED = {"accounts", "users", "set_password_tokens", "audit_log"}
"""Tables with rows of a tenant that `seed` fills."""
WALLED_BY_DATABASE_ALONE = {"UserService.GetUser", "UserService.DeactivateUser"}
"""RPCs whose queries do not filter by tenant themselves: only the walls in the database hold them."""


def settings(folder: Any) -> dict[str, Any]:
    """What the service needs beside the common settings."""
    return {"key_encryption_key": base64.b64encode(bytes(range(32))).decode(), "bcrypt_rounds": 4}


def prepare(world: World) -> None:
    """Two tenants, each with the administrator who calls."""
    made = [world.rpc(TENANTS["CreateTenant"], create_tenant({}), CallerKind.PLATFORM_ADMIN, new_id()) for _ in "ab"]
    world.tenants = (UUID(made[0].tenant.tenant_id), UUID(made[1].tenant.tenant_id))
    world.users = {UUID(each.tenant.tenant_id): UUID(each.admin.user_id) for each in made}


def seed(world: World, tenant: UUID) -> Ids:
    """A user of the tenant who can sign in and is signed in, and one who has been invited only."""
    made = world.rpc(USERS["CreateUser"], create_user({}), CallerKind.USER, tenant)
    invited = world.rpc(USERS["CreateUser"], create_user({}), CallerKind.USER, tenant)
    world.rpc(AUTH["SetPassword"], set_password({"token": made.set_password_token}), CallerKind.PUBLIC, tenant)
    email = made.user.email
    pair = world.rpc(AUTH["Login"], login({"email": email}), CallerKind.PUBLIC, tenant)
    return {
        "tenant_id": str(tenant),
        "user_id": made.user.user_id,
        "email": email,
        "token": invited.set_password_token,
        "refresh_token": pair.refresh_token,
    }


def create_tenant(ids: Ids) -> Any:
    name = new_id().hex
    return tenant_service_pb2.CreateTenantRequest(
        name=f"Company {name}",
        company_email=f"office@{name}.example",
        admin_email=f"admin@{name}.example",
        admin_given_name="Robin",
        admin_family_name="Example",
    )


def create_user(ids: Ids) -> Any:
    return user_service_pb2.CreateUserRequest(
        email=f"{new_id().hex}@company.example",
        given_name="Kim",
        family_name="Example",
        system_role=options_pb2.SYSTEM_ROLE_RECRUITER,
    )


def set_password(ids: Ids) -> Any:
    return auth_service_pb2.SetPasswordRequest(token=ids["token"], new_password=PASSWORD)


def login(ids: Ids) -> Any:
    return auth_service_pb2.LoginRequest(email=ids["email"], password=PASSWORD)


BUILDERS = {
    "AuthService.Login": Builder(login),
    "AuthService.RefreshToken": Builder(
        lambda ids: auth_service_pb2.RefreshTokenRequest(refresh_token=ids["refresh_token"])
    ),
    "AuthService.Logout": Builder(lambda ids: auth_service_pb2.LogoutRequest()),
    "AuthService.SetPassword": Builder(set_password),
    "AuthService.GetMe": Builder(lambda ids: auth_service_pb2.GetMeRequest()),
    "AuthService.GetJwks": Builder(lambda ids: auth_service_pb2.GetJwksRequest()),
    "AuthService.GetSessionAccess": Builder(
        lambda ids: auth_service_pb2.GetSessionAccessRequest(session_id=ids["user_id"])
    ),
    "RoleService.ListSystemRoles": Builder(lambda ids: role_service_pb2.ListSystemRolesRequest()),
    "TenantService.CreateTenant": Builder(create_tenant),
    "TenantService.GetTenant": Builder(lambda ids: tenant_service_pb2.GetTenantRequest(tenant_id=ids["tenant_id"])),
    "TenantService.ListTenants": Builder(lambda ids: tenant_service_pb2.ListTenantsRequest()),
    "UserService.CreateUser": Builder(create_user),
    "UserService.GetUser": Builder(lambda ids: user_service_pb2.GetUserRequest(user_id=ids["user_id"])),
    "UserService.ListUsers": Builder(lambda ids: user_service_pb2.ListUsersRequest(), shows="user_id"),
    "UserService.DeactivateUser": Builder(lambda ids: user_service_pb2.DeactivateUserRequest(user_id=ids["user_id"])),
}
