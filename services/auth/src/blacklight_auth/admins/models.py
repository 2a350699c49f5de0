"""The table of administrators of the platform."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from blacklight_servicekit.tables import Kind
from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from blacklight_auth.models import Base


class AdminRow(Base):
    """An administrator of the platform; `id` is the account's."""

    __tablename__ = "platform_admins"
    __table_args__ = ({"info": {"kind": Kind.PLATFORM}},)

    id: Mapped[UUID] = mapped_column(ForeignKey("auth.accounts.id", ondelete="CASCADE"), primary_key=True)
    state: Mapped[str]
    create_time: Mapped[datetime]
    update_time: Mapped[datetime]
