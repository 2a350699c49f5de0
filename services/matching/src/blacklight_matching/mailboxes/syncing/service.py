"""Reads a mailbox: mails are stored with the cursor in one transaction, then read one by one (spec 6.13).

Nothing is lost and nothing is read twice: the cursor moves only together with what was stored (P-81, P-82), every
mail keeps its outcome (P-85), and a mail that fails is tried again by itself, without the others (P-83).
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.errors import MessageError
from uuid import UUID

from blacklight_servicekit import logs
from blacklight_servicekit.caller import Caller
from blacklight_servicekit.clock import Clock
from blacklight_servicekit.database import Database
from blacklight_servicekit.ids import new_id
from sqlalchemy import Select, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from blacklight_matching.mailboxes.breaker import Breaker
from blacklight_matching.mailboxes.endpoints import Endpoint
from blacklight_matching.mailboxes.imap.connection import opened
from blacklight_matching.mailboxes.imap.folder import FetchedMail
from blacklight_matching.mailboxes.models import Mailbox, MailboxMessage, MailboxNotice, PostingMail
from blacklight_matching.mailboxes.reading.mail import MailReading, read_mail
from blacklight_matching.mailboxes.rules import MailRules
from blacklight_matching.mailboxes.signing.service import MailboxSigning
from blacklight_matching.mailboxes.states import (
    NOTICE_TEXTS,
    FailureKind,
    MailboxState,
    MailFailure,
    MailState,
    after_failed_reading,
    judge,
)
from blacklight_matching.mailboxes.syncing.arrivals import gone, waiting
from blacklight_matching.postings.importing.drafts import Draft, RowResult
from blacklight_matching.postings.importing.service import PostingImport

log = logs.get(__name__)

PAGE = 25
OVERLAP = timedelta(days=2)
"""How far before the last success mails are read again where the server numbers its mails anew."""
PLATFORM = "email"


@dataclass(frozen=True, slots=True)
class Fetched:
    """What a page led to: `stop` ends the reading of this mailbox until somebody asks for it."""

    stop: bool = False
    more: bool = False
    pause: timedelta = timedelta()


@dataclass(frozen=True, slots=True)
class _Plan:
    mailbox_id: UUID
    user_id: UUID
    endpoint: Endpoint
    folder: str
    uid_validity: int | None
    last_uid: int
    read_since: datetime


@dataclass(frozen=True, slots=True)
class _Page:
    uid_validity: int
    last_uid: int
    mails: Sequence[FetchedMail]
    gone: Sequence[int]
    more: bool


@dataclass(frozen=True, slots=True)
class _Mail:
    message_id: UUID
    mailbox_id: UUID
    message_key: bytes
    subject: str
    sender: str
    receive_time: datetime
    attempts: int
    body: bytes


class MailboxSync:
    """Reads mailboxes, each for its owner's tenant."""

    def __init__(
        self, database: Database, clock: Clock, signing: MailboxSigning, importing: PostingImport, rules: MailRules
    ) -> None:
        self._database = database
        self._clock = clock
        self._signing = signing
        self._importing = importing
        self._rules = rules
        self._breaker = Breaker()

    # Fetching

    def fetch_page(self, caller: Caller, mailbox_id: UUID) -> Fetched:
        """Stores the next page of mails and moves the cursor; a failure is recorded, not raised."""
        plan = self._find_plan(caller, mailbox_id)
        if plan is None:
            return Fetched(stop=True)
        wait = self._breaker.wait(plan.endpoint.host, time.monotonic())
        if wait > 0:
            return self._fail(caller, plan, MailFailure(FailureKind.PROVIDER, "the host is left alone"), wait)
        try:
            page = self._fetch(caller, plan)
        except MailFailure as failure:
            if failure.kind in (FailureKind.NETWORK, FailureKind.PROVIDER):
                self._breaker.failed(plan.endpoint.host, time.monotonic())
            return self._fail(caller, plan, failure)
        self._breaker.succeeded(plan.endpoint.host)
        return self._store(caller, plan, page)

    def _find_plan(self, caller: Caller, mailbox_id: UUID) -> _Plan | None:
        with self._database.transaction(caller.tenant) as session:
            row = _find(session, caller, mailbox_id)
            if row is None or row.state != MailboxState.ACTIVE:
                return None
            return _Plan(
                row.mailbox_id,
                row.user_id,
                Endpoint(row.host, row.port, row.security),
                row.folder,
                row.uid_validity,
                row.last_uid,
                row.read_since,
            )

    def _fetch(self, caller: Caller, plan: _Plan) -> _Page:
        sign_in = self._signing.sign_in_of(caller, plan.mailbox_id)
        rules = self._rules
        with opened(plan.endpoint, sign_in, plan.folder, rules.hosts, rules.ca_file) as folder:
            known = plan.last_uid if folder.uid_validity == plan.uid_validity else 0
            uids = folder.uids_after(known, None if known else plan.read_since - timedelta(days=1))
            page = uids[:PAGE]
            mails = folder.fetch(page) if page else []
            left_out = sorted(set(page) - {mail.uid for mail in mails})
            return _Page(folder.uid_validity, max(page, default=known), mails, left_out, more=len(uids) > len(page))

    def _store(self, caller: Caller, plan: _Plan, page: _Page) -> Fetched:
        now = self._clock()
        with self._database.transaction(caller.tenant) as session:
            row = _find(session, caller, plan.mailbox_id, lock=True)
            if row is None or row.state != MailboxState.ACTIVE:
                return Fetched(stop=True)
            if (row.uid_validity, row.last_uid) != (plan.uid_validity, plan.last_uid):
                return Fetched(more=True)  # somebody else has moved on
            self._keep(session, caller, plan, page, now)
            row.uid_validity, row.last_uid = page.uid_validity, page.last_uid
            row.last_sync_time = row.last_success_time = now
            row.failure, row.failure_count = "", 0
            if not page.more:
                row.read_since = max(row.read_since, now - OVERLAP)
            _end_notices(session, caller, plan.mailbox_id, now)
            return Fetched(more=page.more, pause=timedelta(minutes=row.sync_minutes))

    def _keep(self, session: Session, caller: Caller, plan: _Plan, page: _Page, now: datetime) -> None:
        """Stores what is to be read, and on record what the server named and then did not have (P-85)."""
        every = {
            "tenant_id": caller.tenant,
            "mailbox_id": plan.mailbox_id,
            "uid_validity": page.uid_validity,
            "attempts": 0,
            "next_time": now,
            "posting_count": 0,
            "create_time": now,
        }
        found = [waiting(mail, now) for mail in page.mails]
        for values in [*found, *(gone(page.uid_validity, uid, now) for uid in page.gone)]:
            row = {"message_id": new_id(), **every, **values}
            session.execute(insert(MailboxMessage).values(row).on_conflict_do_nothing())

    def _fail(self, caller: Caller, plan: _Plan, failure: MailFailure, wait: float = 0.0) -> Fetched:
        now = self._clock()
        log.warning("mailbox.failed", mailbox_id=str(plan.mailbox_id), kind=str(failure.kind), detail=failure.detail)
        with self._database.transaction(caller.tenant) as session:
            row = _find(session, caller, plan.mailbox_id, lock=True)
            if row is None or row.state != MailboxState.ACTIVE:
                return Fetched(stop=True)
            row.failure, row.failure_time, row.last_sync_time = failure.kind, now, now
            row.failure_count += 1
            judged = judge(failure.kind, row.failure_count)
            if judged.state != row.state:
                row.state, row.update_time = judged.state, now
                row.version += 1
            if judged.notice:
                _tell(session, caller, row, judged.notice, now)
        pause = max(judged.pause, timedelta(seconds=wait))
        return Fetched(stop=judged.state is not MailboxState.ACTIVE, pause=pause)

    # Reading

    def read_page(self, caller: Caller, mailbox_id: UUID) -> bool:
        """Reads a page of stored mails, each by itself; True when more may wait."""
        with self._database.transaction(caller.tenant) as session:
            due = session.scalars(
                select(MailboxMessage.message_id)
                .where(
                    MailboxMessage.tenant_id == caller.tenant,
                    MailboxMessage.mailbox_id == mailbox_id,
                    MailboxMessage.state.in_((MailState.WAITING, MailState.FAILED)),
                    MailboxMessage.next_time <= self._clock(),
                )
                .order_by(MailboxMessage.next_time, MailboxMessage.message_id)
                .limit(PAGE)
            ).all()
        for message_id in due:
            self._read_one(caller, message_id)
        return len(due) == PAGE

    def _read_one(self, caller: Caller, message_id: UUID) -> None:
        mail = self._take(caller, message_id)
        if mail is None:
            return
        try:
            reading = read_mail(mail.body, mail.receive_time)
        except _UNREADABLE as error:
            self._record_failure(caller, mail, type(error).__name__)
            return
        self._settle(caller, mail, reading)

    def _take(self, caller: Caller, message_id: UUID) -> _Mail | None:
        """Counts the attempt before it is made: a mail that kills its reader is given up like any other."""
        now = self._clock()
        with self._database.transaction(caller.tenant) as session:
            row = session.scalars(
                select(MailboxMessage)
                .where(
                    MailboxMessage.tenant_id == caller.tenant,
                    MailboxMessage.message_id == message_id,
                    MailboxMessage.state.in_((MailState.WAITING, MailState.FAILED)),
                )
                .with_for_update()
            ).one_or_none()
            if row is None or row.body is None:
                return None
            row.attempts += 1
            state, pause = after_failed_reading(row.attempts)
            row.next_time = now + pause
            if state is MailState.GIVEN_UP and row.state == MailState.WAITING:
                _end(row, MailState.GIVEN_UP, row.reason or "its reading never ended", now)
                return None
            return _Mail(
                row.message_id,
                row.mailbox_id,
                bytes(row.message_key),
                row.subject,
                row.sender,
                row.receive_time,
                row.attempts,
                bytes(row.body),
            )

    def _record_failure(self, caller: Caller, mail: _Mail, fault: str) -> None:
        now = self._clock()
        log.warning("mail.unreadable", message_id=str(mail.message_id), error=fault)
        state, pause = after_failed_reading(mail.attempts)
        with self._database.transaction(caller.tenant) as session:
            row = session.get_one(MailboxMessage, mail.message_id, with_for_update=True)
            row.state, row.reason, row.next_time = state, fault, now + pause
            if state is MailState.GIVEN_UP:
                _end(row, state, fault, now)

    def _settle(self, caller: Caller, mail: _Mail, reading: MailReading) -> None:
        """Postings, who found them, and the mail's outcome: in one transaction."""
        now = self._clock()
        with self._database.transaction(caller.tenant) as session:
            # The mailbox first, as whoever removes or stops it: nobody waits for somebody who waits for him.
            user_id = session.scalar(_owner(mail.mailbox_id))
            row = session.get(MailboxMessage, mail.message_id, with_for_update=True)
            if user_id is None or row is None or row.state not in (MailState.WAITING, MailState.FAILED):
                return
            if not reading.jobs:
                _end(row, MailState.IRRELEVANT, reading.refusal, now)
                return
            drafts: list[Draft | RowResult] = [job.draft(mail.message_key, now.date()) for job in reading.jobs]
            answer = self._importing.import_own(session, caller.tenant, drafts, platform=PLATFORM, origin="MAIL")
            self._credit(session, row, user_id, [each for each in answer if each.posting_id], now)
            created = sum(each.outcome == "NEW" for each in answer)
            row.posting_count = created
            if created or any(each.posting_id for each in answer):
                _end(row, MailState.POSTING_CREATED if created else MailState.DUPLICATE, "", now)
            else:
                _end(row, MailState.IRRELEVANT, answer[0].reason, now)

    def _credit(
        self, session: Session, row: MailboxMessage, user_id: UUID, answer: Sequence[RowResult], now: datetime
    ) -> None:
        """One row for each finder: whoever comes second is added, never written over (P-92)."""
        for posting_id in sorted({UUID(each.posting_id) for each in answer}):
            values = {
                "posting_mail_id": new_id(),
                "tenant_id": row.tenant_id,
                "posting_id": posting_id,
                "user_id": user_id,
                "mailbox_id": row.mailbox_id,
                "message_id": row.message_id,
                "subject": row.subject,
                "sender": row.sender,
                "receive_time": row.receive_time,
                "create_time": now,
            }
            session.execute(insert(PostingMail).values(values).on_conflict_do_nothing())


