"""The mailboxes of a tenant's people (spec 2.3, 3.18, 4.3.6).

A mailbox is its owner's: others see it only with `mailboxes.view_all`, and change nothing (P-91).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar
from uuid import UUID

from blacklight_servicekit import audit, outbox
from blacklight_servicekit.caller import Caller
from blacklight_servicekit.clock import Clock
from blacklight_servicekit.database import Database
from blacklight_servicekit.errors import AlreadyExists, FailedPrecondition, ServiceError, Unavailable
from blacklight_servicekit.etag import check_etag, etag_of
from blacklight_servicekit.ids import new_id
from blacklight_servicekit.paging import PageRequest
from blacklight_servicekit.request_log import once
from google.protobuf.message import Message
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from blacklight_matching.mailboxes.endpoints import Endpoint
from blacklight_matching.mailboxes.forgetting.service import MailForgetting
from blacklight_matching.mailboxes.imap.connection import try_sign_in
from blacklight_matching.mailboxes.models import Mailbox, visible
from blacklight_matching.mailboxes.rules import MailRules
from blacklight_matching.mailboxes.secrets import MailSecret
from blacklight_matching.mailboxes.sight import mailbox_not_found, person, sees_all
from blacklight_matching.mailboxes.signing.service import MailboxSigning
from blacklight_matching.mailboxes.states import CHANGED, FailureKind, MailboxState, MailFailure
from blacklight_matching.mailboxes.views import MailboxDraft, MailboxView

MOST_MAILBOXES = 20
"""Of one person."""
Answer = TypeVar("Answer", bound=Message)


class Mailboxes:
    """Connects, shows, changes and removes mailboxes."""

    def __init__(
        self, database: Database, clock: Clock, signing: MailboxSigning, rules: MailRules, forgetting: MailForgetting
    ) -> None:
        self._database = database
        self._clock = clock
        self._signing = signing
        self._rules = rules
        self._forgetting = forgetting

    # Connecting

    def create(
        self,
        caller: Caller,
        draft: MailboxDraft,
        password: str,
        *,
        request_id: str,
        request: Message,
        answer: type[Answer],
        encode: Callable[[MailboxView], Answer],
    ) -> Answer:
        """Connects a mailbox by password, once it was signed in to.

        `request` is what a repetition must agree on, without the password. Raises FailedPrecondition (SIGN_IN_REFUSED,
        FOLDER_MISSING, HOST_REFUSED, TOO_MANY_MAILBOXES), Unavailable (MAILBOX_UNREACHABLE), AlreadyExists
        (MAILBOX_EXISTS), Conflict (REQUEST_ID_REUSED).
        """
        secret = MailSecret(password=password)
        self._try(draft, secret)
        with self._database.transaction(caller.tenant) as session:
            return once(
                session,
                caller,
                request_id=request_id,
                method="CreateMailbox",
                request=request,
                answer=answer,
                make=lambda: encode(self._add(session, caller, draft, secret, "PASSWORD")),
            )

    def fingerprint(self, password: str) -> str:
        """What stands for a password where requests are compared."""
        return self._signing.fingerprint(MailSecret(password=password))

    def start_sign_in(self, caller: Caller, draft: MailboxDraft) -> str:
        """Where the person goes to allow the access; as `MailboxSigning.start`."""
        return self._signing.start(caller, draft)

    def complete_sign_in(self, caller: Caller, *, state: str, code: str) -> MailboxView:
        """Connects the mailbox that was signed in to, or signs in anew to one that was connected before.

        Raises as `MailboxSigning.finish` and `create`, and FailedPrecondition (MAILBOX_STOPPED).
        """
        try:
            draft, secret = self._signing.finish(caller, state=state, code=code)
        except MailFailure as failure:
            raise _as_error(failure) from failure
        self._try(draft, secret)
        with self._database.transaction(caller.tenant) as session:
            row = self._find_same(session, caller, draft)
            if row is None:
                return self._add(session, caller, draft, secret, "OAUTH")
            row.sign_in, row.secret = "OAUTH", self._signing.seal(row.mailbox_id, secret)
            self._resume(session, caller, row)
            audit.record(session, caller, "mailbox.signed_in", row.mailbox_id)
            return _view(row)

    def _try(self, draft: MailboxDraft, secret: MailSecret) -> None:
        endpoint = Endpoint(draft.host, draft.port, draft.security)
        try:
            sign_in = self._signing.sign_in(draft.address, secret)
            try_sign_in(endpoint, sign_in, draft.folder, self._rules.hosts, self._rules.ca_file)
        except MailFailure as failure:
            raise _as_error(failure) from failure

    def _add(
        self, session: Session, caller: Caller, draft: MailboxDraft, secret: MailSecret, sign_in: str
    ) -> MailboxView:
        now, mailbox_id, owner = self._clock(), new_id(), UUID(caller.id)
        self._check_room(session, caller)
        row = Mailbox(
            mailbox_id=mailbox_id,
            tenant_id=caller.tenant,
            user_id=owner,
            name=draft.name,
            address=draft.address,
            provider=draft.provider,
            sign_in=sign_in,
            host=draft.host,
            port=draft.port,
            security=draft.security,
            folder=draft.folder,
            secret=self._signing.seal(mailbox_id, secret),
            state=MailboxState.ACTIVE,
            sync_minutes=draft.sync_minutes,
            last_uid=0,
            read_since=now - self._rules.lookback,
            failure="",
            failure_count=0,
            version=1,
            create_time=now,
            update_time=now,
        )
        session.add(row)
        try:
            session.flush()
        except IntegrityError as error:
            raise AlreadyExists("this folder is connected already", reason="MAILBOX_EXISTS", field="address") from error
        audit.record(session, caller, "mailbox.created", mailbox_id, changes={"provider": draft.provider})
        _wake(session, caller, mailbox_id)
        return _view(row)

    def _check_room(self, session: Session, caller: Caller) -> None:
        own = select(func.count()).where(Mailbox.tenant_id == caller.tenant, Mailbox.user_id == person(caller))
        if (session.scalar(own) or 0) >= MOST_MAILBOXES:
            raise FailedPrecondition(
                f"one person has at most {MOST_MAILBOXES} mailboxes; remove one first", reason="TOO_MANY_MAILBOXES"
            )

    def _find_same(self, session: Session, caller: Caller, draft: MailboxDraft) -> Mailbox | None:
        return session.scalars(
            select(Mailbox)
            .where(
                Mailbox.tenant_id == caller.tenant,
                Mailbox.user_id == UUID(caller.id),
                Mailbox.address == draft.address,
                Mailbox.host == draft.host,
                Mailbox.folder == draft.folder,
            )
            .with_for_update()
        ).one_or_none()

    # Mailboxes

    def get(self, caller: Caller, mailbox_id: UUID) -> MailboxView:
        """One mailbox. Raises NotFound."""
        with self._database.transaction(caller.tenant) as session:
            return _view(_seen(session, caller, mailbox_id))

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
            return [_view(row) for row in rows], token

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
        MAILBOX_STOPPED), and as `create` for folder and password.
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
                self._resume(session, caller, row)
            if paused is not None:
                _pause(row, paused)
            row.version, row.update_time = row.version + 1, self._clock()
            given = {"name": name, "folder": folder, "paused": paused, "sync_minutes": sync_minutes}
            fields = [field for field, value in {**given, "password": password}.items() if value is not None]
            audit.record(session, caller, "mailbox.updated", mailbox_id, changes={"fields": sorted(fields)})
            _wake(session, caller, mailbox_id)
            return _view(row)

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
        if secret is not None:
            self._try(draft, secret)
            return
        try:
            sign_in = self._signing.sign_in_of(caller, mailbox_id)
            endpoint = Endpoint(draft.host, draft.port, draft.security)
            try_sign_in(endpoint, sign_in, draft.folder, self._rules.hosts, self._rules.ca_file)
        except MailFailure as failure:
            raise _as_error(failure) from failure

    def _move(self, session: Session, row: Mailbox, folder: str) -> None:
        """Another folder has numbers of its own."""
        row.folder, row.uid_validity, row.last_uid = folder, None, 0
        row.read_since = self._clock() - self._rules.lookback
        try:
            session.flush()
        except IntegrityError as error:
            raise AlreadyExists("that folder is connected already", reason="MAILBOX_EXISTS", field="folder") from error

    def _resume(self, session: Session, caller: Caller, row: Mailbox) -> None:
        _refuse_stopped(row)
        row.state, row.failure, row.failure_count = MailboxState.ACTIVE, "", 0
        row.version, row.update_time = row.version + 1, self._clock()
        _wake(session, caller, row.mailbox_id)

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
            _wake(session, caller, mailbox_id)
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
            _wake(session, caller, mailbox_id)
            return _view(row)


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


def _wake(session: Session, caller: Caller, mailbox_id: UUID) -> None:
    """Has the workflow of the mailbox look at it, beginning it where it does not run."""
    outbox.add(session, CHANGED, {"mailbox_id": str(mailbox_id)}, tenant_id=caller.tenant)


def _etag(row: Mailbox) -> str:
    return etag_of(row.mailbox_id, row.version)


def _as_error(failure: MailFailure) -> ServiceError:
    """A failure to sign in, as the answer to who wants to connect."""
    reason = {
        FailureKind.AUTHENTICATION: "SIGN_IN_REFUSED",
        FailureKind.FOLDER: "FOLDER_MISSING",
        FailureKind.ADDRESS: "HOST_REFUSED",
    }.get(failure.kind)
    if reason is not None:
        return FailedPrecondition(failure.detail, reason=reason)
    return Unavailable(failure.detail, reason="MAILBOX_UNREACHABLE")


def _view(row: Mailbox) -> MailboxView:
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
