"""Mailboxes on the wire."""

from __future__ import annotations

from blacklight.matching.v1 import mailbox_pb2 as pb
from blacklight.matching.v1 import mailbox_service_pb2 as api
from blacklight_servicekit.errors import Invalid

from blacklight_matching.mailboxes.endpoints import PORTS, PRESETS, Endpoint
from blacklight_matching.mailboxes.views import (
    FinderView,
    MailboxDraft,
    MailboxView,
    MessageView,
    NoticeView,
    StatisticsView,
)
from blacklight_matching.wire import clean, timestamp, without_prefix

SYNC_MINUTES = 15
INBOX = "INBOX"


def decode_draft(mailbox: pb.Mailbox) -> MailboxDraft:
    """A mailbox to connect by password. Raises Invalid (HOST_MISSING, PASSWORD_MISSING)."""
    if not mailbox.password:
        raise Invalid("a password is needed", reason="PASSWORD_MISSING", field="mailbox.password")
    provider = without_prefix(pb.MailProvider.Name(mailbox.provider), "MAIL_PROVIDER_")
    endpoint = PRESETS.get(provider) or _endpoint(mailbox)
    return MailboxDraft(
        name=clean(mailbox.name),
        address=clean(mailbox.address).lower(),
        provider=provider,
        host=endpoint.host,
        port=endpoint.port,
        security=endpoint.security,
        folder=mailbox.folder or INBOX,
        sync_minutes=mailbox.sync_minutes or SYNC_MINUTES,
    )


def _endpoint(mailbox: pb.Mailbox) -> Endpoint:
    host = clean(mailbox.host).strip().lower()
    if not host:
        raise Invalid("name the host of the IMAP server", reason="HOST_MISSING", field="mailbox.host")
    security = without_prefix(pb.MailSecurity.Name(mailbox.security), "MAIL_SECURITY_") or "TLS"
    return Endpoint(host, mailbox.port or PORTS[security], security)


def decode_sign_in(request: api.StartMailboxOAuthRequest) -> MailboxDraft:
    """A mailbox to sign in to at its provider."""
    address = clean(request.address).lower()
    return MailboxDraft(
        name=clean(request.name) or address[:100],
        address=address,
        provider=without_prefix(pb.MailProvider.Name(request.provider), "MAIL_PROVIDER_"),
        host="",
        port=0,
        security="",
        folder=request.folder or INBOX,
        sync_minutes=request.sync_minutes or SYNC_MINUTES,
    )


def encode_mailbox(view: MailboxView) -> pb.Mailbox:
    """A mailbox, without its password."""
    return pb.Mailbox(
        mailbox_id=str(view.mailbox_id),
        user_id=str(view.user_id),
        name=view.name,
        address=view.address,
        provider=pb.MailProvider.Value(f"MAIL_PROVIDER_{view.provider}"),
        sign_in=pb.MailSignIn.Value(f"MAIL_SIGN_IN_{view.sign_in}"),
        host=view.host,
        port=view.port,
        security=pb.MailSecurity.Value(f"MAIL_SECURITY_{view.security}"),
        folder=view.folder,
        paused=view.state == "PAUSED",
        sync_minutes=view.sync_minutes,
        state=pb.MailboxState.Value(f"MAILBOX_STATE_{view.state}"),
        last_sync_time=timestamp(view.last_sync_time),
        last_success_time=timestamp(view.last_success_time),
        failure=pb.MailFailure.Value(f"MAIL_FAILURE_{view.failure or 'UNSPECIFIED'}"),
        failure_time=timestamp(view.failure_time),
        etag=view.etag,
        create_time=timestamp(view.create_time),
        update_time=timestamp(view.update_time),
    )


def encode_message(view: MessageView) -> pb.MailboxMessage:
    """A mail and what came of it."""
    return pb.MailboxMessage(
        message_id=str(view.message_id),
        mailbox_id=str(view.mailbox_id),
        subject=view.subject,
        sender=view.sender,
        receive_time=timestamp(view.receive_time),
        state=pb.MailState.Value(f"MAIL_STATE_{view.state}"),
        reason=view.reason,
        attempts=view.attempts,
        posting_ids=map(str, view.posting_ids),
        read_time=timestamp(view.read_time),
    )


def encode_notice(view: NoticeView) -> pb.MailboxNotice:
    """What the owner is told."""
    return pb.MailboxNotice(
        notice_id=str(view.notice_id),
        mailbox_id=str(view.mailbox_id),
        kind=view.kind,
        message=view.message,
        create_time=timestamp(view.create_time),
    )


def encode_finder(view: FinderView) -> api.MailFinder:
    """What somebody found by mail."""
    return api.MailFinder(
        user_id=str(view.user_id),
        posting_count=view.posting_count,
        last_receive_time=timestamp(view.last_receive_time),
    )


def encode_statistics(view: StatisticsView) -> pb.MailboxStatistics:
    """What came of mails."""
    counts = [
        pb.MailCount(state=pb.MailState.Value(f"MAIL_STATE_{state}"), count=count)
        for state, count in sorted(view.mails.items())
    ]
    return pb.MailboxStatistics(
        mails=counts,
        postings_created=view.postings_created,
        postings_found_again=view.postings_found_again,
        conversion_percent=view.conversion_percent,
    )
