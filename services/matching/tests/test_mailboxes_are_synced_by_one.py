"""Two workers at one mailbox, and one that dies halfway: nothing is lost, doubled or taken back (pains P-82, P-86).

A workflow a mailbox keeps workers apart; these tests do without it, as when a worker that was thought dead goes on.
"""

from __future__ import annotations

import threading
from typing import Any

import pytest
from blacklight_matching.mailboxes.syncing import service as syncing
from blacklight_matching.mailboxes.syncing.service import PAGE, MailboxSync
from blacklight_testkit.faults import guards
from sqlalchemy import text

from services.matching.tests.mailbox_rig import MailRig, a_mail, in_threads

SYNC = "services/matching/src/blacklight_matching/mailboxes/syncing/service.py"
MOVED_ON = "if (row.uid_validity, row.last_uid) != (plan.uid_validity, plan.last_uid):"
SETTLED = "or row is None or row.state not in (MailState.WAITING, MailState.FAILED):"
BEFORE = (
    "        with self._database.transaction(caller.tenant) as session:\n"
    "            _find(session, caller, plan.mailbox_id).last_uid = page.last_uid\n"
    "        return self._store(caller, plan, page)\n"
)


def connected(rig: MailRig, caller: Any, *mails: bytes) -> Any:
    user = rig.server.add_user()
    rig.server.deliver(user, *mails)
    return rig.connect(caller, user).mailbox_id


@guards("P-86", file=SYNC, old=MOVED_ON, new="if False:")
def test_p86_a_worker_that_is_late_does_not_take_the_cursor_back(rig: MailRig, me: Any):
    mailbox_id = connected(rig, me, *[a_mail(f"w{number}") for number in range(PAGE + 1)])
    late = rig.new_sync()
    fetch = late._fetch

    def overtaken(caller: Any, plan: Any) -> Any:
        page = fetch(caller, plan)
        rig.read(caller, mailbox_id)
        return page

    late._fetch = overtaken  # type: ignore[method-assign]
    assert late.fetch_page(me, mailbox_id).more
    assert rig.cursor(me, mailbox_id) == PAGE + 1
    assert len(rig.messages(me, mailbox_id)) == PAGE + 1


def test_two_workers_that_fetch_the_same_page_store_it_once(rig: MailRig, me: Any):
    mailbox_id = connected(rig, me, *[a_mail(f"x{number}") for number in range(3)])
    workers, together = [rig.new_sync(), rig.new_sync()], threading.Barrier(2)
    for worker in workers:
        worker._fetch = _waiting_for(worker, together)  # type: ignore[method-assign]
    answers: list[bool] = []
    assert in_threads(2, lambda number: answers.append(workers[number].fetch_page(me, mailbox_id).more)) == []
    assert sorted(answers) == [False, True]  # one has stored it, the other is to look again
    rig.read(me, mailbox_id)
    assert [mail.state for mail in rig.messages(me, mailbox_id)] == ["POSTING_CREATED"] * 3


def _waiting_for(worker: MailboxSync, together: threading.Barrier) -> Any:
    fetch = worker._fetch

    def both(caller: Any, plan: Any) -> Any:
        page = fetch(caller, plan)
        together.wait(20)
        return page

    return both


@guards("P-86", file=SYNC, old=SETTLED, new="or row is None:")
def test_p86_a_mail_that_two_workers_read_at_once_is_settled_once(
    rig: MailRig, me: Any, monkeypatch: pytest.MonkeyPatch
):
    mailbox_id = connected(rig, me, a_mail("y1"))
    rig.sync.fetch_page(me, mailbox_id)
    together, real = threading.Barrier(2), syncing.read_mail

    def both(raw: bytes, received: Any) -> Any:
        reading = real(raw, received)
        together.wait(20)  # neither has settled it, both have read it
        return reading

    monkeypatch.setattr(syncing, "read_mail", both)
    [waiting] = rig.messages(me, mailbox_id)
    # Both have found it due; whoever looks later does not, as the first has put it off.
    workers = [rig.new_sync(), rig.new_sync()]
    assert in_threads(2, lambda number: workers[number]._read_one(me, waiting.message_id)) == []
    [mail] = rig.messages(me, mailbox_id)
    assert (mail.state, len(mail.posting_ids)) == ("POSTING_CREATED", 1)
    assert len(rig.postings(me)) == 1


@guards("P-82", file=SYNC, old="        return self._store(caller, plan, page)\n", new=BEFORE)
def test_p82_the_cursor_moves_with_what_is_stored_or_not_at_all(rig: MailRig, me: Any, monkeypatch: pytest.MonkeyPatch):
    mailbox_id = connected(rig, me, a_mail("z1"), a_mail("z2"))
    keep = rig.sync._keep

    def killed(*args: Any) -> None:
        keep(*args)
        raise KeyboardInterrupt

    monkeypatch.setattr(rig.sync, "_keep", killed)
    with pytest.raises(KeyboardInterrupt):
        rig.sync.fetch_page(me, mailbox_id)
    assert rig.cursor(me, mailbox_id) == 0
    assert rig.messages(me, mailbox_id) == []
    rig.sync = rig.new_sync()
    rig.read(me, mailbox_id)
    assert [mail.state for mail in rig.messages(me, mailbox_id)] == ["POSTING_CREATED"] * 2


def test_a_worker_that_dies_while_it_settles_a_mail_leaves_it_to_another_whole(
    rig: MailRig, me: Any, monkeypatch: pytest.MonkeyPatch
):
    mailbox_id = connected(rig, me, a_mail("q1"))
    rig.sync.fetch_page(me, mailbox_id)
    credit = rig.sync._credit

    def killed(*args: Any) -> None:
        credit(*args)
        raise KeyboardInterrupt

    monkeypatch.setattr(rig.sync, "_credit", killed)
    with pytest.raises(KeyboardInterrupt):
        rig.sync.read_page(me, mailbox_id)
    assert rig.postings(me) == []
    rig.clock.move(minutes=11)
    rig.new_sync().read_page(me, mailbox_id)
    with rig.database.transaction(me.tenant) as session:
        assert session.scalar(text("SELECT count(*) FROM posting_mails")) == 1
    [mail] = rig.messages(me, mailbox_id)
    assert (mail.state, mail.attempts) == ("POSTING_CREATED", 2)
