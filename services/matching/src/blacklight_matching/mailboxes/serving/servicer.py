"""MailboxService: decode, call, encode."""

from __future__ import annotations

from uuid import UUID

from blacklight.matching.v1 import mailbox_pb2, mailbox_service_pb2
from blacklight_servicekit.caller import Caller
from blacklight_servicekit.errors import Invalid
from blacklight_servicekit.masks import paths_of, validate_fields
from google.api import httpbody_pb2
from google.protobuf import empty_pb2

from blacklight_matching.mailboxes.connecting.service import MailboxConnecting
from blacklight_matching.mailboxes.encoding import (
    INBOX,
    SYNC_MINUTES,
    decode_draft,
    decode_sign_in,
    encode_finder,
    encode_mailbox,
    encode_message,
    encode_notice,
    encode_statistics,
)
from blacklight_matching.mailboxes.outcomes.service import MailOutcomes
from blacklight_matching.mailboxes.service import Mailboxes
from blacklight_matching.mailboxes.signing.page import callback_page
from blacklight_matching.mailboxes.stopping.service import MailboxStopping
from blacklight_matching.wire import clean, optional_uuid, without_prefix

WRITABLE = ("name", "folder", "password", "paused", "sync_minutes")


class MailboxServicer:
    """Mailboxes of the caller."""

    service = mailbox_service_pb2.DESCRIPTOR.services_by_name["MailboxService"]

    def __init__(
        self,
        mailboxes: Mailboxes,
        connecting: MailboxConnecting,
        stopping: MailboxStopping,
        outcomes: MailOutcomes,
        front_end_url: str,
    ) -> None:
        self._mailboxes = mailboxes
        self._connecting = connecting
        self._stopping = stopping
        self._outcomes = outcomes
        self._front_end_url = front_end_url

    def CreateMailbox(self, request: mailbox_service_pb2.CreateMailboxRequest, caller: Caller) -> mailbox_pb2.Mailbox:
        """Connects a mailbox by password."""
        told = mailbox_service_pb2.CreateMailboxRequest()
        told.CopyFrom(request)
        # The log keeps a hash of the request, from which a short password could be guessed.
        told.mailbox.password = self._connecting.fingerprint(request.mailbox.password)
        return self._connecting.create(
            caller,
            decode_draft(request.mailbox),
            request.mailbox.password,
            request_id=request.request_id,
            request=told,
            answer=mailbox_pb2.Mailbox,
            encode=encode_mailbox,
        )

    def StartMailboxOAuth(
        self, request: mailbox_service_pb2.StartMailboxOAuthRequest, caller: Caller
    ) -> mailbox_service_pb2.StartMailboxOAuthResponse:
        """Says where the person allows the access."""
        url = self._connecting.start_sign_in(caller, decode_sign_in(request))
        return mailbox_service_pb2.StartMailboxOAuthResponse(authorization_url=url)

    def ReceiveMailboxOAuth(
        self, request: mailbox_service_pb2.ReceiveMailboxOAuthRequest, caller: Caller
    ) -> httpbody_pb2.HttpBody:
        """The page that hands code and state on."""
        page = callback_page(self._front_end_url, code=request.code, state=request.state, error=request.error)
        return httpbody_pb2.HttpBody(content_type="text/html; charset=utf-8", data=page.encode())

    def CompleteMailboxOAuth(
        self, request: mailbox_service_pb2.CompleteMailboxOAuthRequest, caller: Caller
    ) -> mailbox_pb2.Mailbox:
        """Connects the mailbox that was signed in to."""
        return encode_mailbox(self._connecting.complete_sign_in(caller, state=request.state, code=request.code))

    def GetMailbox(self, request: mailbox_service_pb2.GetMailboxRequest, caller: Caller) -> mailbox_pb2.Mailbox:
        """Reads one mailbox."""
        return encode_mailbox(self._mailboxes.get(caller, UUID(request.mailbox_id)))

    def ListMailboxes(
        self, request: mailbox_service_pb2.ListMailboxesRequest, caller: Caller
    ) -> mailbox_service_pb2.ListMailboxesResponse:
        """Lists mailboxes."""
        views, token = self._mailboxes.list_mailboxes(
            caller,
            page_size=request.page_size,
            page_token=request.page_token,
            user_id=optional_uuid(request.user_id),
            state=without_prefix(mailbox_pb2.MailboxState.Name(request.state), "MAILBOX_STATE_"),
        )
        return mailbox_service_pb2.ListMailboxesResponse(mailboxes=map(encode_mailbox, views), next_page_token=token)

    def UpdateMailbox(self, request: mailbox_service_pb2.UpdateMailboxRequest, caller: Caller) -> mailbox_pb2.Mailbox:
        """Writes the fields named in the mask."""
        given = request.mailbox
        paths = paths_of(request.update_mask, WRITABLE)
        validate_fields(given, paths)
        if "password" in paths and not given.password:
            raise Invalid("a password is needed", reason="PASSWORD_MISSING", field="mailbox.password")
        values = {
            "name": clean(given.name),
            "folder": given.folder or INBOX,
            "paused": given.paused,
            "sync_minutes": given.sync_minutes or SYNC_MINUTES,
            "password": given.password,
        }
        view = self._mailboxes.update(
            caller,
            _mailbox_id(given.mailbox_id),
            etag=given.etag,
            **{path: values[path] for path in paths},  # type: ignore[arg-type]
        )
        return encode_mailbox(view)

    def DeleteMailbox(self, request: mailbox_service_pb2.DeleteMailboxRequest, caller: Caller) -> empty_pb2.Empty:
        """Removes a mailbox."""
        self._mailboxes.delete(caller, UUID(request.mailbox_id), request.etag)
        return empty_pb2.Empty()

    def SyncMailbox(self, request: mailbox_service_pb2.SyncMailboxRequest, caller: Caller) -> mailbox_pb2.Mailbox:
        """Has a mailbox read now."""
        return encode_mailbox(self._mailboxes.sync_now(caller, UUID(request.mailbox_id)))

    def StopUserMailboxes(
        self, request: mailbox_service_pb2.StopUserMailboxesRequest, caller: Caller
    ) -> mailbox_service_pb2.StopUserMailboxesResponse:
        """Stops the mailboxes of somebody who was deactivated."""
        count = self._stopping.stop_all(caller, UUID(request.user_id))
        return mailbox_service_pb2.StopUserMailboxesResponse(stopped_count=count)

    def ListMailboxMessages(
        self, request: mailbox_service_pb2.ListMailboxMessagesRequest, caller: Caller
    ) -> mailbox_service_pb2.ListMailboxMessagesResponse:
        """Lists mails and what came of them."""
        views, token = self._outcomes.list_messages(
            caller,
            UUID(request.mailbox_id),
            page_size=request.page_size,
            page_token=request.page_token,
            state=without_prefix(mailbox_pb2.MailState.Name(request.state), "MAIL_STATE_"),
        )
        return mailbox_service_pb2.ListMailboxMessagesResponse(
            messages=map(encode_message, views), next_page_token=token
        )

    def GetMailboxStatistics(
        self, request: mailbox_service_pb2.GetMailboxStatisticsRequest, caller: Caller
    ) -> mailbox_pb2.MailboxStatistics:
        """Counts what came of mails."""
        return encode_statistics(self._outcomes.statistics(caller, optional_uuid(request.mailbox_id)))

    def ListMailFinders(
        self, request: mailbox_service_pb2.ListMailFindersRequest, caller: Caller
    ) -> mailbox_service_pb2.ListMailFindersResponse:
        """Lists who found postings by mail."""
        views, token = self._outcomes.list_finders(caller, page_size=request.page_size, page_token=request.page_token)
        return mailbox_service_pb2.ListMailFindersResponse(finders=map(encode_finder, views), next_page_token=token)

    def ListMailboxNotices(
        self, request: mailbox_service_pb2.ListMailboxNoticesRequest, caller: Caller
    ) -> mailbox_service_pb2.ListMailboxNoticesResponse:
        """Lists what the caller is told."""
        views, token = self._outcomes.list_notices(caller, page_size=request.page_size, page_token=request.page_token)
        return mailbox_service_pb2.ListMailboxNoticesResponse(notices=map(encode_notice, views), next_page_token=token)

    def DismissMailboxNotice(
        self, request: mailbox_service_pb2.DismissMailboxNoticeRequest, caller: Caller
    ) -> mailbox_pb2.MailboxNotice:
        """Takes a notice off the list."""
        return encode_notice(self._outcomes.dismiss_notice(caller, UUID(request.notice_id)))


def _mailbox_id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise Invalid("a mailbox_id is a UUID", reason="INVALID_FIELD", field="mailbox.mailbox_id") from error
