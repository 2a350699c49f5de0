"""The table of hosts."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from blacklight_servicekit.tables import Kind
from sqlalchemy import DateTime, ForeignKey, Index, Integer, SmallInteger, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from blacklight_scraper.models import Base


class HostRow(Base):
    """A host: a key and a name; the empty name is the host by REST. `stream_id`: its open stream."""

    __tablename__ = "hosts"
    __table_args__ = (
        UniqueConstraint("api_key_id", "host_name"),
        Index("ix_hosts_host_name_host_id", "host_name", "host_id"),
        {"info": {"kind": Kind.PLATFORM}},
    )

    host_id: Mapped[UUID] = mapped_column(primary_key=True)
    api_key_id: Mapped[UUID] = mapped_column(ForeignKey("scraper.api_keys.api_key_id"))
    host_name: Mapped[str] = mapped_column(Text)
    agent_version: Mapped[str] = mapped_column(Text)
    protocol: Mapped[int] = mapped_column(Integer)
    capabilities: Mapped[list[str]] = mapped_column(ARRAY(Text))
    state: Mapped[int] = mapped_column(SmallInteger)
    state_reason: Mapped[str] = mapped_column(Text)
    stream_id: Mapped[UUID | None]
    connect_time: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    last_seen_time: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    create_time: Mapped[datetime] = mapped_column(DateTime(timezone=True))
