"""The tables of sessions and their platform runs. Rows are never deleted; counts are summed over batches."""

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
from blacklight_scraper.sessions.states import AssignmentView, RunState


class SweepRow(Base):
    """What groups sibling sessions: those on one target while one of them is open (F-28)."""

    __tablename__ = "sweeps"
    __table_args__ = (
        Index("uq_sweeps_open", "target_id", unique=True, postgresql_where=text("end_time IS NULL")),
        {"info": {"kind": Kind.PLATFORM}},
    )

    sweep_id: Mapped[UUID] = mapped_column(primary_key=True)
    target_id: Mapped[UUID] = mapped_column(ForeignKey("scraper.queue_targets.target_id"))
    create_time: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    end_time: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class SessionRow(Base):
    """An assignment that a host works. A claim id with an index is unique a key, so a repeated claim finds its
    sessions (F-01). `touched`: the host has shown that it knows of it."""

    __tablename__ = "sessions"
    __table_args__ = (
        UniqueConstraint("api_key_id", "claim_id", "claim_index"),
        Index("ix_sessions_sweep_id", "sweep_id"),
        Index("ix_sessions_create_time_session_id", "create_time", "session_id"),
        Index("ix_sessions_open", "api_key_id", "host_name", postgresql_where=text("end_time IS NULL")),
        {"info": {"kind": Kind.PLATFORM}},
    )

    session_id: Mapped[UUID] = mapped_column(primary_key=True)
    claim_id: Mapped[UUID]
    api_key_id: Mapped[UUID] = mapped_column(ForeignKey("scraper.api_keys.api_key_id"))
    host_name: Mapped[str] = mapped_column(Text)
    role_id: Mapped[UUID] = mapped_column(ForeignKey("scraper.queued_roles.role_id"))
    role_name: Mapped[str] = mapped_column(Text)
    aliases: Mapped[list[str]] = mapped_column(ARRAY(Text))
    platforms: Mapped[list[str]] = mapped_column(ARRAY(Text))
    fencing_token: Mapped[int] = mapped_column(BigInteger)
    last_sequence: Mapped[int] = mapped_column(BigInteger)
    state: Mapped[int] = mapped_column(SmallInteger)
    create_time: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    last_seen_time: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    end_time: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    target_id: Mapped[UUID] = mapped_column(ForeignKey("scraper.queue_targets.target_id"))
    sweep_id: Mapped[UUID | None] = mapped_column(ForeignKey("scraper.sweeps.sweep_id"))
    claim_index: Mapped[int] = mapped_column(Integer)
    candidate_count: Mapped[int] = mapped_column(Integer)
    location: Mapped[str] = mapped_column(Text)
    candidate_query: Mapped[str] = mapped_column(Text)
    transport: Mapped[int] = mapped_column(SmallInteger)
    liveness_seconds: Mapped[int] = mapped_column(Integer)
    paused: Mapped[bool] = mapped_column(Boolean)
    touched: Mapped[bool] = mapped_column(Boolean)
    end_reason: Mapped[str] = mapped_column(Text)

    def assignment(self) -> AssignmentView:
        """The assignment as its holder gets it now."""
        return AssignmentView(
            claim_id=self.claim_id,
            session_id=self.session_id,
            fencing_token=self.fencing_token,
            target_id=self.target_id,
            role_id=self.role_id,
            role_name=self.role_name,
            aliases=tuple(self.aliases),
            platforms=tuple(self.platforms),
            location=self.location,
            candidate_query=self.candidate_query,
            candidate_count=self.candidate_count,
        )


class PlatformRunRow(Base):
    """One platform of a session."""

    __tablename__ = "platform_runs"
    __table_args__ = (
        Index(
            "ix_platform_runs_platform_report_time",
            "platform",
            text("report_time DESC"),
            postgresql_where=text("report_time IS NOT NULL"),
        ),
        Index("ix_platform_runs_pending", "platform", "session_id", postgresql_where=text("state = 1")),
        {"info": {"kind": Kind.PLATFORM}},
    )

    session_id: Mapped[UUID] = mapped_column(ForeignKey("scraper.sessions.session_id"), primary_key=True)
    platform: Mapped[str] = mapped_column(Text, primary_key=True)
    state: Mapped[int] = mapped_column(SmallInteger)
    failure_reason: Mapped[int] = mapped_column(SmallInteger)
    message: Mapped[str] = mapped_column(Text)
    report_time: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


def pending_run(session_id: UUID, platform: str) -> dict[str, object]:
    """The values of a platform that is not reported yet."""
    return {
        "session_id": session_id,
        "platform": platform,
        "state": RunState.PENDING,
        "failure_reason": 0,
        "message": "",
        "report_time": None,
    }
