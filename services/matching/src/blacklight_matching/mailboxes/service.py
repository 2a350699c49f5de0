"""The mailboxes of a tenant's people (spec 2.3, 3.18, 4.3.6).

A mailbox is its owner's: others see it only with `mailboxes.view_all`, and change nothing (P-91).
"""

from __future__ import annotations

from uuid import UUID

from blacklight_servicekit import audit, outbox
from blacklight_servicekit.caller import Caller
from blacklight_servicekit.clock import Clock
from blacklight_servicekit.database import Database
from blacklight_servicekit.errors import AlreadyExists, FailedPrecondition
from blacklight_servicekit.etag import check_etag, etag_of
from blacklight_servicekit.paging import PageRequest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from blacklight_matching.mailboxes.forgetting.service import MailForgetting
from blacklight_matching.mailboxes.imap.signing_in import SignIn
from blacklight_matching.mailboxes.models import Mailbox, visible
from blacklight_matching.mailboxes.rules import MailRules
from blacklight_matching.mailboxes.secrets import MailSecret
from blacklight_matching.mailboxes.sight import mailbox_not_found, person, sees_all
from blacklight_matching.mailboxes.signing.service import MailboxSigning
from blacklight_matching.mailboxes.states import CHANGED, MailboxState, MailFailure
from blacklight_matching.mailboxes.trial import as_error, try_out
from blacklight_matching.mailboxes.views import MailboxDraft, MailboxView


class Mailboxes:
    """Shows, changes and removes mailboxes."""

    def __init__(
        self, database: Database, clock: Clock, signing: MailboxSigning, rules: MailRules, forgetting: MailForgetting
    ) -> None:
        self._database = database
        self._clock = clock
        self._signing = signing
        self._rules = rules
        self._forgetting = forgetting

    def get(self, caller: Caller, mailbox_id: UUID) -> MailboxView:
        """One mailbox. Raises NotFound."""
        with self._database.transaction(caller.tenant) as session:
            return self.view(_seen(session, caller, mailbox_id))

    def list_mailboxes(
        self, caller: Caller, *, page_size: int, page_token: str, user_id: UUID | None, state: str
    ) -> tuple[list[MailboxView], str]:
        """The caller's own mailboxes, or everybody's for who may see them; newest first."""
        query = {"rpc": "ListMailboxes", "tenant": caller.tenant, "caller": _narrow(caller), "of": user_id, "in": state}
        page = PageRequest.of(page_size, page_token, query)
        statement = select(Mailbox).where(visible(caller.tenant, person(caller), all_of_tenant=sees_all(caller)))
        if user_id is not None:
            statement = statement.where(Mailbox.user_id == user_id)
        if state:
            statement = statement.where(Mailbox.state == state)
        if page.after is not None:
            statement = statement.where(Mailbox.mailbox_id < page.after[0])
        statement = statement.order_by(Mailbox.mailbox_id.desc()).limit(page.size + 1)
        with self._database.transaction(caller.tenant) as session:
            rows, token = page.cut(session.scalars(statement).all(), key=lambda row: (row.mailbox_id,))
            return [self.view(row) for row in rows], token

    def update(
        self,
        caller: Caller,
        mailbox_id: UUID,
        *,
        etag: str,
        name: str | None = None,
        folder: str | None = None,
        paused: bool | None = None,
        sync_minutes: int | None = None,
        password: str | None = None,
    ) -> MailboxView:
        """Changes what is given; a new password is tried first, and ends the state NEEDS_SIGN_IN.

        Raises NotFound, Conflict (ETAG_MISMATCH), FailedPrecondition (NEEDS_SIGN_IN, SIGNED_IN_BY_OAUTH,
        MAILBOX_STOPPED), and as `trial.try_out` for folder and password.
        """
        if folder is not None or password is not None:
            self._try_change(caller, mailbox_id, folder, password)
        with self._database.transaction(caller.tenant) as session:
            row = _owned(session, caller, mailbox_id)
            check_etag(etag, _etag(row))
            _refuse_stopped(row)
            if name is not None:
                row.name = name
            if sync_minutes is not None:
                row.sync_minutes = sync_minutes
            if folder is not None and folder != row.folder:
                self._move(session, row, folder)
            if password is not None:
                row.secret = self._signing.seal(mailbox_id, MailSecret(password=password))
                self.resume(session, caller, row)
            if paused is not None:
                _pause(row, paused)
            row.version, row.update_time = row.version + 1, self._clock()
            given = {"name": name, "folder": folder, "paused": paused, "sync_minutes": sync_minutes}
            fields = [field for field, value in {**given, "password": password}.items() if value is not None]
            audit.record(session, caller, "mailbox.updated", mailbox_id, changes={"fields": sorted(fields)})
            self.wake(session, caller, mailbox_id)
            return self.view(row)

    def _try_change(self, caller: Caller, mailbox_id: UUID, folder: str | None, password: str | None) -> None:
        with self._database.transaction(caller.tenant) as session:
            row = _owned(session, caller, mailbox_id)
            if password is not None and row.sign_in != "PASSWORD":
                raise FailedPrecondition(
                    "this mailbox is signed in to at its provider; sign in there again",
                    reason="SIGNED_IN_BY_OAUTH",
                    field="password",
                )
            secret = MailSecret(password=password) if password is not None else None
            draft = MailboxDraft(
                row.name, row.address, row.provider, row.host, row.port, row.security, folder or row.folder, 0
            )
        try_out(draft, self._sign_in(caller, mailbox_id, draft.address, secret), self._rules)

    def _sign_in(self, caller: Caller, mailbox_id: UUID, address: str, secret: MailSecret | None) -> SignIn:
        if secret is not None:
            return self._signing.sign_in(address, secret)
        try:
            return self._signing.sign_in_of(caller, mailbox_id)
        except MailFailure as failure:
            raise as_error(failure) from failure

    def _move(self, session: Session, row: Mailbox, folder: str) -> None:
        """Another folder has numbers of its own."""
        row.folder, row.uid_validity, row.last_uid = folder, None, 0
        row.read_since = self._clock() - self._rules.lookback
        try:
            session.flush()
        except IntegrityError as error:
            raise AlreadyExists("that folder is connected already", reason="MAILBOX_EXISTS", field="folder") from error

    def resume(self, session: Session, caller: Caller, row: Mailbox) -> None:
        """Part: has a mailbox read again from where it was. Raises FailedPrecondition (MAILBOX_STOPPED)."""
        _refuse_stopped(row)
        row.state, row.failure, row.failure_count = MailboxState.ACTIVE, "", 0
        row.version, row.update_time = row.version + 1, self._clock()
        self.wake(session, caller, row.mailbox_id)

    def delete(self, caller: Caller, mailbox_id: UUID, etag: str) -> None:
        """Removes a mailbox with its secret and the record of its mails; postings that came of them stay, and who
        of the tenant found them, but not who had written about what.

        One that is absent is a success. Raises Conflict (ETAG_MISMATCH).
        """
        with self._database.transaction(caller.tenant) as session:
            row = _find_owned(session, caller, mailbox_id)
            if row is None:
                return
            check_etag(etag, _etag(row))
        self._forgetting.forget_mailbox(caller.tenant, mailbox_id)
        with self._database.transaction(caller.tenant) as session:
            row = _find_owned(session, caller, mailbox_id)
            if row is None:
                return
            provider, secret = row.provider, self._find_secret(row)
            self._forgetting.forget_last(session, caller.tenant, mailbox_id)
            session.delete(row)
            audit.record(session, caller, "mailbox.deleted", mailbox_id)
            self.wake(session, caller, mailbox_id)
        if secret is not None:
            self._signing.revoke(provider, secret)

    def _find_secret(self, row: Mailbox) -> MailSecret | None:
        try:
            return self._signing.open(row)
        except MailFailure:
            return None

    def sync_now(self, caller: Caller, mailbox_id: UUID) -> MailboxView:
        """Has the mailbox read now; a sync that is under way goes on, and looks once more.

        Raises NotFound, FailedPrecondition (MAILBOX_INACTIVE).
        """
        with self._database.transaction(caller.tenant) as session:
            row = _owned(session, caller, mailbox_id)
            if row.state != MailboxState.ACTIVE:
                raise FailedPrecondition(
                    "the mailbox is paused or stopped, or needs a sign-in; resume it or sign in first",
                    reason="MAILBOX_INACTIVE",
                )
            self.wake(session, caller, mailbox_id)
            return self.view(row)

    def wake(self, session: Session, caller: Caller, mailbox_id: UUID) -> None:
        """Part: has the workflow of the mailbox look at it, beginning it where it does not run."""
        outbox.add(session, CHANGED, {"mailbox_id": str(mailbox_id)}, tenant_id=caller.tenant)

    def view(self, row: Mailbox) -> MailboxView:
        """Part: a mailbox as it is shown."""
        return MailboxView(
            mailbox_id=row.mailbox_id,
            user_id=row.user_id,
            name=row.name,
            address=row.address,
            provider=row.provider,
            sign_in=row.sign_in,
            host=row.host,
            port=row.port,
            security=row.security,
            folder=row.folder,
            state=row.state,
            sync_minutes=row.sync_minutes,
            last_sync_time=row.last_sync_time,
            last_success_time=row.last_success_time,
            failure=row.failure,
            failure_time=row.failure_time,
            etag=_etag(row),
            create_time=row.create_time,
            update_time=row.update_time,
        )


