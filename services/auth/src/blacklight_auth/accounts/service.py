"""The rules of accounts: parts only, called by the verbs of users, administrators and sign-in in their transactions."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from blacklight_servicekit.clock import Clock
from blacklight_servicekit.errors import AlreadyExists
from sqlalchemy import delete, func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from blacklight_auth.accounts.account import Account, Attempt
from blacklight_auth.accounts.email_address import normalise_email
from blacklight_auth.accounts.lockout import Failures
from blacklight_auth.accounts.models import AccountRow, SetPasswordTokenRow
from blacklight_auth.accounts.secret import NewSecret, fingerprint

SET_PASSWORD_LIFETIME = timedelta(hours=72)


class Accounts:
    """Accounts of portal users and of administrators: one address, one password, one lock."""

    def __init__(self, clock: Clock, new_secret: NewSecret) -> None:
        self._clock = clock
        self._new_secret = new_secret

    def open(
        self, session: Session, *, account_id: UUID, tenant_id: UUID | None, email: str, field: str = "email"
    ) -> str:
        """Makes an account without a password. Returns the address as kept. Raises AlreadyExists (EMAIL_IN_USE)."""
        address = normalise_email(email, field=field)
        made = session.execute(
            insert(AccountRow)
            .values(
                id=account_id,
                tenant_id=tenant_id,
                email=address,
                failed_sign_ins=0,
                create_time=self._clock(),
            )
            .on_conflict_do_nothing(index_elements=[text("lower(email)")])
            .returning(AccountRow.id)
        ).scalar_one_or_none()
        if made is None:
            raise AlreadyExists("that e-mail address is in use", reason="EMAIL_IN_USE", field=field)
        return address

    def find_by_email(self, session: Session, email: str) -> Account | None:
        """The account of an address, whoever's it is: for sign-in."""
        row = session.scalar(select(AccountRow).where(func.lower(AccountRow.email) == func.lower(email)))
        return None if row is None else _seen(row)

    def get_email(self, session: Session, account_id: UUID) -> str:
        """The address of an account that exists."""
        return session.scalars(select(AccountRow.email).where(AccountRow.id == account_id)).one()

    def settle_attempt(self, session: Session, account: Account, *, matched: bool) -> Attempt:
        """Writes down a sign-in attempt on `account` as it was read before its password was compared.

        Attempts on one account are settled one after the other (row lock), so five wrong ones lock it however many
        arrive together, and the right one is admitted only when fewer than five wrong ones came before it.
        """
        now = self._clock()
        row = _locked(session, account.account_id)
        if row.failures.locked(now) or row.password_hash != account.password_hash:
            return Attempt.IGNORED
        if matched:
            row.failures, row.sign_in_time = Failures(), now
            return Attempt.ADMITTED
        row.failures = row.failures.after_failure(now)
        return Attempt.LOCKED if row.failures.locked(now) else Attempt.REFUSED

    def issue_token(self, session: Session, *, account_id: UUID, tenant_id: UUID | None) -> str:
        """A one-time token to set the account's password with, within 72 hours; earlier ones stop working."""
        self.withdraw_tokens(session, account_id)
        secret, now = self._new_secret(), self._clock()
        session.add(
            SetPasswordTokenRow(
                token_hash=fingerprint(secret),
                account_id=account_id,
                tenant_id=tenant_id,
                expire_time=now + SET_PASSWORD_LIFETIME,
                create_time=now,
            )
        )
        session.flush()
        return secret

    def withdraw_tokens(self, session: Session, account_id: UUID) -> None:
        """Ends every one-time token of an account."""
        session.execute(delete(SetPasswordTokenRow).where(SetPasswordTokenRow.account_id == account_id))

    def find_by_token(self, session: Session, token: str) -> Account | None:
        """The account whose password the one-time token permits to set, while it is good."""
        row = session.scalar(
            select(AccountRow)
            .join(SetPasswordTokenRow, SetPasswordTokenRow.account_id == AccountRow.id)
            .where(SetPasswordTokenRow.token_hash == fingerprint(token))
            .where(SetPasswordTokenRow.expire_time > self._clock())
        )
        return None if row is None else _seen(row)

    def use_token(self, session: Session, token: str) -> bool:
        """Uses a one-time token up; of several callers at once one gets True."""
        used = session.execute(
            delete(SetPasswordTokenRow)
            .where(SetPasswordTokenRow.token_hash == fingerprint(token))
            .where(SetPasswordTokenRow.expire_time > self._clock())
            .returning(SetPasswordTokenRow.account_id)
        )
        return used.scalar_one_or_none() is not None

    def forget_old_tokens(self, session: Session) -> None:
        """Deletes one-time tokens that have run out."""
        session.execute(delete(SetPasswordTokenRow).where(SetPasswordTokenRow.expire_time <= self._clock()))

    def set_password(self, session: Session, account_id: UUID, password_hash: str) -> None:
        """Writes a password; forgives failed sign-ins, lifts the lock, ends every one-time token (H-4)."""
        row = _locked(session, account_id)
        row.password_hash, row.failures = password_hash, Failures()
        self.withdraw_tokens(session, account_id)


def _locked(session: Session, account_id: UUID) -> AccountRow:
    return session.scalars(
        select(AccountRow)
        .where(AccountRow.id == account_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()


def _seen(row: AccountRow) -> Account:
    return Account(account_id=row.id, tenant_id=row.tenant_id, password_hash=row.password_hash)
