"""The tables of the queue: roles, and the hold and rest of each role on each platform."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from blacklight_servicekit.tables import Kind
from sqlalchemy import BigInteger, DateTime, ForeignKey, Index, Integer, SmallInteger, Text, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from blacklight_scraper.models import Base


class QueuedRoleRow(Base):
    """A canonical role. Approval is kept apart from scheduling: no scrape changes it (P-39, P-41)."""

    __tablename__ = "queued_roles"
    __table_args__ = (
        Index("ix_queued_roles_name_role_id", "name", "role_id"),
        Index(
            "ix_queued_roles_claim_order",
            text("priority DESC"),
            text("last_scrape_time NULLS FIRST"),
            text("candidate_count DESC"),
            "role_id",
            postgresql_where=text("approval = 2"),
        ),
        {"info": {"kind": Kind.PLATFORM}},
    )

    role_id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    aliases: Mapped[list[str]] = mapped_column(ARRAY(Text))
    candidate_count: Mapped[int] = mapped_column(Integer)
    approval: Mapped[int] = mapped_column(SmallInteger)
    priority: Mapped[int] = mapped_column(SmallInteger)
    version: Mapped[int] = mapped_column(BigInteger)
    writes: Mapped[int] = mapped_column(BigInteger)
    last_scrape_time: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    create_time: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    update_time: Mapped[datetime] = mapped_column(DateTime(timezone=True))


class RolePlatformRow(Base):
    """A role on a platform: the open session that holds it, and until when it rests.

    Neither part of the key may be null, so a role and platform has one row (F-11).
    """

    __tablename__ = "role_platforms"
    __table_args__ = (
        Index("ix_role_platforms_held_by", "held_by", postgresql_where=text("held_by IS NOT NULL")),
        {"info": {"kind": Kind.PLATFORM}},
    )

    role_id: Mapped[UUID] = mapped_column(ForeignKey("scraper.queued_roles.role_id"), primary_key=True)
    platform: Mapped[str] = mapped_column(ForeignKey("scraper.platforms.name"), primary_key=True)
    held_by: Mapped[UUID | None]
    not_before: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    failures: Mapped[int] = mapped_column(Integer)
