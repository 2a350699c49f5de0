"""Mailboxes as they leave the service: never what they are signed in to with. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class MailboxView:
    """A mailbox."""

    mailbox_id: UUID
    user_id: UUID
    name: str
    address: str
    provider: str
    sign_in: str
    host: str
    port: int
    security: str
    folder: str
    state: str
    sync_minutes: int
    last_sync_time: datetime | None
    last_success_time: datetime | None
    failure: str
    failure_time: datetime | None
    etag: str
    create_time: datetime
    update_time: datetime


@dataclass(frozen=True, slots=True)
class MessageView:
    """A mail and what came of it."""

    message_id: UUID
    mailbox_id: UUID
    subject: str
    sender: str
    receive_time: datetime
    state: str
    reason: str
    attempts: int
    posting_ids: tuple[UUID, ...]
    read_time: datetime | None


@dataclass(frozen=True, slots=True)
class NoticeView:
    """What the owner of a mailbox is told."""

    notice_id: UUID
    mailbox_id: UUID
    kind: str
    message: str
    create_time: datetime


@dataclass(frozen=True, slots=True)
class StatisticsView:
    """Mails by what came of them, postings created and postings found again, and how many of a hundred mails read
    gave a posting.
    """

    mails: dict[str, int]
    postings_created: int
    postings_found_again: int
    conversion_percent: int


@dataclass(frozen=True, slots=True)
class FinderView:
    """What somebody found by mail."""

    user_id: UUID
    posting_count: int
    last_receive_time: datetime


@dataclass(frozen=True, slots=True)
class PostingMailView:
    """A mail that a posting came by."""

    user_id: UUID
    mailbox_id: UUID | None
    subject: str
    sender: str
    receive_time: datetime


@dataclass(frozen=True, slots=True)
class MailboxDraft:
    """A mailbox to connect; host, port and security are empty or zero where the provider is known."""

    name: str
    address: str
    provider: str
    host: str
    port: int
    security: str
    folder: str
    sync_minutes: int