def _narrow(caller: Caller) -> str:
    """What the caller's view of mailboxes depends on."""
    return "all" if sees_all(caller) else caller.id


def _seen(session: Session, caller: Caller, mailbox_id: UUID) -> Mailbox:
    row = session.scalars(
        select(Mailbox).where(
            visible(caller.tenant, person(caller), all_of_tenant=sees_all(caller)), Mailbox.mailbox_id == mailbox_id
        )
    ).one_or_none()
    if row is None:
        raise mailbox_not_found(mailbox_id)
    return row


def _find_owned(session: Session, caller: Caller, mailbox_id: UUID) -> Mailbox | None:
    return session.scalars(
        select(Mailbox)
        .where(Mailbox.tenant_id == caller.tenant, Mailbox.user_id == person(caller), Mailbox.mailbox_id == mailbox_id)
        .with_for_update()
    ).one_or_none()


def _owned(session: Session, caller: Caller, mailbox_id: UUID) -> Mailbox:
    row = _find_owned(session, caller, mailbox_id)
    if row is None:
        raise mailbox_not_found(mailbox_id)
    return row


def _refuse_stopped(row: Mailbox) -> None:
    if row.state == MailboxState.STOPPED:
        raise FailedPrecondition(
            "the mailbox was stopped when its owner was deactivated; remove it and connect it again",
            reason="MAILBOX_STOPPED",
        )


def _pause(row: Mailbox, paused: bool) -> None:
    if paused:
        row.state = MailboxState.PAUSED
    elif row.state == MailboxState.PAUSED:
        row.state = MailboxState.ACTIVE
    elif row.state == MailboxState.NEEDS_SIGN_IN:
        raise FailedPrecondition("the mailbox needs a sign-in, not just to go on", reason="NEEDS_SIGN_IN")


def _etag(row: Mailbox) -> str:
    return etag_of(row.mailbox_id, row.version)
