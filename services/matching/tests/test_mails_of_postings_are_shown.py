"""Who found a posting by mail is shown with it, wherever it came from first, to those who may see it (P-91)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from blacklight_matching.mailboxes.outcomes import service as outcomes
from blacklight_matching.mailboxes.reading.mail import read_mail
from blacklight_testkit.faults import guards

from services.matching.tests.mailbox_rig import MailRig, a_mail

OUTCOMES = "services/matching/src/blacklight_matching/mailboxes/outcomes/service.py"


def read_by(rig: MailRig, caller: Any, *mails: bytes) -> Any:
    user = rig.server.add_user()
    rig.server.deliver(user, *mails)
    mailbox_id = rig.connect(caller, user).mailbox_id
    rig.read(caller, mailbox_id)
    return mailbox_id


def found_by(rig: MailRig, caller: Any, posting_id: UUID) -> list[str]:
    """Who found a posting, as its page and the list say to the caller, the same in both."""
    listing, posting = rig.matching.listing, rig.matching.postings.get_posting(caller, posting_id)
    shown = {each.posting_id: each for each in rig.matching.list_postings(caller)[0]}[posting_id]
    [got] = listing.with_mails(caller, [posting])
    assert got.mails == shown.mails
    return [str(mail.user_id) for mail in got.mails]


@guards("P-91", file=OUTCOMES, old="        if not sees_all(viewer):\n", new="        if False:\n")
def test_p91_a_shared_posting_that_came_by_mail_as_well_names_its_finders(rig: MailRig, me: Any, build: Any):
    raw = a_mail("m1")
    [job] = read_mail(raw, rig.clock()).jobs
    of_a_board = replace(job.draft(b"board", rig.clock().date()), url="https://board.example/jobs/1")
    [shared] = rig.matching.take_in([of_a_board])
    mailbox_id = read_by(rig, me, raw)
    assert [mail.state for mail in rig.messages(me, mailbox_id)] == ["DUPLICATE"]
    posting_id = UUID(shared.posting_id)
    assert found_by(rig, me, posting_id) == [me.id]
    colleague = build.user(me.tenant)
    assert found_by(rig, colleague, posting_id) == []
    manager = replace(colleague, permissions=frozenset({"mailboxes.view_all"}))
    assert found_by(rig, manager, posting_id) == [me.id]
    stranger = replace(build.user(), permissions=frozenset({"mailboxes.view_all"}))
    assert found_by(rig, stranger, posting_id) == []


def test_a_posting_created_by_hand_names_who_found_it_by_mail(rig: MailRig, me: Any):
    raw = a_mail("m2")
    [job] = read_mail(raw, rig.clock()).jobs
    draft = replace(job.draft(b"hand", rig.clock().date()), url="https://board.example/jobs/2")
    with rig.database.transaction(me.tenant) as session:
        [own] = rig.matching.importing.import_own(session, me.tenant, [draft], platform="direct", origin="API")
    read_by(rig, me, raw)
    assert found_by(rig, me, UUID(own.posting_id)) == [me.id]


def test_no_more_than_the_first_mails_of_a_posting_are_read(rig: MailRig, me: Any, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(outcomes, "MOST_MAILS_SHOWN", 2)
    raw = a_mail("m3").decode()
    read_by(rig, me, *[raw.replace("<m3@", f"<m3-{again}@").encode() for again in range(3)], a_mail("m4"))
    counts = [len(found_by(rig, me, posting.posting_id)) for posting in rig.postings(me)]
    assert sorted(counts) == [1, 2]
