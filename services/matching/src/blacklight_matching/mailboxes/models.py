"""Tables of mailboxes; all are one tenant's."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from blacklight_servicekit.tables import Kind
from sqlalchemy import BigInteger, ColumnElement, ForeignKey, Index, Integer, text
from sqlalchemy.orm import Mapped, mapped_column

from blacklight_matching.models import Base

UNDISMISSED = text("dismiss_time IS NULL")
UNREAD = text("state IN ('WAITING', 'FAILED')")
NAMED = text("subject <> '' OR sender <> ''")


class Mailbox(Base):
    """A person's mailbox and how far it is read: mails of `uid_validity` up to `last_uid` are stored."""

    __tablename__ = "mailboxes"
    __table_args__ = (
        Index("uq_mailboxes_place", "tenant_id", "user_id", "address", "host", "folder", unique=True),
        {"info": {"kind": Kind.TENANT}},
    )

    mailbox_id: Mapped[UUID] = mapped_column(primary_key=True)
    tenant_id: Mapped[UUID]
    user_id: Mapped[UUID]
    name: Mapped[str]
    address: Mapped[str]
    # IMAP, GMAIL or OUTLOOK.
    provider: Mapped[str]
    # PASSWORD or OAUTH.
    sign_in: Mapped[str]
    host: Mapped[str]
    port: Mapped[int] = mapped_column(Integer)
    # TLS, STARTTLS or PLAIN.
    security: Mapped[str]
    folder: Mapped[str]
    secret: Mapped[bytes]
    # ACTIVE, PAUSED, NEEDS_SIGN_IN or STOPPED.
    state: Mapped[str]
    sync_minutes: Mapped[int] = mapped_column(Integer)
    uid_validity: Mapped[int | None] = mapped_column(BigInteger)
    last_uid: Mapped[int] = mapped_column(BigInteger)
    # The day from which mails are read where the numbers of the server do not tell.
    read_since: Mapped[datetime]
    last_sync_time: Mapped[datetime | None]
    last_success_time: Mapped[datetime | None]
    # Class of the last failure, empty since a success, or why it is stopped; how many in a row.
    failure: Mapped[str]
    failure_count: Mapped[int] = mapped_column(Integer)
    failure_time: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(Integer)
    create_time: Mapped[datetime]
    update_time: Mapped[datetime]


class MailboxMessage(Base):
    """A mail and what came of it; `body` is there until it is read."""

    __tablename__ = "mailbox_messages"
    __table_args__ = (
        Index("uq_mailbox_messages_key", "tenant_id", "mailbox_id", "message_key", unique=True),
        Index("ix_mailbox_messages_due", "mailbox_id", "next_time", postgresql_where=UNREAD),
        Index("ix_mailbox_messages_listed", "mailbox_id", "message_id"),
        Index("ix_mailbox_messages_kept", "tenant_id", "create_time"),
        {"info": {"kind": Kind.TENANT}},
    )

    message_id: Mapped[UUID] = mapped_column(primary_key=True)
    tenant_id: Mapped[UUID]
    mailbox_id: Mapped[UUID] = mapped_column(ForeignKey(Mailbox.mailbox_id, ondelete="CASCADE"))
    uid_validity: Mapped[int] = mapped_column(BigInteger)
    uid: Mapped[int] = mapped_column(BigInteger)
    # What the mail is recognised by when the server numbers its mails anew.
    message_key: Mapped[bytes]
    subject: Mapped[str]
    sender: Mapped[str]
    receive_time: Mapped[datetime]
    # WAITING, POSTING_CREATED, DUPLICATE, IRRELEVANT, FAILED or GIVEN_UP.
    state: Mapped[str]
    reason: Mapped[str]
    attempts: Mapped[int] = mapped_column(Integer)
    next_time: Mapped[datetime]
    posting_count: Mapped[int] = mapped_column(Integer)
    body: Mapped[bytes | None]
    create_time: Mapped[datetime]
    read_time: Mapped[datetime | None]


class PostingMail(Base):
    """A mail that a posting came by: one row for each finder, so that none is lost to another (P-92).

    Subject and sender are emptied when they have been kept for long enough, and when the mailbox is removed.
    """

    __tablename__ = "posting_mails"
    __table_args__ = (
        Index("uq_posting_mails_message", "tenant_id", "posting_id", "message_id", unique=True),
        Index("ix_posting_mails_user", "tenant_id", "user_id", "posting_id"),
        Index("ix_posting_mails_kept", "tenant_id", "create_time", postgresql_where=NAMED),
        {"info": {"kind": Kind.TENANT}},
    )

    posting_mail_id: Mapped[UUID] = mapped_column(primary_key=True)
    tenant_id: Mapped[UUID]
    posting_id: Mapped[UUID] = mapped_column(ForeignKey("matching.postings.posting_id", ondelete="CASCADE"), index=True)
    user_id: Mapped[UUID]
    mailbox_id: Mapped[UUID | None] = mapped_column(ForeignKey(Mailbox.mailbox_id, ondelete="SET NULL"), index=True)
    message_id: Mapped[UUID]
    subject: Mapped[str]
    sender: Mapped[str]
    receive_time: Mapped[datetime]
    create_time: Mapped[datetime]


class MailboxNotice(Base):
    """What the owner of a mailbox is told, or the administrators where it is stopped; of each kind at most one that is
    not dismissed.
    """

    __tablename__ = "mailbox_notices"
    __table_args__ = (
        Index("uq_mailbox_notices_open", "tenant_id", "mailbox_id", "kind", unique=True, postgresql_where=UNDISMISSED),
        Index("ix_mailbox_notices_user", "tenant_id", "user_id", "notice_id"),
        {"info": {"kind": Kind.TENANT}},
    )

    notice_id: Mapped[UUID] = mapped_column(primary_key=True)
    tenant_id: Mapped[UUID]
    mailbox_id: Mapped[UUID] = mapped_column(ForeignKey(Mailbox.mailbox_id, ondelete="CASCADE"), index=True)
    user_id: Mapped[UUID]
    kind: Mapped[str]
    message: Mapped[str]
    create_time: Mapped[datetime]
    dismiss_time: Mapped[datetime | None]


class MailboxSignIn(Base):
    """A sign-in under way at a provider; gone once it is used."""

    __tablename__ = "mailbox_sign_ins"
    __table_args__ = (
        Index("ix_mailbox_sign_ins_expire_time", "tenant_id", "expire_time"),
        {"info": {"kind": Kind.TENANT}},
    )

    sign_in_id: Mapped[UUID] = mapped_column(primary_key=True)
    tenant_id: Mapped[UUID]
    user_id: Mapped[UUID]
    provider: Mapped[str]
    # The PKCE verifier, sealed.
    secret: Mapped[bytes]
    address: Mapped[str]
    name: Mapped[str]
    folder: Mapped[str]
    sync_minutes: Mapped[int] = mapped_column(Integer)
    create_time: Mapped[datetime]
    expire_time: Mapped[datetime]


def visible(tenant_id: UUID, person: UUID, *, all_of_tenant: bool) -> ColumnElement[bool]:
    """Mailboxes that somebody may see: the own ones, or all of the tenant (P-91)."""
    of_tenant = Mailbox.tenant_id == tenant_id
    return of_tenant if all_of_tenant else of_tenant & (Mailbox.user_id == person)
