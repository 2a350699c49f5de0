"""Mailboxes that are connected: by a password, or by a sign-in at their provider (spec 4.3.6; P-07)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar
from uuid import UUID

from blacklight_servicekit import audit
from blacklight_servicekit.caller import Caller
from blacklight_servicekit.clock import Clock
from blacklight_servicekit.database import Database
from blacklight_servicekit.errors import AlreadyExists, FailedPrecondition
from blacklight_servicekit.ids import new_id
from blacklight_servicekit.request_log import once
from google.protobuf.message import Message
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from blacklight_matching.mailboxes.models import Mailbox
from blacklight_matching.mailboxes.rules import MailRules
from blacklight_matching.mailboxes.secrets import MailSecret
from blacklight_matching.mailboxes.service import Mailboxes
from blacklight_matching.mailboxes.sight import person
from blacklight_matching.mailboxes.signing.service import MailboxSigning
from blacklight_matching.mailboxes.states import MailboxState, MailFailure
from blacklight_matching.mailboxes.trial import as_error, try_out
from blacklight_matching.mailboxes.views import MailboxDraft, MailboxView

MOST_MAILBOXES = 20
"""Of one person."""
Answer = TypeVar("Answer", bound=Message)


class MailboxConnecting:
    """Connects mailboxes."""

    def __init__(
        self, database: Database, clock: Clock, signing: MailboxSigning, rules: MailRules, mailboxes: Mailboxes
    ) -> None:
        self._database = database
        self._clock = clock
        self._signing = signing
        self._rules = rules
        self._mailboxes = mailboxes

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
        try_out(draft, self._signing.sign_in(draft.address, secret), self._rules)
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
            raise as_error(failure) from failure
        try_out(draft, self._signing.sign_in(draft.address, secret), self._rules)
        with self._database.transaction(caller.tenant) as session:
            row = self._find_same(session, caller, draft)
            if row is None:
                return self._add(session, caller, draft, secret, "OAUTH")
            row.sign_in, row.secret = "OAUTH", self._signing.seal(row.mailbox_id, secret)
            self._mailboxes.resume(session, caller, row)
            audit.record(session, caller, "mailbox.signed_in", row.mailbox_id)
            return self._mailboxes.view(row)

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
        self._mailboxes.wake(session, caller, mailbox_id)
        return self._mailboxes.view(row)

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
