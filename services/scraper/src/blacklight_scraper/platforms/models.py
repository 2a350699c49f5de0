"""The table of job boards. A board is disabled, never deleted (P-44)."""

from __future__ import annotations

from datetime import datetime

from blacklight_servicekit.tables import Kind
from sqlalchemy import BigInteger, Boolean, DateTime, Integer, Text
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
