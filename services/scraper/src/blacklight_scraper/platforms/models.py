"""The table of job boards. A board is disabled, never deleted (P-44)."""

from __future__ import annotations

from datetime import datetime

from blacklight_servicekit.tables import Kind
from sqlalchemy import BigInteger, Boolean, DateTime, Integer, SmallInteger, Text
from sqlalchemy.orm import Mapped, mapped_column

from blacklight_scraper.models import Base


class PlatformRow(Base):
    """A job board; `version` counts its writes."""

    __tablename__ = "platforms"
    __table_args__ = ({"info": {"kind": Kind.PLATFORM}},)

    name: Mapped[str] = mapped_column(Text, primary_key=True)
    display_name: Mapped[str] = mapped_column(Text)
    enabled: Mapped[bool] = mapped_column(Boolean)
    priority: Mapped[int] = mapped_column(Integer)
    version: Mapped[int] = mapped_column(BigInteger)
    create_time: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    update_time: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    base_url: Mapped[str] = mapped_column(Text)
    description: Mapped[str] = mapped_column(Text)
    cadence_minutes: Mapped[int] = mapped_column(Integer)
    max_in_flight: Mapped[int] = mapped_column(Integer)
    login: Mapped[int] = mapped_column(SmallInteger)
    session_cookie: Mapped[str] = mapped_column(Text)
    paused: Mapped[bool] = mapped_column(Boolean)
    pause_reason: Mapped[str] = mapped_column(Text)
