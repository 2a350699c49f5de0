"""A mailbox as a recruiter connects it: real server, worker, relay, Temporal, PostgreSQL and IMAP server."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import grpc
import pytest
from blacklight.matching.v1 import (
    mailbox_pb2,
    mailbox_service_pb2,
    mailbox_service_pb2_grpc,
    posting_pb2,
    posting_service_pb2,
    posting_service_pb2_grpc,
)
from blacklight_matching.app import APP
from blacklight_servicekit.ids import new_id
from google.protobuf.field_mask_pb2 import FieldMask

from services.matching.tests.mail_server import PASSWORD, MailServer
from services.matching.tests.mailbox_rig import a_mail

PATIENCE = 60.0


@pytest.fixture
def channel(serve_app: Any, work_app: Any, make_settings: Any, server: MailServer) -> grpc.Channel:
    """The service, serving and working, which may connect to this machine."""
    settings = make_settings(
        APP, temporal=True, mailbox_allow_private_hosts=True, mailbox_ca_file=server.ca_file, mailbox_lookback_days=2
    )
    work_app(APP, settings=settings)
    made: grpc.Channel = serve_app(APP, settings=settings).channel
    return made


def until(ask: Callable[[], Any]) -> Any:
    """The first answer that is not empty."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        answer = ask()
        if answer:
            return answer
        time.sleep(0.1)
    raise AssertionError("it never came to hold")


def a_mailbox(server: MailServer, user: str, **changed: Any) -> mailbox_pb2.Mailbox:
    values: dict[str, Any] = {
        "name": "Work",
        "address": user,
        "provider": mailbox_pb2.MAIL_PROVIDER_IMAP,
        "host": server.host,
        "port": server.port,
        "password": PASSWORD,
    }
    return mailbox_pb2.Mailbox(**(values | changed))


def test_mails_become_private_postings_that_show_who_found_them(channel: grpc.Channel, tokens: Any, server: MailServer):
    mailboxes = mailbox_service_pb2_grpc.MailboxServiceStub(channel)
    postings = posting_service_pb2_grpc.PostingServiceStub(channel)
    tenant, person = new_id(), new_id()
    me = tokens.user(tenant, user_id=person)
    user = server.add_user()
    server.deliver(user, a_mail("wire1"), a_mail("wire2", subject="Weekly newsletter", body="Read."))
    request = mailbox_service_pb2.CreateMailboxRequest(mailbox=a_mailbox(server, user), request_id=str(new_id()))
    made = mailboxes.CreateMailbox(request, metadata=me)
    assert made.password == ""
    assert mailboxes.CreateMailbox(request, metadata=me).mailbox_id == made.mailbox_id

    def listed(caller: Any) -> Any:
        asked = posting_service_pb2.ListPostingsRequest(origin=posting_pb2.POSTING_ORIGIN_MAIL)
        return postings.ListPostings(asked, metadata=caller).postings

    [posting] = until(lambda: listed(me))
    assert (posting.private, posting.title) == (True, "Java Developer")
    assert list(listed(tokens.user(new_id()))) == []
    shown = postings.GetPosting(posting_service_pb2.GetPostingRequest(posting_id=posting.posting_id), metadata=me)
    assert [mail.user_id for mail in shown.mails] == [str(person)]

    server.deliver(user, a_mail("wire3"))
    mailboxes.SyncMailbox(mailbox_service_pb2.SyncMailboxRequest(mailbox_id=made.mailbox_id), metadata=me)
    until(lambda: len(listed(me)) == 2)
    asked = mailbox_service_pb2.GetMailboxStatisticsRequest(mailbox_id=made.mailbox_id)
    counted = mailboxes.GetMailboxStatistics(asked, metadata=me)
    assert (counted.postings_created, counted.conversion_percent) == (2, 66)

    paused = mailbox_pb2.Mailbox(mailbox_id=made.mailbox_id, paused=True)
    update = mailbox_service_pb2.UpdateMailboxRequest(mailbox=paused, update_mask=FieldMask(paths=["paused"]))
    assert mailboxes.UpdateMailbox(update, metadata=me).state == mailbox_pb2.MAILBOX_STATE_PAUSED
    mailboxes.DeleteMailbox(mailbox_service_pb2.DeleteMailboxRequest(mailbox_id=made.mailbox_id), metadata=me)
    assert len(listed(me)) == 2


def test_a_password_is_in_no_answer_log_or_row(
    channel: grpc.Channel, tokens: Any, server: MailServer, capfd: pytest.CaptureFixture[str]
):
    mailboxes = mailbox_service_pb2_grpc.MailboxServiceStub(channel)
    me = tokens.user(new_id())
    canary = "canary-password-7731"
    request = mailbox_service_pb2.CreateMailboxRequest(
        mailbox=a_mailbox(server, server.add_user(), password=canary), request_id=str(new_id())
    )
    with pytest.raises(grpc.RpcError) as refused:
        mailboxes.CreateMailbox(request, metadata=me)
    assert refused.value.code() is grpc.StatusCode.FAILED_PRECONDITION
    told = capfd.readouterr()
    assert canary not in str(refused.value) + told.out + told.err
