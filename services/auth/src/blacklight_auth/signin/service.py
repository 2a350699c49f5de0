"""The rules of signing in (spec 3.3, 6.17, P-14, P-18): what a person does with an account and a session."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from blacklight.auth.v1 import auth_service_pb2
from blacklight.options.v1 import options_pb2
from blacklight_servicekit import audit
from blacklight_servicekit.caller import Caller, CallerKind
from blacklight_servicekit.clock import Clock
from blacklight_servicekit.database import Database
from blacklight_servicekit.errors import Denied, Invalid, ServiceError, Unauthenticated
from blacklight_servicekit.identity import SessionAccess
from sqlalchemy.orm import Session

from blacklight_auth.accounts.account import Account, Attempt
from blacklight_auth.accounts.email_address import normalise_email
from blacklight_auth.accounts.hashing import PasswordHasher
from blacklight_auth.accounts.password_rule import encode_new_password, encode_password
from blacklight_auth.accounts.service import Accounts
from blacklight_auth.admins.service import Admins
from blacklight_auth.keys.schedule import ACCESS_LIFETIME
from blacklight_auth.keys.service import SigningKeys
from blacklight_auth.roles.catalogue import permissions_of
from blacklight_auth.sessions.service import Sessions
from blacklight_auth.sessions.session import OpenSession, Renewal, Reuse
from blacklight_auth.signin.access_token import claims_of, sign
from blacklight_auth.tenants.service import Tenants
from blacklight_auth.users.service import Users
from blacklight_auth.users.user import DEACTIVATED

KEEP_ENDED = timedelta(days=30)
NOBODY = SessionAccess(active=False, permissions=frozenset())


@dataclass(frozen=True, slots=True)
class Tokens:
    """An access token and the refresh token that renews it."""

    access_token: str
    access_expire_time: datetime
    refresh_token: str
    refresh_expire_time: datetime


@dataclass(frozen=True)
class Features:
    """The features whose parts sign-in puts together."""

    accounts: Accounts
    sessions: Sessions
    users: Users
    tenants: Tenants
    admins: Admins
    keys: SigningKeys


class SignIn:
    """Signing in, staying signed in, signing out."""

    def __init__(
        self,
        database: Database,
        features: Features,
        hasher: PasswordHasher,
        clock: Clock,
        new_id: Callable[[], UUID],
    ) -> None:
        self._database = database
        self._of = features
        self._hasher = hasher
        self._clock = clock
        self._new_id = new_id

    def login(self, caller: Caller, *, email: str, password: str) -> Tokens:
        """Begins a session. Raises Unauthenticated (BAD_CREDENTIALS) alike for an unknown address, a wrong password
        and a locked account, after the same work; Denied (ACCOUNT_DEACTIVATED, TENANT_SUSPENDED) only to whoever
        knows the password; Invalid (PASSWORD_TOO_LONG).

        The password is compared between two transactions, so that no connection waits for bcrypt.
        """
        address, encoded = normalise_email(email, field="email"), encode_password(password, field="password")
        with self._database.platform_transaction() as session:
            account = self._of.accounts.find_by_email(session, address)
        matched = self._hasher.matches(encoded, account.password_hash if account else None)
        with self._database.platform_transaction() as session:
            outcome = self._admit(session, caller, account, matched=matched)
        if isinstance(outcome, ServiceError):
            raise outcome
        return self._tokens(outcome)

    def refresh(self, caller: Caller, *, refresh_token: str) -> Tokens:
        """Exchanges a refresh token. Raises Unauthenticated (REFRESH_TOKEN_INVALID; REFRESH_TOKEN_REUSED, which
        ends the session), Denied (ACCOUNT_DEACTIVATED, TENANT_SUSPENDED).
        """
        with self._database.platform_transaction() as session:
            outcome = self._of.sessions.rotate(session, refresh_token)
            if isinstance(outcome, Renewal):
                self._refuse_idle(session, outcome.session.account_id, outcome.session.tenant_id)
            elif isinstance(outcome, Reuse):
                reused = outcome.session
                audit.record(
                    session,
                    caller,
                    "session.refresh_token_reused",
                    reused.session_id,
                    tenant_id=reused.tenant_id,
                    changes={"account": str(reused.account_id)},
                )
        if isinstance(outcome, Renewal):
            return self._tokens(outcome)
        if isinstance(outcome, Reuse):
            raise Unauthenticated(
                "this refresh token was used before, so its session has ended; sign in again",
                reason="REFRESH_TOKEN_REUSED",
            )
        raise Unauthenticated("the refresh token does not hold; sign in again", reason="REFRESH_TOKEN_INVALID")

    def logout(self, caller: Caller) -> None:
        """Ends the caller's session."""
        with self._transaction_of(caller) as session:
            if self._of.sessions.revoke(session, UUID(caller.session_id), reason="logout"):
                audit.record(session, caller, "session.ended", caller.session_id)

    def set_password(self, caller: Caller, *, token: str, new_password: str) -> None:
        """Sets the password that a one-time token permits, and ends every session of the account (P-18).

        Raises Invalid (PASSWORD_TOO_SHORT, PASSWORD_TOO_LONG, SET_PASSWORD_TOKEN_INVALID).
        """
        encoded = encode_new_password(new_password, field="new_password")
        with self._database.platform_transaction() as session:
            account = self._of.accounts.find_by_token(session, token)
        if account is None:
            raise _token_invalid()
        password_hash = self._hasher.hash(encoded)
        with self._database.platform_transaction() as session:
            if not self._of.accounts.use_token(session, token):
                raise _token_invalid()
            self._of.accounts.set_password(session, account.account_id, password_hash)
            if account.tenant_id is not None:
                self._of.users.activate_invited(session, account.account_id)
            ended = self._of.sessions.revoke_all(session, account.account_id, reason="password_set")
            audit.record(
                session,
                caller,
                "account.password_set",
                account.account_id,
                tenant_id=account.tenant_id,
                changes={"sessions_ended": ended},
            )

    def me(self, caller: Caller) -> auth_service_pb2.Me:
        """Who the caller is and what they may do."""
        account_id = UUID(caller.id)
        with self._transaction_of(caller) as session:
            if caller.kind is CallerKind.PLATFORM_ADMIN:
                return auth_service_pb2.Me(
                    kind=options_pb2.CALLER_KIND_PLATFORM_ADMIN,
                    email=self._of.accounts.get_email(session, account_id),
                )
            user = self._of.users.get_user(session, account_id)
            return auth_service_pb2.Me(
                kind=options_pb2.CALLER_KIND_USER,
                user=user,
                email=user.email,
                permissions=sorted(caller.permissions),
                tenant_name=self._of.tenants.get_name(session, caller.tenant),
            )

    def session_access(self, session_id: UUID) -> SessionAccess:
        """What the holder of a session may do now; nothing once session, account or tenant has ended."""
        with self._database.platform_transaction() as session:
            found = self._of.sessions.find_open(session, session_id)
            if found is None or self._idle_reason(session, found.account_id, found.tenant_id):
                return NOBODY
            return SessionAccess(active=True, permissions=self._permissions(session, found))

    def forget_ended(self) -> int:
        """Deletes sessions that ended more than thirty days ago, and one-time tokens that have run out.

        Returns how many sessions; the audit log keeps what happened in them.
        """
        with self._database.platform_transaction() as session:
            self._of.accounts.forget_old_tokens(session)
            return self._of.sessions.forget_ended(session, before=self._clock() - KEEP_ENDED)

    def _transaction_of(self, caller: Caller) -> AbstractContextManager[Session]:
        if caller.kind is CallerKind.PLATFORM_ADMIN:
            return self._database.platform_transaction()
        return self._database.transaction(caller.tenant)

    def _admit(
        self, session: Session, caller: Caller, account: Account | None, *, matched: bool
    ) -> Renewal | ServiceError:
        """Settles an attempt. A refusal is returned, not raised: what is written down of it must be kept."""
        if account is None:
            audit.record(session, caller, "session.refused", "unknown")
            return _bad_credentials()
        write = partial(audit.record, session, caller, tenant_id=account.tenant_id)
        attempt = self._of.accounts.settle_attempt(session, account, matched=matched)
        if attempt is not Attempt.ADMITTED:
            action = "account.locked" if attempt is Attempt.LOCKED else "session.refused"
            write(action, account.account_id, changes={"attempt": attempt.value})
            return _bad_credentials()
        reason = self._idle_reason(session, account.account_id, account.tenant_id)
        if reason:
            write("session.refused", account.account_id, changes={"reason": reason})
            return _idle(reason)
        renewal = self._of.sessions.open(session, account_id=account.account_id, tenant_id=account.tenant_id)
        write("session.begun", renewal.session.session_id, changes={"account": str(account.account_id)})
        return renewal

    def _idle_reason(self, session: Session, account_id: UUID, tenant_id: UUID | None) -> str:
        """Why the account may not work, empty where it may."""
        if tenant_id is None:
            return "" if self._of.admins.is_active(session, account_id) else "ACCOUNT_DEACTIVATED"
        standing = self._of.users.find_standing(session, account_id)
        if standing is None or standing.state == DEACTIVATED:
            return "ACCOUNT_DEACTIVATED"
        return "" if self._of.tenants.is_active(session, tenant_id) else "TENANT_SUSPENDED"

    def _refuse_idle(self, session: Session, account_id: UUID, tenant_id: UUID | None) -> None:
        """Raises Denied; rolling back keeps a refresh token good for when the tenant works again."""
        reason = self._idle_reason(session, account_id, tenant_id)
        if reason:
            raise _idle(reason)

    def _permissions(self, session: Session, found: OpenSession) -> frozenset[str]:
        standing = None if found.tenant_id is None else self._of.users.find_standing(session, found.account_id)
        return frozenset() if standing is None else permissions_of(standing.system_role)

    def _tokens(self, renewal: Renewal) -> Tokens:
        signer, now = self._of.keys.signer(), self._clock()
        claims = claims_of(
            account_id=renewal.session.account_id,
            tenant_id=renewal.session.tenant_id,
            session_id=renewal.session.session_id,
            token_id=self._new_id(),
            issue_time=now,
            expire_time=now + ACCESS_LIFETIME,
        )
        return Tokens(
            access_token=sign(claims, kid=signer.kid, key=signer.private_key),
            access_expire_time=now + ACCESS_LIFETIME,
            refresh_token=renewal.refresh_token,
            refresh_expire_time=renewal.expire_time,
        )


def _bad_credentials() -> Unauthenticated:
    return Unauthenticated("e-mail address or password is wrong", reason="BAD_CREDENTIALS")


def _idle(reason: str) -> Denied:
    return Denied("this account may not sign in; ask your administrator", reason=reason)


def _token_invalid() -> Invalid:
    return Invalid(
        "this one-time token is unknown, used or older than 72 hours; ask for a new one",
        reason="SET_PASSWORD_TOKEN_INVALID",
        field="token",
    )
