"""Valid requests about mailboxes, and a mailbox of the caller's own with a mail and a notice to ask for."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import grpc
from blacklight.matching.v1 import mailbox_pb2 as pb
from blacklight.matching.v1 import mailbox_service_pb2 as api
from blacklight_servicekit.ids import new_id
from blacklight_testkit.matrix import Builder, Ids, World
from google.protobuf.field_mask_pb2 import FieldMask
from sqlalchemy import text

SEEDED = {"mailboxes", "mailbox_messages", "mailbox_notices", "mailbox_sign_ins", "posting_mails"}

_MAILBOX = text(
    "INSERT INTO mailboxes (mailbox_id, tenant_id, user_id, name, address, provider, sign_in, host, port, security,"
    " folder, secret, state, sync_minutes, last_uid, read_since, failure, failure_count, version, create_time,"
    " update_time) VALUES (:mailbox_id, :tenant_id, :user_id, 'Work', :mailbox_id || '@mail.example', 'IMAP',"
    " 'PASSWORD', 'imap.mail.example', 993, 'TLS', 'INBOX', '', 'ACTIVE', 15, 0, now(), '', 0, 1, now(), now())"
)
_MESSAGE = text(
    "INSERT INTO mailbox_messages (message_id, tenant_id, mailbox_id, uid_validity, uid, message_key, subject, sender,"
    " receive_time, state, reason, attempts, next_time, posting_count, create_time) VALUES (:message_id, :tenant_id,"
    " :mailbox_id, 1, 1, '', 'Java Developer', 'dana@vendor.example', now(), 'POSTING_CREATED', '', 1, now(), 1, now())"
)
_MAIL = text(
    "INSERT INTO posting_mails (posting_mail_id, tenant_id, posting_id, user_id, mailbox_id, message_id, subject,"
    " sender, receive_time, create_time) VALUES (:message_id, :tenant_id, :posting_id, :user_id, :mailbox_id,"
    " :message_id, 'Java Developer', 'dana@vendor.example', now(), now())"
)
_NOTICE = text(
    "INSERT INTO mailbox_notices (notice_id, tenant_id, mailbox_id, user_id, kind, message, create_time)"
    " VALUES (:notice_id, :tenant_id, :mailbox_id, :user_id, 'NEEDS_SIGN_IN', 'Sign in again.', now())"
)
_SIGN_IN = text(
    "INSERT INTO mailbox_sign_ins (sign_in_id, tenant_id, user_id, provider, secret, address, name, folder,"
    " sync_minutes, create_time, expire_time) VALUES (:notice_id, :tenant_id, :user_id, 'GMAIL', '', 'a@mail.example',"
    " 'Work', 'INBOX', 15, now(), now())"
)


def seed(world: World, tenant: UUID, posting_id: str) -> Ids:
    """A mailbox of the tenant's caller, with one of everything."""
    ids = {name: str(new_id()) for name in ("mailbox_id", "message_id", "notice_id")}
    values = {**ids, "tenant_id": tenant, "user_id": world.users[tenant], "posting_id": posting_id}
    with world.running.database.transaction(tenant) as session:
        for statement in (_MAILBOX, _MESSAGE, _MAIL, _NOTICE, _SIGN_IN):
            session.execute(statement, values)
    return ids


def create(ids: Ids) -> api.CreateMailboxRequest:
    mailbox = pb.Mailbox(
        name="Work",
        address="robin@mail.example",
        provider=pb.MAIL_PROVIDER_IMAP,
        host="127.0.0.1",
        password="secret",
    )
    return api.CreateMailboxRequest(mailbox=mailbox)


def update(ids: Ids) -> api.UpdateMailboxRequest:
    mailbox = pb.Mailbox(mailbox_id=ids["mailbox_id"], name="Other name")
    return api.UpdateMailboxRequest(mailbox=mailbox, update_mask=FieldMask(paths=["name"]))


def of_mailbox(request: Any, **options: Any) -> Builder:
    return Builder(lambda ids: request(mailbox_id=ids["mailbox_id"]), **options)


def start(ids: Ids) -> api.StartMailboxOAuthRequest:
    return api.StartMailboxOAuthRequest(provider=pb.MAIL_PROVIDER_GMAIL, address="robin@mail.example")


BUILDERS = {
    # No address of this machine is public, and no provider is configured here.
    "MailboxService.CreateMailbox": Builder(create, codes=(grpc.StatusCode.FAILED_PRECONDITION,)),
    "MailboxService.StartMailboxOAuth": Builder(start, codes=(grpc.StatusCode.FAILED_PRECONDITION,)),
    # Nobody has begun a sign-in under this state.
    "MailboxService.CompleteMailboxOAuth": Builder(
        lambda ids: api.CompleteMailboxOAuthRequest(code="code", state="state"),
        codes=(grpc.StatusCode.INVALID_ARGUMENT,),
    ),
    "MailboxService.ReceiveMailboxOAuth": Builder(
        lambda ids: api.ReceiveMailboxOAuthRequest(code="code", state="state")
    ),
    "MailboxService.GetMailbox": of_mailbox(api.GetMailboxRequest),
    "MailboxService.ListMailboxes": Builder(lambda ids: api.ListMailboxesRequest(), shows="mailbox_id"),
    "MailboxService.UpdateMailbox": Builder(update),
    "MailboxService.DeleteMailbox": of_mailbox(api.DeleteMailboxRequest),
    "MailboxService.SyncMailbox": of_mailbox(api.SyncMailboxRequest),
    "MailboxService.StopUserMailboxes": Builder(lambda ids: api.StopUserMailboxesRequest(user_id=str(new_id()))),
    "MailboxService.ListMailboxMessages": of_mailbox(api.ListMailboxMessagesRequest, shows="message_id"),
    "MailboxService.GetMailboxStatistics": of_mailbox(api.GetMailboxStatisticsRequest),
    "MailboxService.ListMailFinders": Builder(lambda ids: api.ListMailFindersRequest()),
    "MailboxService.ListMailboxNotices": Builder(lambda ids: api.ListMailboxNoticesRequest(), shows="notice_id"),
    "MailboxService.DismissMailboxNotice": Builder(
        lambda ids: api.DismissMailboxNoticeRequest(notice_id=ids["notice_id"])
    ),
}
