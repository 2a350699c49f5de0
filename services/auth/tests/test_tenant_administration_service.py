"""Tenants: made and read by administrators of the platform only."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from blacklight.auth.v1 import tenant_pb2, tenant_service_pb2, user_pb2
from blacklight.options.v1 import options_pb2


def _list(platform: Any, admin: Any, **fields: Any) -> Any:
    return platform.tenants.ListTenants(tenant_service_pb2.ListTenantsRequest(**fields), metadata=admin.bearer)


def test_makes_a_tenant_with_its_first_administrator(platform: Any) -> None:
    root = platform.platform_admin()
    made = platform.create_tenant(root, name=" Acme   Staffing, Inc. ", company_email="Office@Acme.example")
    assert (made.tenant.name, made.tenant.slug) == ("Acme Staffing, Inc.", "acme-staffing-inc")
    assert made.tenant.company_email == "office@acme.example"
    assert made.tenant.state == tenant_pb2.TENANT_STATE_ACTIVE
    assert made.admin.tenant_id == made.tenant.tenant_id
    assert made.admin.system_role == options_pb2.SYSTEM_ROLE_TENANT_ADMIN
    assert made.admin.state == user_pb2.USER_STATE_INVITED
    read = platform.tenants.GetTenant(
        tenant_service_pb2.GetTenantRequest(tenant_id=made.tenant.tenant_id), metadata=root.bearer
    )
    assert read == made.tenant


def test_gives_tenants_of_one_slug_different_ones_even_at_once(platform: Any) -> None:
    root = platform.platform_admin()
    names = [f"Acme{'!' * count}" for count in range(6)]
    with ThreadPoolExecutor(6) as pool:
        slugs = list(pool.map(lambda name: platform.create_tenant(root, name=name).tenant.slug, names))
    assert sorted(slugs) == ["acme", "acme-2", "acme-3", "acme-4", "acme-5", "acme-6"]


@pytest.mark.parametrize(
    ("field", "reason"),
    [("name", "TENANT_NAME_IN_USE"), ("slug", "SLUG_IN_USE"), ("admin_email", "EMAIL_IN_USE")],
)
def test_refuses_what_another_tenant_has_and_makes_nothing(
    platform: Any, refused: Any, field: Any, reason: Any
) -> None:
    root = platform.platform_admin()
    taken = {"name": "Acme", "slug": "acme", "admin_email": "boss@acme.example"}
    platform.create_tenant(root, **taken)
    answer = refused(lambda: platform.create_tenant(root, **{field: taken[field]}))
    assert (answer.code, answer.reason, answer.fields) == ("ALREADY_EXISTS", reason, (field,))
    assert len(_list(platform, root).tenants) == 1


def test_replays_a_request_without_its_token(platform: Any, refused: Any) -> None:
    root = platform.platform_admin()
    fields = {
        "name": "Acme",
        "admin_email": "boss@acme.example",
        "request_id": "01890000-0000-7000-8000-000000000002",
    }
    made, again = (platform.create_tenant(root, **fields) for _ in range(2))
    assert (again.tenant, again.admin, again.set_password_token) == (made.tenant, made.admin, "")
    answer = refused(lambda: platform.create_tenant(root, **{**fields, "name": "Other"}))
    assert (answer.code, answer.reason, answer.fields) == ("ABORTED", "REQUEST_ID_REUSED", ("request_id",))


def test_pages_tenants_by_name(platform: Any) -> None:
    root = platform.platform_admin()
    for name in ("Cedar", "Aspen", "Birch"):
        platform.create_tenant(root, name=name)
    first = _list(platform, root, page_size=2)
    second = _list(platform, root, page_size=2, page_token=first.next_page_token)
    assert [tenant.name for tenant in first.tenants] == ["Aspen", "Birch"]
    assert [tenant.name for tenant in second.tenants] == ["Cedar"]
    assert second.next_page_token == ""


def test_says_that_an_unknown_tenant_is_not_found(platform: Any, refused: Any) -> None:
    root = platform.platform_admin()
    request = tenant_service_pb2.GetTenantRequest(tenant_id="01890000-0000-7000-8000-000000000000")
    answer = refused(lambda: platform.tenants.GetTenant(request, metadata=root.bearer))
    assert (answer.code, answer.reason) == ("NOT_FOUND", "TENANT_NOT_FOUND")


def test_keeps_tenants_from_tenant_administrators(platform: Any, refused: Any) -> None:
    admin = platform.tenant_admin()
    assert refused(lambda: _list(platform, admin)).code == "PERMISSION_DENIED"
    assert refused(lambda: platform.create_tenant(admin)).code == "PERMISSION_DENIED"
