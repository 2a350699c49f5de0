"""The table of tenants."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from blacklight_servicekit.etag import etag_of
from blacklight_servicekit.tables import Kind
from sqlalchemy import Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from blacklight_auth.models import Base


class TenantRow(Base):
    """A recruiting company."""

    __tablename__ = "tenants"
    __table_args__ = (
        Index("uq_tenants_name", text("lower(name)"), unique=True),
        UniqueConstraint("slug"),
        Index("ix_tenants_name_id", "name", "id"),
        {"info": {"kind": Kind.PLATFORM}},
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    slug: Mapped[str]
    company_email: Mapped[str]
    state: Mapped[str]
    version: Mapped[int]
    create_time: Mapped[datetime]
    update_time: Mapped[datetime]

    @property
    def etag(self) -> str:
        """Changes with every write."""
        return etag_of(self.id, self.version)
