"""What mails said of people goes: after its time, whatever state a mailbox is in, and with its mailbox."""

from __future__ import annotations

from typing import Any

import pytest
from blacklight_matching.mailboxes.forgetting import service as forgetting
from blacklight_servicekit.errors import Conflict, NotFound
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from services.matching.tests.mailbox_rig import MailRig, a_mail, in_threads


def read_by(rig: MailRig, caller: Any, *mails: bytes) -> Any:
    user = rig.server.add_user()
    rig.server.deliver(user, *mails)
    mailbox_id = rig.connect(caller, user).mailbox_id
    rig.read(caller, mailbox_id)
    return mailbox_id


def found(rig: MailRig, caller: Any) -> list[tuple[Any, str, str]]:
    """The mails of all postings of the caller: who found them, and what is known of each mail."""
    with rig.database.transaction(caller.tenant) as session:
        ids = [posting.posting_id for posting in rig.postings(caller)]
        mails = rig.outcome.mails_of(session, caller.tenant, ids, caller).values()
    return [(str(mail.user_id), mail.subject, mail.sender) for each in mails for mail in each]


def rows(rig: MailRig, caller: Any, table: str) -> int:
    with rig.database.transaction(caller.tenant) as session:
        return int(session.execute(text(f"SELECT count(*) FROM {table}")).scalar_one())


def test_removing_a_mailbox_leaves_its_postings_and_finders_but_nothing_of_who_wrote_what(rig: MailRig, me: Any):
    mailbox_id = read_by(rig, me, a_mail("y1"))
    other = read_by(rig, me, a_mail("y2"))
    rig.mailboxes.delete(me, mailbox_id, "")
    assert len(rig.postings(me)) == 2
    known = ("Java Developer y2 - Dallas, TX", "dana@northgatey2.example")
    assert sorted(found(rig, me)) == [(me.id, "", ""), (me.id, *known)]
    assert [mail.state for mail in rig.messages(me, other)] == ["POSTING_CREATED"]
    assert rows(rig, me, "mailbox_messages") == 1
    assert rig.sync.fetch_page(me, mailbox_id).stop
    with pytest.raises(NotFound):
        rig.mailboxes.get(me, mailbox_id)


def test_a_removal_that_is_refused_forgets_nothing(rig: MailRig, me: Any, build: Any):
    mailbox_id = read_by(rig, me, a_mail("z1"))
    with pytest.raises(Conflict):
        rig.mailboxes.delete(me, mailbox_id, 'W/"another"')
    rig.mailboxes.delete(build.user(me.tenant), mailbox_id, "")
    assert found(rig, me)[0][1:] != ("", "")
    assert len(rig.messages(me, mailbox_id)) == 1


@pytest.mark.parametrize("state", ["ACTIVE", "PAUSED", "NEEDS_SIGN_IN", "STOPPED"])
def test_what_came_of_a_mail_is_kept_for_ninety_days_whatever_the_mailbox_does(rig: MailRig, me: Any, state: str):
    mailbox_id = read_by(rig, me, a_mail("t1"))
    rig.run("UPDATE mailboxes SET state = :state", me, state=state)
    rig.clock.move(days=89)
    assert rig.forgetting.forget_old() == 0
    assert found(rig, me)[0][2] == "dana@northgatet1.example"
    rig.clock.move(days=2)
    assert rig.forgetting.forget_old() == 2
    assert rig.messages(me, mailbox_id) == []
    assert found(rig, me) == [(me.id, "", "")]
    assert rig.forgetting.forget_old() == 0


def test_every_tenant_is_looked_after_and_in_bounded_steps(
    rig: MailRig, me: Any, build: Any, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(forgetting, "BATCH", 2)
    stranger = build.user()
    for caller in (me, stranger):
        read_by(rig, caller, *[a_mail(f"b{number}") for number in range(5)])
    steps: list[int] = []
    real = forgetting._empty_mails

    def counting(*args: Any, **named: Any) -> int:
        steps.append(real(*args, **named))
        return steps[-1]

    monkeypatch.setattr(forgetting, "_empty_mails", counting)
    rig.clock.move(days=91)
    assert rig.forgetting.forget_old() == 20
    assert max(steps) == 2
    for caller in (me, stranger):
        assert {(subject, sender) for _, subject, sender in found(rig, caller)} == {("", "")}
        assert rows(rig, caller, "mailbox_messages") == 0


def test_the_platform_sees_of_mailboxes_only_which_tenants_have_one(rig: MailRig, me: Any):
    read_by(rig, me, a_mail("p1"))
    for query in ("SELECT address FROM mailboxes", "SELECT secret FROM mailboxes", "SELECT * FROM mailbox_messages"):
        with pytest.raises(ProgrammingError, match="permission denied"), rig.database.platform_transaction() as session:
            session.execute(text(query))


def test_a_mail_that_is_read_while_its_mailbox_is_removed_leaves_nothing_behind(
    rig: MailRig, me: Any, monkeypatch: pytest.MonkeyPatch
):
    """Whoever comes first: the removal waits for the posting, or the mail finds its mailbox gone; never a deadlock."""
    for number in range(6):
        user = rig.server.add_user()
        rig.server.deliver(user, a_mail(f"r{number}"))
        mailbox_id = rig.connect(me, user).mailbox_id
        rig.sync.fetch_page(me, mailbox_id)

        def work(worker: int, mailbox_id: Any = mailbox_id) -> None:
            if worker:
                rig.mailboxes.delete(me, mailbox_id, "")
            else:
                rig.sync.read_page(me, mailbox_id)

        assert in_threads(2, work) == []
    assert {(subject, sender) for _, subject, sender in found(rig, me)} <= {("", "")}
    assert rows(rig, me, "mailbox_messages") == 0


def test_a_mail_settled_between_forgetting_and_removal_is_forgotten_too(rig: MailRig, me: Any):
    user = rig.server.add_user()
    rig.server.deliver(user, a_mail("s1"))
    mailbox_id = rig.connect(me, user).mailbox_id
    rig.sync.fetch_page(me, mailbox_id)
    real = rig.forgetting.forget_mailbox

    def forget_too_early(*args: Any) -> int:
        rig.sync.read_page(me, mailbox_id)  # what came by before is as if it had come after
        return 0

    rig.forgetting.forget_mailbox = forget_too_early  # type: ignore[method-assign]
    rig.mailboxes.delete(me, mailbox_id, "")
    rig.forgetting.forget_mailbox = real  # type: ignore[method-assign]
    assert found(rig, me) == [(me.id, "", "")]
