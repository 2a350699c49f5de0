"""gRPC methods of `TenantService`."""

from __future__ import annotations

from uuid import UUID

from blacklight.auth.v1 import tenant_pb2, tenant_service_pb2
from blacklight_servicekit.caller import Caller

from blacklight_auth.tenants.service import Tenants


class TenantServicer:
    """Tenants, for the administrators of the platform."""

    service = tenant_service_pb2.DESCRIPTOR.services_by_name["TenantService"]

    def __init__(self, tenants: Tenants) -> None:
        self._tenants = tenants

    def CreateTenant(
        self, request: tenant_service_pb2.CreateTenantRequest, caller: Caller
    ) -> tenant_service_pb2.CreateTenantResponse:
        """Makes a tenant with its first administrator."""
        return self._tenants.create(caller, request)

    def GetTenant(self, request: tenant_service_pb2.GetTenantRequest, caller: Caller) -> tenant_pb2.Tenant:
        """Reads a tenant."""
        return self._tenants.get(caller, tenant_id=UUID(request.tenant_id))

    def ListTenants(
        self, request: tenant_service_pb2.ListTenantsRequest, caller: Caller
    ) -> tenant_service_pb2.ListTenantsResponse:
        """Lists tenants."""
        return self._tenants.list_(caller, page_size=request.page_size, page_token=request.page_token)
