"""Mails of which servers say odd things: each is on record, and none keeps the others from being read (P-85)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from blacklight_matching.mailboxes.imap.folder import FetchedMail, Folder
from blacklight_testkit.faults import guards

from services.matching.tests.mailbox_rig import MailRig, a_mail

SYNC = "services/matching/src/blacklight_matching/mailboxes/syncing/service.py"


class Answers:
    """A connection that answers FETCH with these dates, for the mails 1, 2, 3 …"""

    def __init__(self, *dates: bytes) -> None:
        self.dates = dates
        self.asked: list[str] = []

    def uid(self, command: str, numbers: str, *_: str) -> tuple[str, list[Any]]:
        self.asked.append(numbers)
        if command == "SEARCH":
            return "OK", [b"3 1 x 99999999999 2"]
        said: list[Any] = []
        for number in map(int, numbers.split(",")):
            if number <= len(self.dates):
                date = self.dates[number - 1]
                said += [(b"1 (UID %d INTERNALDATE %s RFC822.SIZE 3 BODY[]<0> {3}" % (number, date), b"abc"), b")"]
        return "OK", said


def folder(*dates: bytes) -> Folder:
    return Folder(Answers(*dates), 1)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "date",
    [
        b'"01-Jan-0001 00:00:00 +0100"',
        b'"31-Dec-9999 23:59:59 -0100"',
        b'"01-Jan-1970 00:00:00 +0000"',
        b'"32-Foo-2026 00:00:00 +0000"',
        b'"\xff\xfe"',
        b'""',
        b"NIL",
    ],
)
def test_a_date_that_nobody_can_read_is_none_and_the_other_mails_have_theirs(date: bytes):
    found = folder(b'" 2-Mar-2026 09:30:00 +0100"', date).fetch([1, 2])
    assert [mail.receive_time for mail in found] == [datetime(2026, 3, 2, 8, 30, tzinfo=UTC), None]


def test_what_is_no_number_of_a_mail_is_not_asked_for():
    assert folder().uids_after(1) == [2, 3]


def test_mails_that_were_left_out_are_asked_for_once_more():
    connection = Answers(b'"02-Mar-2026 09:30:00 +0100"')
    assert [mail.uid for mail in Folder(connection, 1).fetch([1, 2, 3])] == [1]  # type: ignore[arg-type]
    assert connection.asked == ["1,2,3", "2,3"]


def connected(rig: MailRig, caller: Any, *mails: bytes) -> Any:
    user = rig.server.add_user()
    rig.server.deliver(user, *mails)
    return rig.connect(caller, user).mailbox_id


def leave_out(monkeypatch: pytest.MonkeyPatch, uid: int, times: int) -> None:
    """Has the server keep a mail to itself so many times."""
    real, left = Folder._fetch, [times]

    def fetch(self: Folder, uids: Sequence[int]) -> list[FetchedMail]:
        found = real(self, uids)
        if uid in uids and left[0]:
            left[0] -= 1
            return [mail for mail in found if mail.uid != uid]
        return found

    monkeypatch.setattr(Folder, "_fetch", fetch)


@guards("P-85", file=SYNC, old="uid, now) for uid in page.gone)]:", new="uid, now) for uid in page.gone[:0])]:")
def test_p85_a_mail_that_is_gone_before_it_is_fetched_is_on_record(
    rig: MailRig, me: Any, monkeypatch: pytest.MonkeyPatch
):
    mailbox_id = connected(rig, me, a_mail("o1"), a_mail("o2"), a_mail("o3"))
    leave_out(monkeypatch, 2, times=2)
    rig.read(me, mailbox_id)
    found = [(mail.subject[:17], mail.state, mail.reason) for mail in rig.messages(me, mailbox_id)]
    assert sorted(found) == [
        ("", "GIVEN_UP", "GONE"),
        ("Java Developer o1", "POSTING_CREATED", ""),
        ("Java Developer o3", "POSTING_CREATED", ""),
    ]
    rig.read(me, mailbox_id)
    assert len(rig.messages(me, mailbox_id)) == 3
    assert rig.cursor(me, mailbox_id) == 3


def test_a_mail_that_was_left_out_once_is_read(rig: MailRig, me: Any, monkeypatch: pytest.MonkeyPatch):
    mailbox_id = connected(rig, me, a_mail("n1"), a_mail("n2"))
    leave_out(monkeypatch, 2, times=1)
    rig.read(me, mailbox_id)
    assert [mail.state for mail in rig.messages(me, mailbox_id)] == ["POSTING_CREATED"] * 2


def test_a_mail_without_a_readable_date_is_read_as_one_that_comes_now(
    rig: MailRig, me: Any, monkeypatch: pytest.MonkeyPatch
):
    mailbox_id = connected(rig, me, a_mail("l1"), a_mail("l2"))
    real = Folder._fetch

    def fetch(self: Folder, uids: Sequence[int]) -> list[FetchedMail]:
        return [FetchedMail(mail.uid, None, mail.size, mail.raw) for mail in real(self, uids)]

    monkeypatch.setattr(Folder, "_fetch", fetch)
    rig.read(me, mailbox_id)
    found = [(mail.state, mail.receive_time) for mail in rig.messages(me, mailbox_id)]
    assert found == [("POSTING_CREATED", rig.clock())] * 2
