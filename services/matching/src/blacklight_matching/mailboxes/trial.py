"""A sign-in is tried before it is kept, and what comes of it is told to who wants it. Pure."""

from __future__ import annotations

from blacklight_servicekit.errors import FailedPrecondition, ServiceError, Unavailable

from blacklight_matching.mailboxes.endpoints import Endpoint
from blacklight_matching.mailboxes.imap.connection import try_sign_in
from blacklight_matching.mailboxes.imap.signing_in import SignIn
from blacklight_matching.mailboxes.rules import MailRules
from blacklight_matching.mailboxes.states import FailureKind, MailFailure
from blacklight_matching.mailboxes.views import MailboxDraft


def try_out(draft: MailboxDraft, sign_in: SignIn, rules: MailRules) -> None:
    """Signs in and opens the folder. Raises as `as_error` says."""
    endpoint = Endpoint(draft.host, draft.port, draft.security)
    try:
        try_sign_in(endpoint, sign_in, draft.folder, rules.hosts, rules.ca_file)
    except MailFailure as failure:
        raise as_error(failure) from failure


def as_error(failure: MailFailure) -> ServiceError:
    """A failure to sign in, as the answer to who wants to connect: FailedPrecondition (SIGN_IN_REFUSED, FOLDER_MISSING,
    HOST_REFUSED) or Unavailable (MAILBOX_UNREACHABLE).
    """
    reason = {
        FailureKind.AUTHENTICATION: "SIGN_IN_REFUSED",
        FailureKind.FOLDER: "FOLDER_MISSING",
        FailureKind.ADDRESS: "HOST_REFUSED",
    }.get(failure.kind)
    if reason is not None:
        return FailedPrecondition(failure.detail, reason=reason)
    return Unavailable(failure.detail, reason="MAILBOX_UNREACHABLE")
