"""A folder that is open for reading: which mails there are, and what they say."""

from __future__ import annotations

import imaplib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from blacklight_matching.mailboxes.states import FailureKind, MailFailure

MOST_BYTES = 1024 * 1024
"""Of one mail; the rest, mostly attachments, is left on the server."""
FIRST_YEAR = 1980
"""Before there was IMAP no server received a mail."""
_NUMBER = re.compile(rb"\d{1,10}")
_UID = re.compile(rb"\bUID (\d{1,10})\b")
_DATE = re.compile(rb'\bINTERNALDATE "([^"]{1,40})"')
_SIZE = re.compile(rb"\bRFC822\.SIZE (\d{1,12})\b")


@dataclass(frozen=True, slots=True)
class FetchedMail:
    """A mail as the server has it, cut to `MOST_BYTES`; without a time where the server gives none that can be read."""

    uid: int
    receive_time: datetime | None
    size: int
    raw: bytes


class Folder:
    """Mails are numbered by UID; the numbers hold as long as `uid_validity` stays the same (RFC 3501)."""

    def __init__(self, connection: imaplib.IMAP4, uid_validity: int) -> None:
        self._connection = connection
        self.uid_validity = uid_validity

    def uids_after(self, uid: int, since: datetime | None = None) -> list[int]:
        """The numbers of all mails after this one, in order; `since` leaves out those received before that day."""
        criteria = ["UID", f"{uid + 1}:*", *(["SINCE", _date(since)] if since else [])]
        answer, found = self._connection.uid("SEARCH", *criteria)
        if answer != "OK":
            raise MailFailure(FailureKind.PROVIDER, "the server does not search")
        numbers = sorted(
            {int(number) for line in found if line for number in line.split() if _NUMBER.fullmatch(number)}
        )
        # `n:*` names the last mail even where its number is below n.
        return [number for number in numbers if number > uid]

    def fetch(self, uids: Sequence[int]) -> list[FetchedMail]:
        """These mails, without marking them as seen. What the server leaves out is asked for once more; what is left
        out again is gone.
        """
        mails = {mail.uid: mail for mail in self._fetch(uids)}
        left_out = [uid for uid in uids if uid not in mails]
        if left_out:
            mails |= {mail.uid: mail for mail in self._fetch(left_out)}
        return [mails[uid] for uid in sorted(set(uids)) if uid in mails]

    def _fetch(self, uids: Sequence[int]) -> list[FetchedMail]:
        wanted = ",".join(map(str, uids))
        answer, found = self._connection.uid(
            "FETCH", wanted, f"(UID INTERNALDATE RFC822.SIZE BODY.PEEK[]<0.{MOST_BYTES}>)"
        )
        if answer != "OK":
            raise MailFailure(FailureKind.PROVIDER, "the server does not fetch")
        # What belongs to one mail comes as pairs of a head and a body; some servers name the number after the body.
        mails: list[FetchedMail] = []
        for place, part in enumerate(found):
            if isinstance(part, tuple):
                after = found[place + 1] if place + 1 < len(found) else b""
                mails += _mail(part[0], after if isinstance(after, bytes) else b"", part[1])
        return mails


def _mail(head: bytes, tail: bytes, raw: bytes) -> list[FetchedMail]:
    said = head + b" " + tail
    uid, size = _UID.search(said), _SIZE.search(said)
    if uid is None:
        return []
    return [FetchedMail(int(uid.group(1)), _received(said), int(size.group(1)) if size else len(raw), raw)]


def _received(said: bytes) -> datetime | None:
    """When the mail came; None for what is no time, or none that a mail can have come at. One such mail must not keep
    the others from being read.
    """
    found = _DATE.search(said)
    try:
        text = found.group(1).decode() if found else ""
        moment = datetime.strptime(text.strip(), "%d-%b-%Y %H:%M:%S %z").astimezone(UTC)
    except (ValueError, OverflowError):  # no date at all; the year 1 in a zone
        return None
    return moment if moment.year >= FIRST_YEAR else None


def _date(moment: datetime) -> str:
    """A day as IMAP writes it, whatever the locale."""
    day = moment.astimezone(UTC)
    return f"{day.day:02d}-{_MONTHS[day.month - 1]}-{day.year}"


_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
