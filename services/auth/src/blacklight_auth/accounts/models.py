"""Tables of the accounts. `tenant_id` is null for administrators of the platform: no tenant ever sees those rows."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from blacklight_servicekit.tables import Kind
from sqlalchemy import ForeignKey, Index, LargeBinary, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from blacklight_auth.accounts.lockout import Failures
from blacklight_auth.models import Base

WALLED = {"kind": Kind.TENANT, "platform": "write"}


class AccountRow(Base):
    """What signs in. Kept apart from the profile of a user, so that reading profiles never reads a hash."""

    __tablename__ = "accounts"
    __table_args__ = (
        # Not per tenant on purpose: a sign-in names no tenant, so an address is one account on the whole platform.
        Index("uq_accounts_email", text("lower(email)"), unique=True),
        UniqueConstraint("tenant_id", "id", "email"),
        {"info": WALLED},
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    tenant_id: Mapped[UUID | None] = mapped_column(ForeignKey("auth.tenants.id"))
    email: Mapped[str]
    password_hash: Mapped[str | None]
    failed_sign_ins: Mapped[int]
    locked_until: Mapped[datetime | None]
    sign_in_time: Mapped[datetime | None]
    create_time: Mapped[datetime]

    @property
    def failures(self) -> Failures:
        """The failed sign-ins, as the rule reads them."""
        return Failures(self.failed_sign_ins, self.locked_until)

    @failures.setter
    def failures(self, failures: Failures) -> None:
        self.failed_sign_ins, self.locked_until = failures.count, failures.locked_until


class SetPasswordTokenRow(Base):
    """A one-time token that permits to set an account's password."""

    __tablename__ = "set_password_tokens"
    __table_args__ = (Index("ix_set_password_tokens_account_id", "account_id"), {"info": WALLED})

    token_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("auth.accounts.id", ondelete="CASCADE"))
    tenant_id: Mapped[UUID | None]
    expire_time: Mapped[datetime]
    create_time: Mapped[datetime]
