"""The table of portal users."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from blacklight_servicekit.etag import etag_of
from blacklight_servicekit.tables import Kind
from sqlalchemy import ForeignKeyConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from blacklight_auth.models import Base


class UserRow(Base):
    """A portal user's profile; `id` is the account's."""

    __tablename__ = "users"
    __table_args__ = (
        # Holds the address (and the tenant) to the account's own, whoever changes it there.
        ForeignKeyConstraint(
            ["tenant_id", "id", "email"],
            ["auth.accounts.tenant_id", "auth.accounts.id", "auth.accounts.email"],
            onupdate="CASCADE",
            ondelete="CASCADE",
        ),
        Index("uq_users_tenant_id_email", "tenant_id", "email", unique=True),
        {"info": {"kind": Kind.TENANT, "platform": "write"}},
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    tenant_id: Mapped[UUID]
    email: Mapped[str]
    given_name: Mapped[str]
    family_name: Mapped[str]
    system_role: Mapped[str]
    state: Mapped[str]
    version: Mapped[int]
    create_time: Mapped[datetime]
    update_time: Mapped[datetime]

    @property
    def etag(self) -> str:
        """Changes with every write to the profile."""
        return etag_of(self.id, self.version)

    def move_to(self, state: str, now: datetime) -> None:
        """Writes another state."""
        self.state, self.version, self.update_time = state, self.version + 1, now
