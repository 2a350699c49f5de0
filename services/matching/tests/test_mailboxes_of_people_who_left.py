"""Mailboxes of people who were deactivated are read no more, and those who are left hear of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from blacklight_matching.mailboxes.stopping.service import MailboxStopping
from blacklight_servicekit.caller import Caller
from blacklight_servicekit.errors import FailedPrecondition
from blacklight_servicekit.ids import new_id
from sqlalchemy import text

from services.matching.tests.mail_server import PASSWORD
from services.matching.tests.mailbox_rig import MailRig, a_mail


def connected(rig: MailRig, caller: Any, *mails: bytes) -> tuple[str, UUID]:
    user = rig.server.add_user()
    rig.server.deliver(user, *mails)
    return user, rig.connect(caller, user).mailbox_id


def stop(rig: MailRig, leaver: Any) -> int:
    auth = Caller.service("auth", leaver.tenant)
    return MailboxStopping(rig.database, rig.clock, rig.signing).stop_all(auth, UUID(leaver.id))


def stored(rig: MailRig, caller: Any, mailbox_id: UUID) -> Any:
    with rig.database.transaction(caller.tenant) as session:
        query = text("SELECT secret, state FROM mailboxes WHERE mailbox_id = :id")
        return session.execute(query, {"id": mailbox_id}).one()


def test_the_mailbox_of_somebody_deactivated_is_stopped_for_good_and_says_why(rig: MailRig, me: Any):
    user, mailbox_id = connected(rig, me, a_mail("left1"))
    rig.read(me, mailbox_id)
    assert stop(rig, me) == 1
    rig.server.deliver(user, a_mail("left2"))
    rig.clock.move(days=1)
    assert rig.read(me, mailbox_id).stop
    assert len(rig.messages(me, mailbox_id)) == 1
    view = rig.mailboxes.get(me, mailbox_id)
    assert (view.state, view.failure) == ("STOPPED", "OWNER_DEACTIVATED")
    assert stored(rig, me, mailbox_id).secret == b""
    assert stop(rig, me) == 0
    assert rig.mailboxes.get(me, mailbox_id).etag == view.etag


def test_mails_that_wait_when_somebody_leaves_are_dropped_unread(rig: MailRig, me: Any):
    _, mailbox_id = connected(rig, me, a_mail("left3"))
    rig.sync.fetch_page(me, mailbox_id)
    stop(rig, me)
    assert not rig.sync.read_page(me, mailbox_id)
    (mail,) = rig.messages(me, mailbox_id)
    assert (mail.state, mail.reason) == ("GIVEN_UP", "OWNER_DEACTIVATED")
    assert rig.postings(me) == []


def test_nobody_elses_mailbox_is_stopped(rig: MailRig, me: Any, build: Any):
    colleague, stranger = build.user(me.tenant), replace(me, tenant_id=new_id())
    _, theirs = connected(rig, colleague, a_mail("left4"))
    _, elsewhere = connected(rig, stranger, a_mail("left5"))
    connected(rig, me)
    assert stop(rig, me) == 1
    assert rig.mailboxes.get(colleague, theirs).state == "ACTIVE"
    assert rig.mailboxes.get(stranger, elsewhere).state == "ACTIVE"


def test_those_who_see_every_mailbox_are_told_and_can_take_it_off_their_list(rig: MailRig, me: Any, build: Any):
    admin = replace(build.user(me.tenant), permissions=frozenset({"mailboxes.view_all"}))
    foreign = replace(build.user(), permissions=frozenset({"mailboxes.view_all"}))
    _, mailbox_id = connected(rig, me)
    stop(rig, me)
    (notice,), _ = rig.outcome.list_notices(admin, page_size=50, page_token="")
    assert (notice.mailbox_id, notice.kind) == (mailbox_id, "OWNER_DEACTIVATED")
    assert rig.notices(build.user(me.tenant)) == rig.notices(foreign) == []
    rig.outcome.dismiss_notice(admin, notice.notice_id)
    assert rig.notices(admin) == []


def test_other_notices_of_a_mailbox_stay_its_owners(rig: MailRig, me: Any, build: Any):
    admin = replace(build.user(me.tenant), permissions=frozenset({"mailboxes.view_all"}))
    _, mailbox_id = connected(rig, me)
    rig.run("UPDATE mailboxes SET folder = 'Gone' WHERE mailbox_id = :id", me, id=mailbox_id)
    rig.read(me, mailbox_id)
    assert (rig.notices(me), rig.notices(admin)) == (["FOLDER_MISSING"], [])
    stop(rig, me)
    assert rig.notices(admin) == ["OWNER_DEACTIVATED"]


def test_a_stopped_mailbox_does_not_go_on(rig: MailRig, me: Any):
    """Also not by a session that still holds for some seconds."""
    _, mailbox_id = connected(rig, me)
    stop(rig, me)
    for change in ({"paused": False}, {"password": PASSWORD}):
        with pytest.raises(FailedPrecondition) as refused:
            rig.mailboxes.update(me, mailbox_id, etag="", **change)
        assert refused.value.reason == "MAILBOX_STOPPED"
    with pytest.raises(FailedPrecondition):
        rig.mailboxes.sync_now(me, mailbox_id)
    rig.mailboxes.delete(me, mailbox_id, "")
    assert rig.mailboxes.list_mailboxes(me, page_size=0, page_token="", user_id=None, state="")[0] == []
