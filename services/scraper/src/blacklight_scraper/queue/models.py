"""The tables of the queue: roles, the targets that hosts claim, and the hold and rest of each on each platform."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from blacklight_servicekit.tables import Kind
from sqlalchemy import (
    BigInteger,
    Boolean,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    SmallInteger,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from blacklight_scraper.models import Base


class QueuedRoleRow(Base):
    """A canonical role. Approval is kept apart from scheduling: no scrape changes it (P-39, P-41)."""

    __tablename__ = "queued_roles"
    __table_args__ = (
        Index("ix_queued_roles_name_role_id", "name", "role_id"),
        {"info": {"kind": Kind.PLATFORM}},
    )

    role_id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    aliases: Mapped[list[str]] = mapped_column(ARRAY(Text))
    candidate_count: Mapped[int] = mapped_column(Integer)
    approval: Mapped[int] = mapped_column(SmallInteger)
    version: Mapped[int] = mapped_column(BigInteger)
    writes: Mapped[int] = mapped_column(BigInteger)
    create_time: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    update_time: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    paused: Mapped[bool] = mapped_column(Boolean)
    # The decision of matching that was applied last; what is decided here stays until a newer one.
    decision_version: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))


class QueueTargetRow(Base):
    """What a host claims: a role, in a place or with a query where these are given.

    A role's own target has the role's id and empty place and query. No part of the key may be null, so results of one
    query are never taken for another's (F-11). `approval` of a role's own target is the role's. `demanded`: told by
    matching, not made by an administrator. `last_try_time`: when it was last claimed, however that ended; claims go by
    it, so that one that fails does not come first again (P-39). `last_scrape_time`: when a sweep last ended well.
    `writes` counts what people and matching change, not what scraping does.
    """

    __tablename__ = "queue_targets"
    __table_args__ = (
        UniqueConstraint("role_id", "location", "candidate_query"),
        Index(
            "ix_queue_targets_claim_order",
            text("priority DESC"),
            text("last_try_time NULLS FIRST"),
            text("candidate_count DESC"),
            "target_id",
            postgresql_where=text("approval = 2 AND NOT paused AND delete_time IS NULL"),
        ),
        {"info": {"kind": Kind.PLATFORM}},
    )

    target_id: Mapped[UUID] = mapped_column(primary_key=True)
    role_id: Mapped[UUID] = mapped_column(ForeignKey("scraper.queued_roles.role_id"))
    location: Mapped[str] = mapped_column(Text)
    candidate_query: Mapped[str] = mapped_column(Text)
    approval: Mapped[int] = mapped_column(SmallInteger)
    priority: Mapped[int] = mapped_column(SmallInteger)
    candidate_count: Mapped[int] = mapped_column(Integer)
    paused: Mapped[bool] = mapped_column(Boolean)
    demanded: Mapped[bool] = mapped_column(Boolean)
    last_try_time: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    last_scrape_time: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    delete_time: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    writes: Mapped[int] = mapped_column(BigInteger)
    create_time: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    update_time: Mapped[datetime] = mapped_column(DateTime(timezone=True))


class TargetPlatformRow(Base):
    """A target on a platform: the open session that holds it, and until when it rests."""

    __tablename__ = "target_platforms"
    __table_args__ = (
        Index("ix_target_platforms_held_by", "held_by", postgresql_where=text("held_by IS NOT NULL")),
        {"info": {"kind": Kind.PLATFORM}},
    )

    target_id: Mapped[UUID] = mapped_column(ForeignKey("scraper.queue_targets.target_id"), primary_key=True)
    platform: Mapped[str] = mapped_column(ForeignKey("scraper.platforms.name"), primary_key=True)
    held_by: Mapped[UUID | None]
    not_before: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    failures: Mapped[int] = mapped_column(Integer)
