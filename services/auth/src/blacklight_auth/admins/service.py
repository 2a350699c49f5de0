"""The rules of administrators of the platform."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from blacklight_servicekit import audit
from blacklight_servicekit.caller import Caller
from blacklight_servicekit.clock import Clock
from blacklight_servicekit.database import Database
from blacklight_servicekit.errors import AlreadyExists
from sqlalchemy import select
from sqlalchemy.orm import Session

from blacklight_auth.accounts.email_address import normalise_email
from blacklight_auth.accounts.service import Accounts
from blacklight_auth.admins.models import AdminRow

ACTIVE = "ACTIVE"


class Admins:
    """Administrators of the platform; they belong to no tenant."""

    def __init__(self, database: Database, accounts: Accounts, clock: Clock, new_id: Callable[[], UUID]) -> None:
        self._database = database
        self._accounts = accounts
        self._clock = clock
        self._new_id = new_id

    def invite(self, caller: Caller, *, email: str) -> str:
        """Makes an administrator without a password. Returns the one-time token to set it (P-09: none is built in).

        One who was made before and has set no password yet gets a new token in place of the old one. Raises
        AlreadyExists (EMAIL_IN_USE) for any other account of that address.
        """
        address = normalise_email(email, field="email")
        with self._database.platform_transaction() as session:
            known = self._accounts.find_by_email(session, address)
            if known is None:
                admin_id = self._add(session, caller, address)
            elif known.tenant_id is None and known.password_hash is None:
                admin_id = known.account_id
                audit.record(session, caller, "platform_admin.invited_again", admin_id)
            else:
                raise AlreadyExists("that e-mail address is in use", reason="EMAIL_IN_USE", field="email")
            return self._accounts.issue_token(session, account_id=admin_id, tenant_id=None)

    def is_active(self, session: Session, admin_id: UUID) -> bool:
        """Part: whether an administrator may work now."""
        return session.scalar(select(AdminRow.state).where(AdminRow.id == admin_id)) == ACTIVE

    def _add(self, session: Session, caller: Caller, address: str) -> UUID:
        admin_id, now = self._new_id(), self._clock()
        self._accounts.open(session, account_id=admin_id, tenant_id=None, email=address)
        session.add(AdminRow(id=admin_id, state=ACTIVE, create_time=now, update_time=now))
        session.flush()
        audit.record(session, caller, "platform_admin.created", admin_id)
        return admin_id
