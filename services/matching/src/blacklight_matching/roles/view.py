"""What a canonical role looks like to others, and the states it may be in. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from blacklight_servicekit.etag import etag_of

PENDING, APPROVED, REJECTED, MERGED = "PENDING", "APPROVED", "REJECTED", "MERGED"
LIVE = (PENDING, APPROVED)
"""A role that names lead to."""


@dataclass(frozen=True, slots=True)
class RoleView:
    """A canonical role as others see it.

    Attributes:
        decision_version: grows with each decision of an administrator on it; 0 while there is none.
    """

    role_id: UUID
    name: str
    aliases: tuple[str, ...]
    candidate_count: int
    version: int
    create_time: datetime
    state: str
    merged_into: UUID | None
    reject_reason: str
    occupation_code: str
    decision_version: int

    @property
    def etag(self) -> str:
        """Changes with every change."""
        return role_etag(self.role_id, self.version)


@dataclass(frozen=True, slots=True)
class RoleCounts:
    """Roles by state; `unwanted` are live ones without a candidate."""

    pending: int
    approved: int
    rejected: int
    merged: int
    unwanted: int


def role_etag(role_id: UUID, version: int) -> str:
    """The etag of a version of a role."""
    return etag_of("role", role_id, version)
