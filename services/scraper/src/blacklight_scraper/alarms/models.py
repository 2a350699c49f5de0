"""The table of alarms."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from blacklight_servicekit.tables import Kind
from sqlalchemy import DateTime, Double, Index, Integer, SmallInteger, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from blacklight_scraper.models import Base


class AlarmRow(Base):
    """An alarm; of one kind, platform, field and host one is open at a time."""

    __tablename__ = "alarms"
    __table_args__ = (
        Index(
            "uq_alarms_open",
            "kind",
            "platform",
            "field",
            "host_id",
            unique=True,
            postgresql_where=text("clear_time IS NULL"),
        ),
        Index("ix_alarms_raise_time_alarm_id", "raise_time", "alarm_id"),
        {"info": {"kind": Kind.PLATFORM}},
    )

    alarm_id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[int] = mapped_column(SmallInteger)
    platform: Mapped[str] = mapped_column(Text)
    field: Mapped[str] = mapped_column(Text)
    host_id: Mapped[str] = mapped_column(Text)
    observed: Mapped[float] = mapped_column(Double)
    expected: Mapped[float] = mapped_column(Double)
    runs: Mapped[int] = mapped_column(Integer)
    message: Mapped[str] = mapped_column(Text)
    raise_time: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    last_seen_time: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    clear_time: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    acknowledge_time: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    acknowledged_by: Mapped[str] = mapped_column(Text)


class AlarmWatchRow(Base):
    """The one row that tells whether alarms are looked for: `begin_time` of the last round, `end_time` of the last one
    that went through, and why one did not (F-26)."""

    __tablename__ = "alarm_watch"
    __table_args__ = ({"info": {"kind": Kind.PLATFORM}},)

    watch_id: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    begin_time: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    end_time: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    failure: Mapped[str] = mapped_column(Text)
