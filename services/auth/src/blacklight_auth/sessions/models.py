"""Tables of the sessions. `tenant_id` is null for administrators of the platform."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from blacklight_servicekit.tables import Kind
from sqlalchemy import ForeignKey, Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from blacklight_auth.models import Base

WALLED = {"kind": Kind.TENANT, "platform": "write"}


class SessionRow(Base):
    """One signed-in device."""

    __tablename__ = "sessions"
    __table_args__ = (Index("ix_sessions_account_id", "account_id"), {"info": WALLED})

    id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("auth.accounts.id", ondelete="CASCADE"))
    tenant_id: Mapped[UUID | None]
    expire_time: Mapped[datetime]
    revoke_time: Mapped[datetime | None]
    revoke_reason: Mapped[str | None]
    create_time: Mapped[datetime]


class RefreshTokenRow(Base):
    """A refresh token, used or not; used ones stay until they run out, to be known again when they come back."""

    __tablename__ = "refresh_tokens"
    __table_args__ = (Index("ix_refresh_tokens_session_id", "session_id"), {"info": {**WALLED, "app": "none"}})

    token_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    session_id: Mapped[UUID] = mapped_column(ForeignKey("auth.sessions.id", ondelete="CASCADE"))
    tenant_id: Mapped[UUID | None]
    expire_time: Mapped[datetime]
    used_time: Mapped[datetime | None]
    create_time: Mapped[datetime]
