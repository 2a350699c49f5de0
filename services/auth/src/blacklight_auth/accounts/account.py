"""Accounts as other features see them. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Account:
    """An account; without a tenant it is an administrator of the platform."""

    account_id: UUID
    tenant_id: UUID | None
    password_hash: str | None


class Attempt(Enum):
    """What became of a sign-in attempt."""

    ADMITTED = "admitted"
    """The right password on an account that is not locked."""
    REFUSED = "refused"
    """A wrong password, counted."""
    LOCKED = "locked"
    """A wrong password, the one that locked the account."""
    IGNORED = "ignored"
    """The account was locked already, or its password has changed meanwhile: nothing counts."""