_UNREADABLE = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    MessageError,
    RecursionError,
    TypeError,
    ValueError,
)
"""What a mail may do to its reader; the standard parser is known for most of them."""


def _find(session: Session, caller: Caller, mailbox_id: UUID, *, lock: bool = False) -> Mailbox | None:
    statement = select(Mailbox).where(Mailbox.tenant_id == caller.tenant, Mailbox.mailbox_id == mailbox_id)
    return session.scalars(statement.with_for_update() if lock else statement).one_or_none()


def _owner(mailbox_id: UUID) -> Select[UUID]:
    """Whose a mailbox is, which stays until the transaction ends."""
    return select(Mailbox.user_id).where(Mailbox.mailbox_id == mailbox_id).with_for_update(key_share=True, read=True)


def _end(row: MailboxMessage, state: MailState, reason: str, now: datetime) -> None:
    """The outcome; the mail itself is not kept any longer."""
    row.state, row.reason, row.read_time, row.body = state, reason, now, None


def _tell(session: Session, caller: Caller, row: Mailbox, kind: str, now: datetime) -> None:
    values = {
        "notice_id": new_id(),
        "tenant_id": caller.tenant,
        "mailbox_id": row.mailbox_id,
        "user_id": row.user_id,
        "kind": kind,
        "message": NOTICE_TEXTS[kind],
        "create_time": now,
    }
    session.execute(insert(MailboxNotice).values(values).on_conflict_do_nothing())


def _end_notices(session: Session, caller: Caller, mailbox_id: UUID, now: datetime) -> None:
    session.execute(
        update(MailboxNotice)
        .where(
            MailboxNotice.tenant_id == caller.tenant,
            MailboxNotice.mailbox_id == mailbox_id,
            MailboxNotice.dismiss_time.is_(None),
        )
        .values(dismiss_time=now)
    )
