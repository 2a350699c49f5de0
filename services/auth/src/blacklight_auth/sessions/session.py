"""Sessions as other features see them. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class OpenSession:
    """A session that holds; without a tenant it is an administrator's."""

    session_id: UUID
    account_id: UUID
    tenant_id: UUID | None


@dataclass(frozen=True, slots=True)
class Renewal:
    """A session with the refresh token that renews it next, shown only here."""

    session: OpenSession
    refresh_token: str
    expire_time: datetime


@dataclass(frozen=True, slots=True)
class Reuse:
    """A refresh token came back a second time; its session has been revoked."""

    session: OpenSession
