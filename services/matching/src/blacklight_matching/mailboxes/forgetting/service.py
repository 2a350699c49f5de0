"""Forgets what mails said of people: who wrote about what. After some time, and when a mailbox is removed.

Postings stay, and who of the tenant found them; subjects and senders are personal data of others and do not.
"""

from __future__ import annotations

from uuid import UUID

from blacklight_servicekit.clock import Clock
from blacklight_servicekit.database import Database
from sqlalchemy import ColumnElement, delete, or_, select, update
from sqlalchemy.orm import Session

from blacklight_matching.mailboxes.models import Mailbox, MailboxMessage, PostingMail
from blacklight_matching.mailboxes.rules import MailRules

BATCH = 1_000
"""Rows of a table in one transaction."""


class MailForgetting:
    """Removes records of mails, and empties the mails of postings; again, it changes nothing."""

    def __init__(self, database: Database, clock: Clock, rules: MailRules) -> None:
        self._database = database
        self._clock = clock
        self._rules = rules

    def forget_old(self) -> int:
        """Forgets what is on record for longer than it is kept, of every mailbox, read or not; returns how many."""
        before = self._clock() - self._rules.retention
        with self._database.platform_transaction() as session:
            tenants = session.scalars(select(Mailbox.tenant_id).distinct().order_by(Mailbox.tenant_id)).all()
        return sum(
            self._forget(tenant_id, MailboxMessage.create_time < before, PostingMail.create_time < before)
            for tenant_id in tenants
        )

    def forget_mailbox(self, tenant_id: UUID, mailbox_id: UUID) -> int:
        """Forgets all mails of a mailbox that is to be removed; returns how many."""
        return self._forget(tenant_id, MailboxMessage.mailbox_id == mailbox_id, PostingMail.mailbox_id == mailbox_id)

    def forget_last(self, session: Session, tenant_id: UUID, mailbox_id: UUID) -> None:
        """Part: the few mails that came by while the others were forgotten; under the lock of the mailbox."""
        _empty_mails(session, tenant_id, PostingMail.mailbox_id == mailbox_id, most=None)

    def _forget(self, tenant_id: UUID, messages: ColumnElement[bool], mails: ColumnElement[bool]) -> int:
        total, found = 0, BATCH
        while found >= BATCH:
            with self._database.transaction(tenant_id) as session:
                removed = _remove_messages(session, tenant_id, messages)
                emptied = _empty_mails(session, tenant_id, mails, most=BATCH)
            found, total = max(removed, emptied), total + removed + emptied
        return total


def _remove_messages(session: Session, tenant_id: UUID, condition: ColumnElement[bool]) -> int:
    page = (
        select(MailboxMessage.message_id)
        .where(MailboxMessage.tenant_id == tenant_id, condition)
        .limit(BATCH)
        .with_for_update(skip_locked=True)
    )
    return len(
        session.scalars(
            delete(MailboxMessage).where(MailboxMessage.message_id.in_(page)).returning(MailboxMessage.message_id)
        ).all()
    )


def _empty_mails(session: Session, tenant_id: UUID, condition: ColumnElement[bool], most: int | None) -> int:
    page = (
        select(PostingMail.posting_mail_id)
        .where(PostingMail.tenant_id == tenant_id, or_(PostingMail.subject != "", PostingMail.sender != ""), condition)
        .limit(most)
        .with_for_update()
    )
    return len(
        session.scalars(
            update(PostingMail)
            .where(PostingMail.posting_mail_id.in_(page))
            .values(subject="", sender="")
            .returning(PostingMail.posting_mail_id)
        ).all()
    )
