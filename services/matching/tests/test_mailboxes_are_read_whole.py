"""Mailboxes on a real IMAP server: every page, once, whatever happens meanwhile (pains P-81, P-82, P-85, P-92)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from blacklight_matching.mailboxes.syncing.service import PAGE
from blacklight_servicekit.errors import FailedPrecondition, Unavailable
from blacklight_testkit.faults import guards
from sqlalchemy import text

from services.matching.tests.mail_server import CuttingProxy
from services.matching.tests.mailbox_rig import MailRig, a_mail

SERVICE = "services/matching/src/blacklight_matching/mailboxes/syncing/service.py"
FIRST_ONLY = '"user_id": session.scalar(select(PostingMail.user_id)) or user_id,\n                "mailbox_id"'


def connected(rig: MailRig, caller: Any, *mails: bytes) -> tuple[str, Any]:
    user = rig.server.add_user()
    rig.server.deliver(user, *mails)
    return user, rig.connect(caller, user).mailbox_id


@guards("P-81", file=SERVICE, old="more=len(uids) > len(page))", new="more=False)")
def test_p81_reads_every_page_and_moves_the_cursor_no_further(rig: MailRig, me: Any):
    mails = [a_mail(f"p{number}") for number in range(PAGE * 2 + 3)]
    _, mailbox_id = connected(rig, me, *mails)
    first = rig.sync.fetch_page(me, mailbox_id)
    assert first.more
    assert len(rig.messages(me, mailbox_id)) == PAGE
    rig.read(me, mailbox_id)
    states = [mail.state for mail in rig.messages(me, mailbox_id)]
    assert states == ["POSTING_CREATED"] * len(mails)
    assert len(rig.postings(me)) == len(mails)


def test_mails_that_come_during_a_sync_are_read_next(rig: MailRig, me: Any):
    user, mailbox_id = connected(rig, me, *[a_mail(f"q{number}") for number in range(PAGE + 1)])
    rig.sync.fetch_page(me, mailbox_id)
    rig.server.deliver(user, a_mail("late"))
    rig.read(me, mailbox_id)
    assert len(rig.messages(me, mailbox_id)) == PAGE + 2


def test_reading_again_stores_nothing_twice(rig: MailRig, me: Any):
    _, mailbox_id = connected(rig, me, a_mail(1), a_mail(2))
    rig.read(me, mailbox_id)
    rig.read(me, mailbox_id)
    assert len(rig.messages(me, mailbox_id)) == 2
    assert len(rig.postings(me)) == 2


def test_a_mailbox_that_is_numbered_anew_is_read_on_without_doubles(rig: MailRig, me: Any):
    user, mailbox_id = connected(rig, me, a_mail("r1"), a_mail("r2"))
    rig.read(me, mailbox_id)
    rig.server.renumber(user)
    rig.server.deliver(user, a_mail("r3"))
    rig.read(me, mailbox_id)
    assert len(rig.messages(me, mailbox_id)) == 3
    assert len(rig.postings(me)) == 3


@guards("P-82", file=SERVICE, old="            self._keep(session, caller, plan, page, now)\n", new="")
def test_p82_mails_wait_in_the_database_until_they_are_read(rig: MailRig, me: Any):
    _, mailbox_id = connected(rig, me, a_mail("s1"))
    rig.sync.fetch_page(me, mailbox_id)
    assert rig.cursor(me, mailbox_id) > 0
    # Whatever is lost meanwhile, another worker reads what was stored; the server is not asked again.
    assert rig.new_sync().read_page(me, mailbox_id) is False
    assert [mail.state for mail in rig.messages(me, mailbox_id)] == ["POSTING_CREATED"]


def test_the_body_is_dropped_once_it_is_read(rig: MailRig, me: Any):
    _, mailbox_id = connected(rig, me, a_mail("t1"))
    rig.read(me, mailbox_id)
    with rig.database.transaction(me.tenant) as session:
        assert session.scalar(text("SELECT count(*) FROM mailbox_messages WHERE body IS NOT NULL")) == 0


def test_a_connection_that_is_cut_loses_nothing(rig: MailRig, me: Any):
    _user, mailbox_id = connected(rig, me, *[a_mail(f"u{number}") for number in range(10)])
    proxy = CuttingProxy(rig.server.port, 7_000)
    try:
        rig.run("UPDATE mailboxes SET port = :port", me, port=proxy.port)
        cut = rig.sync.fetch_page(me, mailbox_id)
        assert not cut.stop
        assert not cut.more
        assert rig.cursor(me, mailbox_id) == 0
        assert rig.mailboxes.get(me, mailbox_id).failure == "NETWORK"
        proxy.after = -1
        rig.read(me, mailbox_id)
    finally:
        proxy.stop()
    assert len(rig.postings(me)) == 10
    assert rig.mailboxes.get(me, mailbox_id).failure == ""


@guards(
    "P-85",
    file=SERVICE,
    old="    row.state, row.reason, row.read_time, row.body =",
    new="    row.reason, row.reason, row.read_time, row.body =",
)
def test_p85_every_mail_keeps_its_outcome_and_is_not_read_again(rig: MailRig, me: Any):
    same = rig.server.add_user()
    sent = a_mail("v1").decode()
    rig.server.deliver(
        same,
        sent.encode(),
        sent.replace("<v1@", "<v1-again@").encode(),
        a_mail("v2", subject="Weekly newsletter", body="Read this."),
        a_mail("v3", subject="lunch?", body="Are you free at noon?"),
    )
    mailbox_id = rig.connect(me, same).mailbox_id
    rig.read(me, mailbox_id)
    found = [(mail.state, mail.reason) for mail in rig.messages(me, mailbox_id)]
    assert sorted(found) == [
        ("DUPLICATE", ""),
        ("IRRELEVANT", "NEWSLETTER"),
        ("IRRELEVANT", "NO_JOB"),
        ("POSTING_CREATED", ""),
    ]
    attempts = [mail.attempts for mail in rig.messages(me, mailbox_id)]
    rig.clock.move(days=1)
    rig.read(me, mailbox_id)
    assert [mail.attempts for mail in rig.messages(me, mailbox_id)] == attempts


@guards("P-92", file=SERVICE, old='"user_id": user_id,\n                "mailbox_id"', new=FIRST_ONLY)
def test_p92_the_second_finder_of_a_job_is_credited_beside_the_first(rig: MailRig, me: Any, build: Any):
    colleague = build.user(me.tenant)
    for caller in (me, colleague):
        _, mailbox_id = connected(rig, caller, a_mail("w1"))
        rig.read(caller, mailbox_id)
    [posting] = rig.postings(me)
    manager = build.user(me.tenant)
    manager = type(manager)(manager.kind, manager.id, manager.tenant_id, frozenset({"mailboxes.view_all"}))
    with rig.database.transaction(me.tenant) as session:
        seen = rig.outcome.mails_of(session, me.tenant, [posting.posting_id], manager)
        mine = rig.outcome.mails_of(session, me.tenant, [posting.posting_id], me)
    assert sorted(str(mail.user_id) for mail in seen[posting.posting_id]) == sorted([me.id, colleague.id])
    assert [str(mail.user_id) for mail in mine[posting.posting_id]] == [me.id]


def test_refuses_to_connect_with_a_wrong_password(rig: MailRig, me: Any):
    user = rig.server.add_user()
    with pytest.raises(FailedPrecondition) as refused:
        rig.connect(me, user, password="wrong")
    assert refused.value.reason == "SIGN_IN_REFUSED"


def test_refuses_to_connect_where_nobody_answers_or_to_a_folder_that_is_not_there(rig: MailRig, me: Any):
    user = rig.server.add_user()
    with pytest.raises(FailedPrecondition, match="folder"):
        rig.connect(me, user, folder="Nowhere")
    with pytest.raises(Unavailable):
        rig.connect(me, user, port=9)


def test_an_old_mail_is_not_fetched_when_a_mailbox_is_connected(rig: MailRig, me: Any):
    user = rig.server.add_user()
    rig.server.deliver(user, a_mail("x1"))
    rig.clock.now += timedelta(days=3650)
    mailbox_id = rig.connect(me, user).mailbox_id
    rig.read(me, mailbox_id)
    assert rig.messages(me, mailbox_id) == []
