"""The table of events."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from blacklight_servicekit.tables import Kind
from sqlalchemy import BigInteger, DateTime, Identity, Index, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from blacklight_scraper.models import Base


class FleetEventRow(Base):
    """An event. `transaction_id` lets a watcher wait for transactions that began before and commit later, so that it
    misses none. An insert notifies the channel `fleet_scraper`."""

    __tablename__ = "fleet_events"
    __table_args__ = (
        Index("ix_fleet_events_event_time", "event_time"),
        Index("ix_fleet_events_transaction_id_event_id", "transaction_id", "event_id"),
        Index(
            "ix_fleet_events_session_id",
            "session_id",
            "event_id",
            postgresql_where=text("session_id IS NOT NULL"),
        ),
        {"info": {"kind": Kind.PLATFORM}},
    )

    event_id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    transaction_id: Mapped[int] = mapped_column(BigInteger, server_default=text("(pg_current_xact_id()::text)::bigint"))
    event_time: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    kind: Mapped[str] = mapped_column(Text)
    session_id: Mapped[UUID | None]
    platform: Mapped[str] = mapped_column(Text)
    api_key_id: Mapped[UUID | None]
    host_name: Mapped[str] = mapped_column(Text)
    detail: Mapped[dict[str, str]] = mapped_column(JSONB)
