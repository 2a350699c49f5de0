"""The rules of tenants, for the administrators of the platform."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from blacklight.auth.v1 import tenant_pb2, tenant_service_pb2
from blacklight_servicekit import audit
from blacklight_servicekit.caller import Caller
from blacklight_servicekit.clock import Clock
from blacklight_servicekit.database import Database
from blacklight_servicekit.errors import AlreadyExists, NotFound
from blacklight_servicekit.paging import PageRequest
from blacklight_servicekit.request_log import once
from sqlalchemy import func, select, text, tuple_
from sqlalchemy.orm import Session

from blacklight_auth.accounts.email_address import normalise_email
from blacklight_auth.display_name import tidy_name
from blacklight_auth.roles.catalogue import TENANT_ADMIN
from blacklight_auth.tenants.models import TenantRow
from blacklight_auth.tenants.slug import free_slug, slug_of
from blacklight_auth.users.service import Users
from blacklight_auth.users.user import NewUser

ACTIVE = "ACTIVE"
# Names and slugs are chosen one tenant at a time: tenants are made seldom, and so two that want one slug get two.
_ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(hashtext('auth tenants'))")


class Tenants:
    """Recruiting companies."""

    def __init__(self, database: Database, users: Users, clock: Clock, new_id: Callable[[], UUID]) -> None:
        self._database = database
        self._users = users
        self._clock = clock
        self._new_id = new_id

    def create(
        self, caller: Caller, request: tenant_service_pb2.CreateTenantRequest
    ) -> tenant_service_pb2.CreateTenantResponse:
        """Makes a tenant and its first administrator; the answer holds their one-time token.

        As with users, a repeated `request_id` answers with an empty token: the token is kept as a hash only.
        Raises AlreadyExists (TENANT_NAME_IN_USE, SLUG_IN_USE, EMAIL_IN_USE).
        """
        issued = ""

        def make() -> tenant_service_pb2.CreateTenantResponse:
            nonlocal issued
            tenant = self._add(session, caller, request)
            admin = NewUser(request.admin_email, request.admin_given_name, request.admin_family_name, TENANT_ADMIN)
            user, issued = self._users.add(session, caller, tenant.id, admin, prefix="admin_")
            return tenant_service_pb2.CreateTenantResponse(tenant=encode_tenant(tenant), admin=user)

        with self._database.platform_transaction() as session:
            answer = once(
                session,
                caller,
                request_id=request.request_id,
                method="TenantService/CreateTenant",
                request=request,
                answer=tenant_service_pb2.CreateTenantResponse,
                make=make,
            )
        answer.set_password_token = issued
        return answer

    def get(self, caller: Caller, *, tenant_id: UUID) -> tenant_pb2.Tenant:
        """One tenant. Raises NotFound."""
        with self._database.platform_transaction() as session:
            row = session.get(TenantRow, tenant_id)
            if row is None:
                raise NotFound("no such tenant", reason="TENANT_NOT_FOUND")
            return encode_tenant(row)

    def list_(self, caller: Caller, *, page_size: int, page_token: str) -> tenant_service_pb2.ListTenantsResponse:
        """A page of all tenants by name."""
        page = PageRequest.of(page_size, page_token, {"list": "tenants"})
        wanted = select(TenantRow).order_by(TenantRow.name, TenantRow.id).limit(page.size + 1)
        if page.after is not None:
            wanted = wanted.where(tuple_(TenantRow.name, TenantRow.id) > page.after)
        with self._database.platform_transaction() as session:
            rows, token = page.cut(session.scalars(wanted).all(), key=lambda row: (row.name, row.id))
            tenants = [encode_tenant(row) for row in rows]
        return tenant_service_pb2.ListTenantsResponse(tenants=tenants, next_page_token=token)

    def is_active(self, session: Session, tenant_id: UUID) -> bool:
        """Part: whether the tenant's users may work now."""
        return session.scalar(select(TenantRow.state).where(TenantRow.id == tenant_id)) == ACTIVE

    def get_name(self, session: Session, tenant_id: UUID) -> str:
        """Part: the display name of a tenant that exists."""
        return session.scalars(select(TenantRow.name).where(TenantRow.id == tenant_id)).one()

    def _add(self, session: Session, caller: Caller, request: tenant_service_pb2.CreateTenantRequest) -> TenantRow:
        session.execute(_ONE_AT_A_TIME)
        name = tidy_name(request.name, field="name", at_least=2)
        _refuse_taken_name(session, name)
        now = self._clock()
        row = TenantRow(
            id=self._new_id(),
            name=name,
            slug=_choose_slug(session, wanted=request.slug, name=name),
            company_email=normalise_email(request.company_email, field="company_email"),
            state=ACTIVE,
            version=1,
            create_time=now,
            update_time=now,
        )
        session.add(row)
        session.flush()
        audit.record(session, caller, "tenant.created", row.id, tenant_id=row.id)
        return row


def encode_tenant(row: TenantRow) -> tenant_pb2.Tenant:
    """A tenant as the contract has it."""
    tenant = tenant_pb2.Tenant(
        tenant_id=str(row.id),
        name=row.name,
        slug=row.slug,
        company_email=row.company_email,
        state=tenant_pb2.TenantState.Value(f"TENANT_STATE_{row.state}"),
        etag=row.etag,
    )
    tenant.create_time.FromDatetime(row.create_time)
    tenant.update_time.FromDatetime(row.update_time)
    return tenant


def _refuse_taken_name(session: Session, name: str) -> None:
    if session.scalar(select(TenantRow.id).where(func.lower(TenantRow.name) == func.lower(name))) is not None:
        raise AlreadyExists("a tenant of that name exists", reason="TENANT_NAME_IN_USE", field="name")


def _choose_slug(session: Session, *, wanted: str, name: str) -> str:
    """The slug asked for, which must be free, or a free one made from the name."""
    base = wanted or slug_of(name)
    taken = session.scalars(select(TenantRow.slug).where(TenantRow.slug.startswith(base, autoescape=True))).all()
    if wanted and wanted in taken:
        raise AlreadyExists("a tenant of that slug exists", reason="SLUG_IN_USE", field="slug")
    return free_slug(base, taken)
