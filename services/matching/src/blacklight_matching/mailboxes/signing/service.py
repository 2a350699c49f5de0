"""What mailboxes are signed in to with: sealed, fetched from providers, and renewed in time (spec 6.13; P-07)."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from blacklight_servicekit import logs
from blacklight_servicekit.caller import Caller
from blacklight_servicekit.clock import Clock
from blacklight_servicekit.database import Database
from blacklight_servicekit.errors import FailedPrecondition, Invalid
from blacklight_servicekit.ids import new_id
from blacklight_servicekit.sealing import SecretUnreadable, Vault
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from blacklight_matching.mailboxes.imap.signing_in import SignIn
from blacklight_matching.mailboxes.models import Mailbox, MailboxSignIn
from blacklight_matching.mailboxes.rules import MailRules, OAuthProvider
from blacklight_matching.mailboxes.secrets import MailSecret
from blacklight_matching.mailboxes.signing import flow, tokens
from blacklight_matching.mailboxes.states import FailureKind, MailFailure
from blacklight_matching.mailboxes.views import MailboxDraft

log = logs.get(__name__)

EARLY = timedelta(minutes=5)
"""So long before its end a token is renewed."""
SIGN_IN_TIME = timedelta(minutes=10)
MOST_UNDER_WAY = 20
"""Sign-ins of one person at a time."""


class MailboxSigning:
    """Seals secrets, and speaks with authorisation servers."""

    def __init__(self, database: Database, clock: Clock, keys: Sequence[str], rules: MailRules) -> None:
        self._database = database
        self._clock = clock
        self._vault = Vault(keys, MailSecret)
        self._state_key = hashlib.sha256(b"state of a sign-in\0" + keys[0].encode()).digest()
        self._rules = rules

    def start(self, caller: Caller, draft: MailboxDraft) -> str:
        """The address at which the person allows the access.

        Raises FailedPrecondition (OAUTH_NOT_CONFIGURED, TOO_MANY_SIGN_INS).
        """
        provider = self._provider(draft.provider)
        verifier, sign_in_id, now = flow.new_verifier(), new_id(), self._clock()
        with self._database.transaction(caller.tenant) as session:
            self._make_room(session, caller, now)
            session.add(
                MailboxSignIn(
                    sign_in_id=sign_in_id,
                    tenant_id=caller.tenant,
                    user_id=UUID(caller.id),
                    provider=draft.provider,
                    secret=self._vault.seal(sign_in_id, MailSecret(verifier=verifier)),
                    address=draft.address,
                    name=draft.name,
                    folder=draft.folder,
                    sync_minutes=draft.sync_minutes,
                    create_time=now,
                    expire_time=now + SIGN_IN_TIME,
                )
            )
        state = flow.state_of(self._state_key, sign_in_id, caller.tenant, caller.id)
        return flow.authorization_url(
            provider,
            redirect_url=self._rules.redirect_url,
            state=state,
            verifier=verifier,
            address=draft.address,
        )

    def finish(self, caller: Caller, *, state: str, code: str) -> tuple[MailboxDraft, MailSecret]:
        """The mailbox that was signed in to, and its tokens; a state serves once, and the one it was made for.

        Raises Invalid (SIGN_IN_UNKNOWN), FailedPrecondition (SIGN_IN_REFUSED, OAUTH_NOT_CONFIGURED).
        """
        sign_in_id = flow.sign_in_of(self._state_key, state, caller.tenant, caller.id)
        row = None if sign_in_id is None else self._use(caller, sign_in_id)
        if row is None or row.expire_time <= self._clock():
            raise Invalid(
                "this sign-in is not yours, was used before, or took too long; begin again",
                reason="SIGN_IN_UNKNOWN",
                field="state",
            )
        provider = self._provider(row.provider)
        try:
            verifier = self._vault.open(row.sign_in_id, bytes(row.secret)).verifier
        except SecretUnreadable as error:
            raise MailFailure(FailureKind.OURS, "no key opens what is stored") from error
        given = tokens.exchange(provider, code=code, verifier=verifier, redirect_url=self._rules.redirect_url)
        if not given.refresh_token:
            raise MailFailure(FailureKind.PROVIDER, "the authorisation server gives no token to go on with")
        imap = provider.imap
        draft = MailboxDraft(
            row.name, row.address, row.provider, imap.host, imap.port, imap.security, row.folder, row.sync_minutes
        )
        return draft, self._kept(given, MailSecret())

    def sign_in_of(self, caller: Caller, mailbox_id: UUID) -> SignIn:
        """How to sign in to a mailbox just now; a token near its end is renewed under a lock, so once.

        Raises MailFailure.
        """
        with self._database.transaction(caller.tenant) as session:
            row = session.scalars(
                select(Mailbox)
                .where(Mailbox.tenant_id == caller.tenant, Mailbox.mailbox_id == mailbox_id)
                .with_for_update()
            ).one_or_none()
            if row is None:
                raise MailFailure(FailureKind.OURS, "the mailbox is gone")
            secret = self.open(row)
            if row.sign_in == "OAUTH" and self._ends_soon(secret):
                secret = self._renewed(row, secret)
                row.secret = self.seal(mailbox_id, secret)
            elif not self._vault.is_current(bytes(row.secret)):
                row.secret = self.seal(mailbox_id, secret)  # keys are rotated as mailboxes are read
            return self.sign_in(row.address, secret)

    def sign_in(self, address: str, secret: MailSecret) -> SignIn:
        """Part: how a secret signs in."""
        return SignIn(address, secret.password, secret.access_token)

    def seal(self, mailbox_id: UUID, secret: MailSecret) -> bytes:
        """Part: a secret as it is stored."""
        return self._vault.seal(mailbox_id, secret)

    def open(self, row: Mailbox) -> MailSecret:
        """Part: the secret of a mailbox.

        Raises MailFailure (OURS) where no key opens it: a key that is missing by mistake must not send every owner to
        sign in again (P-87).
        """
        try:
            return self._vault.open(row.mailbox_id, bytes(row.secret))
        except SecretUnreadable as error:
            raise MailFailure(FailureKind.OURS, "no key opens what is stored") from error

    def fingerprint(self, secret: MailSecret) -> str:
        """Part: tells secrets apart without saying what they are."""
        return self._vault.fingerprint(secret)

    def revoke(self, provider_name: str, secret: MailSecret) -> None:
        """Part: gives tokens back; a provider that does not answer keeps nobody from removing a mailbox."""
        provider = self._rules.providers.get(provider_name)
        if provider is None or not secret.refresh_token:
            return
        try:
            tokens.revoke(provider, secret.refresh_token)
        except MailFailure as failure:
            log.warning("mailbox.token_not_revoked", kind=str(failure.kind), detail=failure.detail)

    def _provider(self, name: str) -> OAuthProvider:
        provider = self._rules.providers.get(name)
        if provider is None or not provider.client_id or not self._rules.redirect_url:
            raise FailedPrecondition(
                "sign-in at this provider is not configured; connect the mailbox with a password, or ask the platform",
                reason="OAUTH_NOT_CONFIGURED",
                field="provider",
            )
        return provider

    def _make_room(self, session: Session, caller: Caller, now: datetime) -> None:
        session.execute(
            delete(MailboxSignIn).where(MailboxSignIn.tenant_id == caller.tenant, MailboxSignIn.expire_time <= now)
        )
        under_way = session.scalars(
            select(MailboxSignIn.sign_in_id).where(
                MailboxSignIn.tenant_id == caller.tenant, MailboxSignIn.user_id == UUID(caller.id)
            )
        ).all()
        if len(under_way) >= MOST_UNDER_WAY:
            raise FailedPrecondition(
                "too many sign-ins are under way; finish one, or wait ten minutes", reason="TOO_MANY_SIGN_INS"
            )

    def _use(self, caller: Caller, sign_in_id: UUID) -> MailboxSignIn | None:
        """The sign-in, taken away: nobody uses it again."""
        with self._database.transaction(caller.tenant) as session:
            return session.scalars(
                delete(MailboxSignIn)
                .where(
                    MailboxSignIn.tenant_id == caller.tenant,
                    MailboxSignIn.user_id == UUID(caller.id),
                    MailboxSignIn.sign_in_id == sign_in_id,
                )
                .returning(MailboxSignIn)
            ).one_or_none()

    def _ends_soon(self, secret: MailSecret) -> bool:
        return datetime.fromisoformat(secret.expire_time) - EARLY <= self._clock()

    def _renewed(self, row: Mailbox, secret: MailSecret) -> MailSecret:
        provider = self._rules.providers.get(row.provider)
        if provider is None or not provider.client_id:
            raise MailFailure(FailureKind.OURS, "the provider is not configured any more")
        return self._kept(tokens.refresh(provider, secret.refresh_token), secret)

    def _kept(self, given: tokens.Tokens, before: MailSecret) -> MailSecret:
        end = self._clock() + timedelta(seconds=given.life)
        return replace(
            before,
            access_token=given.access_token,
            refresh_token=given.refresh_token or before.refresh_token,
            expire_time=end.isoformat(),
        )
