"""Who calls: decided once, from a verified token or key, and passed to every service method. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from blacklight_servicekit.errors import Denied


class CallerKind(StrEnum):
    """The kinds of caller, named as in `blacklight.options.v1.CallerKind`."""

    PUBLIC = "PUBLIC"
    USER = "USER"
    PLATFORM_ADMIN = "PLATFORM_ADMIN"
    HOST = "HOST"
    SERVICE = "SERVICE"


@dataclass(frozen=True, slots=True)
class Caller:
    """A caller: `id` is the user, administrator, API key or service; permissions are dotted names.

    `calls_per_minute`: how many calls it may begin, a stream counting as one; 0 = no limit of its own.
    """

    kind: CallerKind
    id: str
    tenant_id: UUID | None = None
    permissions: frozenset[str] = frozenset()
    session_id: str = ""
    request_id: str = ""
    platforms: frozenset[str] = frozenset()
    calls_per_minute: int = 0

    @property
    def tenant(self) -> UUID:
        """The tenant the caller acts in. Raises Denied (NO_TENANT) for a caller without one."""
        if self.tenant_id is None:
            raise Denied("this call needs a caller that belongs to a tenant", reason="NO_TENANT")
        return self.tenant_id

    @classmethod
    def service(cls, name: str, tenant_id: UUID | None) -> Caller:
        """A service at work by itself, for one tenant or (None) for the platform."""
        return cls(CallerKind.SERVICE, name, tenant_id)


PUBLIC = Caller(CallerKind.PUBLIC, "public")
