"""The table of credentials."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from blacklight_servicekit.tables import Kind
from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    ColumnElement,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    Text,
    and_,
    case,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from blacklight_scraper.credentials.states import REAP_REST, REAPS_ALLOWED, CredentialState
from blacklight_scraper.models import Base


class CredentialRow(Base):
    """An account; `secret` is encrypted, and gone once the account is deleted. The lease's columns are all set or none;
    `lease_fetched`: the holder has been given the secret."""

    __tablename__ = "credentials"
    __table_args__ = (
        CheckConstraint("(state = 2) = (lease_token IS NOT NULL)", name="ck_credentials_lease"),
        Index(
            "uq_credentials_platform_name",
            "platform",
            "name",
            unique=True,
            postgresql_where=text("delete_time IS NULL"),
        ),
        Index(
            "ix_credentials_lease_order",
            "platform",
            "failure_count",
            text("last_success_time NULLS FIRST"),
            "credential_id",
            postgresql_where=text("delete_time IS NULL"),
        ),
        Index(
            "ix_credentials_lease_session_id",
            "lease_session_id",
            postgresql_where=text("lease_session_id IS NOT NULL"),
        ),
        {"info": {"kind": Kind.PLATFORM}},
    )

    credential_id: Mapped[UUID] = mapped_column(primary_key=True)
    platform: Mapped[str] = mapped_column(ForeignKey("scraper.platforms.name"))
    name: Mapped[str] = mapped_column(Text)
    profile_key: Mapped[str] = mapped_column(Text)
    notes: Mapped[str] = mapped_column(Text)
    secret: Mapped[bytes | None] = mapped_column(LargeBinary)
    has_proxy: Mapped[bool] = mapped_column(Boolean)
    state: Mapped[int] = mapped_column(SmallInteger)
    failure_count: Mapped[int] = mapped_column(Integer)
    reap_count: Mapped[int] = mapped_column(Integer)
    success_count: Mapped[int] = mapped_column(BigInteger)
    last_success_time: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    last_failure_time: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    last_failure_reason: Mapped[int] = mapped_column(SmallInteger)
    last_failure_message: Mapped[str] = mapped_column(Text)
    cooldown_end_time: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    lease_token: Mapped[UUID | None]
    lease_api_key_id: Mapped[UUID | None] = mapped_column(ForeignKey("scraper.api_keys.api_key_id"))
    lease_session_id: Mapped[UUID | None] = mapped_column(ForeignKey("scraper.sessions.session_id"))
    lease_start_time: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    lease_heartbeat_time: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    lease_expire_time: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    lease_fetched: Mapped[bool] = mapped_column(Boolean)
    delete_time: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    version: Mapped[int] = mapped_column(BigInteger)
    create_time: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    update_time: Mapped[datetime] = mapped_column(DateTime(timezone=True))


def lease_over(now: datetime) -> ColumnElement[bool]:
    """Whether it is leased no more for want of a sign of life, be the reaper there or not."""
    return and_(CredentialRow.state == CredentialState.IN_USE, CredentialRow.lease_expire_time <= now)


def state_now(now: datetime) -> ColumnElement[int]:
    """Where a credential stands at this time: a rest that is over and a lease that has expired need no sweep to count.

    An expired lease counts as reaped at the moment it expired; one whose secret was never given out just goes back.
    """
    person = case(
        (CredentialRow.profile_key != "", CredentialState.NEEDS_RELOGIN.value), else_=CredentialState.FAILED.value
    )
    reaped = case(
        (~CredentialRow.lease_fetched, CredentialState.AVAILABLE.value),
        (CredentialRow.reap_count >= REAPS_ALLOWED, person),
        (CredentialRow.lease_expire_time > now - REAP_REST, CredentialState.COOLDOWN.value),
        else_=CredentialState.AVAILABLE.value,
    )
    rested = and_(CredentialRow.state == CredentialState.COOLDOWN, CredentialRow.cooldown_end_time <= now)
    return case(
        (rested, CredentialState.AVAILABLE.value),
        (lease_over(now), reaped),
        else_=CredentialRow.state,
    )
