"""What is put on record of mails as they come: those to be read, and those that are gone already. Pure."""

from __future__ import annotations

import hashlib
from datetime import datetime

from blacklight_matching.mailboxes.imap.folder import FetchedMail
from blacklight_matching.mailboxes.reading.head import head_of
from blacklight_matching.mailboxes.states import MailState

GONE = "GONE"
"""Why nothing came of a mail that was deleted before it was fetched."""


def waiting(mail: FetchedMail, now: datetime) -> dict[str, object]:
    """A mail to be read; one of which nobody knows when it came, as one that comes now."""
    head = head_of(mail.raw)
    return {
        "uid": mail.uid,
        "message_key": head.key,
        "subject": head.subject,
        "sender": head.sender,
        "receive_time": mail.receive_time or now,
        "state": MailState.WAITING,
        "reason": "",
        "body": mail.raw,
        "read_time": None,
    }


def gone(uid_validity: int, uid: int, now: datetime) -> dict[str, object]:
    """A mail that the server named and did not have any more when it was asked for it."""
    return {
        "uid": uid,
        "message_key": hashlib.sha256(f"gone {uid_validity} {uid}".encode()).digest(),
        "subject": "",
        "sender": "",
        "receive_time": now,
        "state": MailState.GIVEN_UP,
        "reason": GONE,
        "body": None,
        "read_time": now,
    }
