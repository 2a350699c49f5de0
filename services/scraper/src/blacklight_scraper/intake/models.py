"""The table of batches: what a host delivered, once (P-35), and what became of it."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from blacklight_servicekit.tables import Kind
from sqlalchemy import (
    BigInteger,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from blacklight_scraper.models import Base


class BatchRow(Base):
    """A batch, ordered by `sequence` within its session (P-45); `payload` goes after its retention."""

    __tablename__ = "batches"
    __table_args__ = (
        UniqueConstraint("session_id", "sequence"),
        Index("ix_batches_waiting", "session_id", postgresql_where=text("state = 1")),
        Index("ix_batches_create_time_batch_id", "create_time", "batch_id"),
        Index("ix_batches_failed", "settle_time", postgresql_where=text("state = 3")),
        Index(
            "ix_batches_payload_due",
            "create_time",
            postgresql_where=text("payload IS NOT NULL AND state <> 1"),
        ),
        {"info": {"kind": Kind.PLATFORM}},
    )

    batch_id: Mapped[UUID] = mapped_column(primary_key=True)
    session_id: Mapped[UUID] = mapped_column(ForeignKey("scraper.sessions.session_id"))
    sequence: Mapped[int] = mapped_column(BigInteger)
    role_id: Mapped[UUID]
    platform: Mapped[str] = mapped_column(Text)
    payload: Mapped[bytes | None] = mapped_column(LargeBinary)
    sha256: Mapped[bytes] = mapped_column(LargeBinary)
    acknowledgement: Mapped[bytes] = mapped_column(LargeBinary)
    received: Mapped[int] = mapped_column(Integer)
    accepted: Mapped[int] = mapped_column(Integer)
    state: Mapped[int] = mapped_column(SmallInteger)
    new: Mapped[int] = mapped_column(Integer)
    refreshed: Mapped[int] = mapped_column(Integer)
    duplicate: Mapped[int] = mapped_column(Integer)
    rejected: Mapped[int] = mapped_column(Integer)
    failure: Mapped[str] = mapped_column(Text)
    create_time: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    settle_time: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    results: Mapped[bytes | None] = mapped_column(LargeBinary)
    fills: Mapped[list[int] | None] = mapped_column(ARRAY(SmallInteger))
    retries: Mapped[int] = mapped_column(Integer)
    submission_id: Mapped[UUID | None]
