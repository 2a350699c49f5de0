"""The table of signing keys."""

from __future__ import annotations

from datetime import datetime

from blacklight_servicekit.tables import Kind
from sqlalchemy import LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from blacklight_auth.keys.schedule import Term
from blacklight_auth.models import Base


class SigningKeyRow(Base):
    """An Ed25519 key pair; the private half is sealed."""

    __tablename__ = "signing_keys"
    __table_args__ = ({"info": {"kind": Kind.PLATFORM}},)

    kid: Mapped[str] = mapped_column(primary_key=True)
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    sealed_private_key: Mapped[bytes] = mapped_column(LargeBinary)
    sign_time: Mapped[datetime]
    retire_time: Mapped[datetime | None]
    create_time: Mapped[datetime]

    @property
    def term(self) -> Term:
        """When it signs and until when it is shown."""
        return Term(self.kid, self.sign_time, self.retire_time)
