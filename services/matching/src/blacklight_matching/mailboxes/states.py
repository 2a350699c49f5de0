"""States of mailboxes and mails, how failures are judged, and the patience with each. Pure.

Spec 3.18, 3.19, 3.22; pains P-85, P-87.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum


class MailboxState(StrEnum):
    """Whether a mailbox is read."""

    ACTIVE = "ACTIVE"
    PAUSED = "PAUSED"
    NEEDS_SIGN_IN = "NEEDS_SIGN_IN"
    STOPPED = "STOPPED"


class MailState(StrEnum):
    """What came of a mail; WAITING and FAILED ones are still to be read."""

    WAITING = "WAITING"
    POSTING_CREATED = "POSTING_CREATED"
    DUPLICATE = "DUPLICATE"
    IRRELEVANT = "IRRELEVANT"
    FAILED = "FAILED"
    GIVEN_UP = "GIVEN_UP"


class FailureKind(StrEnum):
    """Whose fault it is that a mailbox could not be read."""

    AUTHENTICATION = "AUTHENTICATION"
    """The owner's sign-in does not hold: only the owner can help."""
    NETWORK = "NETWORK"
    """No connection, one that was cut, or one without a trusted certificate."""
    PROVIDER = "PROVIDER"
    """The provider answers, but not as it should."""
    QUOTA = "QUOTA"
    """The provider asks to come back later."""
    FOLDER = "FOLDER"
    """The folder is not there."""
    ADDRESS = "ADDRESS"
    """The host's name leads to an address that is not public."""
    OURS = "OURS"
    """Our own fault."""


class MailFailure(Exception):
    """A mailbox could not be read; `detail` is our own words, never the server's."""

    def __init__(self, kind: FailureKind, detail: str) -> None:
        super().__init__(f"{kind}: {detail}")
        self.kind = kind
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a failure leads to.

    Attributes:
        state: state of the mailbox afterwards.
        pause: how long until it is tried again; zero where only the owner can help.
        notice: kind of the notice to its owner, empty for none yet.
    """

    state: MailboxState
    pause: timedelta
    notice: str


FIRST_PAUSE = timedelta(minutes=1)
LONGEST_PAUSE = timedelta(hours=1)
QUOTA_PAUSE = timedelta(minutes=15)
TELL_AFTER = 3
"""Failures in a row after which the owner is told that the mailbox is read late."""


def judge(kind: FailureKind, failures: int) -> Judgement:
    """What the n-th failure in a row leads to. Only a sign-in that does not hold stops a mailbox; nothing else ever
    does, however often it fails (P-87).
    """
    if kind is FailureKind.AUTHENTICATION:
        return Judgement(MailboxState.NEEDS_SIGN_IN, timedelta(), "NEEDS_SIGN_IN")
    pause = min(FIRST_PAUSE * 2 ** min(failures - 1, 10), LONGEST_PAUSE)
    if kind is FailureKind.QUOTA:
        pause = max(pause, QUOTA_PAUSE)
    told = kind in (FailureKind.FOLDER, FailureKind.ADDRESS) or failures >= TELL_AFTER
    return Judgement(MailboxState.ACTIVE, pause, _NOTICES.get(kind, "SYNC_DELAYED") if told else "")


_NOTICES = {FailureKind.FOLDER: "FOLDER_MISSING", FailureKind.ADDRESS: "HOST_REFUSED", FailureKind.QUOTA: "QUOTA"}

CHANGED = "mailbox.changed"
"""Event: the workflow of a mailbox is to look at it."""

OWNER_DEACTIVATED = "OWNER_DEACTIVATED"
"""Why a mailbox is stopped for good, and the kind of the notice about it."""

NOTICE_TEXTS = {
    "NEEDS_SIGN_IN": "The provider refuses the sign-in. Sign in again, or give the new password; nothing is lost: "
    "reading goes on where it stopped.",
    "SYNC_DELAYED": "The mailbox could not be read for a while. It is tried again by itself; nothing is lost.",
    "FOLDER_MISSING": "The folder does not exist any more. Name another one, or make it again.",
    "HOST_REFUSED": "The host's name does not lead to a public address, so it is not connected to.",
    OWNER_DEACTIVATED: "The owner of this mailbox was deactivated. It is read no more, and its password or tokens are "
    "forgotten; the postings that came of it stay.",
    "QUOTA": "The provider limits how often the mailbox is read. It is tried again later by itself.",
}

MOST_ATTEMPTS = 3
RETRY_PAUSE = timedelta(minutes=10)


def after_failed_reading(attempts: int) -> tuple[MailState, timedelta]:
    """State of a mail whose reading failed for the n-th time, and when it is tried again."""
    if attempts >= MOST_ATTEMPTS:
        return MailState.GIVEN_UP, timedelta()
    return MailState.FAILED, RETRY_PAUSE * attempts
