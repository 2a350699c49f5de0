"""What failures lead to: only a refused sign-in stops a mailbox, and its owner hears of it (pains P-83, P-87)."""

from __future__ import annotations

from ipaddress import ip_network
from typing import Any
from uuid import UUID

import pytest
from blacklight_matching.mailboxes.breaker import FAILURES, OPEN_SECONDS, Breaker
from blacklight_matching.mailboxes.endpoints import HostRule, check_address
from blacklight_matching.mailboxes.imap.signing_in import SignIn, authentication_failure
from blacklight_matching.mailboxes.signing.service import MailboxSigning
from blacklight_matching.mailboxes.states import FailureKind, MailboxState, MailFailure, judge
from blacklight_matching.mailboxes.syncing import service as syncing
from blacklight_servicekit.errors import FailedPrecondition, NotFound
from blacklight_testkit.faults import guards
from cryptography.fernet import Fernet

from services.matching.tests.mail_server import PASSWORD
from services.matching.tests.mailbox_rig import MailRig, a_mail

STATES = "services/matching/src/blacklight_matching/mailboxes/states.py"
SYNC = "services/matching/src/blacklight_matching/mailboxes/syncing/service.py"
MODELS = "services/matching/src/blacklight_matching/mailboxes/models.py"
ALONE = "            return Fetched(pause=timedelta(seconds=wait)) or (wait, MailFailure("


def connected(rig: MailRig, caller: Any, *mails: bytes) -> Any:
    user = rig.server.add_user()
    rig.server.deliver(user, *mails)
    return rig.connect(caller, user).mailbox_id


@guards(
    "P-87",
    file=STATES,
    old="    return Judgement(MailboxState.ACTIVE, pause,",
    new="    return Judgement(MailboxState.ACTIVE if failures < 3 else MailboxState.PAUSED, pause,",
)
@pytest.mark.parametrize("kind", [kind for kind in FailureKind if kind is not FailureKind.AUTHENTICATION])
def test_p87_no_failure_but_a_refused_sign_in_ever_stops_a_mailbox(kind: FailureKind):
    for failures in (1, 3, 50):
        judged = judge(kind, failures)
        assert judged.state is MailboxState.ACTIVE
        assert judged.pause.total_seconds() > 0
    assert judge(kind, 3).notice


def test_a_refused_sign_in_stops_at_once_and_the_owner_is_told(rig: MailRig, me: Any):
    mailbox_id = connected(rig, me, a_mail("f1"))
    view = rig.mailboxes.get(me, mailbox_id)
    rig.run("UPDATE mailboxes SET address = 'nobody@mail.example'", me)
    assert rig.sync.fetch_page(me, mailbox_id).stop
    stopped = rig.mailboxes.get(me, mailbox_id)
    assert (stopped.state, stopped.failure) == ("NEEDS_SIGN_IN", "AUTHENTICATION")
    assert rig.notices(me) == ["NEEDS_SIGN_IN"]
    assert rig.sync.fetch_page(me, mailbox_id).stop
    with pytest.raises(FailedPrecondition):
        rig.mailboxes.sync_now(me, mailbox_id)
    rig.run("UPDATE mailboxes SET address = :address", me, address=view.address)
    rig.mailboxes.update(me, mailbox_id, etag="", password=PASSWORD)
    rig.read(me, mailbox_id)
    assert rig.notices(me) == []
    assert len(rig.postings(me)) == 1


def test_a_server_that_does_not_answer_is_tried_again_later_and_later(rig: MailRig, me: Any):
    mailbox_id = connected(rig, me, a_mail("f2"))
    port = rig.server.port
    rig.run("UPDATE mailboxes SET port = 9", me)
    pauses = [rig.sync.fetch_page(me, mailbox_id).pause.total_seconds() for _ in range(4)]
    assert pauses == [60, 120, 240, 480]
    assert rig.notices(me) == ["SYNC_DELAYED"]
    assert rig.mailboxes.get(me, mailbox_id).state == "ACTIVE"
    rig.run("UPDATE mailboxes SET port = :port", me, port=port)
    rig.read(me, mailbox_id)
    assert rig.notices(me) == []
    assert rig.mailboxes.get(me, mailbox_id).failure == ""


def test_a_host_that_fails_time_after_time_is_left_alone_until_one_try_succeeds():
    breaker = Breaker()
    for _ in range(FAILURES):
        assert breaker.wait("host", 0.0) == 0
        breaker.failed("host", 0.0)
    assert breaker.wait("host", 1.0) == OPEN_SECONDS - 1
    assert breaker.wait("other", 1.0) == 0
    assert breaker.wait("host", OPEN_SECONDS) == 0
    assert breaker.wait("host", OPEN_SECONDS) > 0
    breaker.succeeded("host")
    assert breaker.wait("host", OPEN_SECONDS) == 0


@guards("P-87", file=SYNC, old="            return self._fail(caller, plan, MailFailure(", new=ALONE)
def test_p87_a_host_left_alone_is_recorded_and_told_like_any_failure(rig: MailRig, me: Any):
    mailbox_id = connected(rig, me)
    rig.run("UPDATE mailboxes SET port = 9", me)
    for _ in range(FAILURES):
        rig.sync.fetch_page(me, mailbox_id)
    before = rig.mailboxes.get(me, mailbox_id).failure
    waiting = rig.sync.fetch_page(me, mailbox_id)
    assert (before, rig.mailboxes.get(me, mailbox_id).failure) == ("NETWORK", "PROVIDER")
    assert waiting.pause.total_seconds() > 60
    assert rig.notices(me) == ["SYNC_DELAYED"]


@guards(
    "P-83",
    file=SYNC,
    old="            self._record_failure(caller, mail, type(error).__name__)\n",
    new="            raise\n",
)
def test_p83_a_mail_that_fails_sinks_no_other_and_is_tried_again_by_itself(
    rig: MailRig, me: Any, monkeypatch: pytest.MonkeyPatch
):
    real, broken = syncing.read_mail, [True]

    def read(raw: bytes, received: Any) -> Any:
        if b"poison" in raw and broken[0]:
            raise ValueError("no such mail")
        return real(raw, received)

    monkeypatch.setattr(syncing, "read_mail", read)
    mails = [a_mail("g1"), a_mail("g2", subject="Java Developer poison - Dallas, TX"), a_mail("g3")]
    mailbox_id = connected(rig, me, *mails)
    rig.read(me, mailbox_id)
    states = [mail.state for mail in rig.messages(me, mailbox_id)]
    assert states == ["POSTING_CREATED", "FAILED", "POSTING_CREATED"]
    broken[0] = False
    rig.clock.move(minutes=11)
    rig.read(me, mailbox_id)
    assert [mail.state for mail in rig.messages(me, mailbox_id)] == ["POSTING_CREATED"] * 3
    assert [mail.attempts for mail in rig.messages(me, mailbox_id)] == [1, 2, 1]


def test_a_mail_that_always_fails_is_given_up_after_three_times_and_its_text_dropped(
    rig: MailRig, me: Any, monkeypatch: pytest.MonkeyPatch
):
    def fails(raw: bytes, received: Any) -> Any:
        raise LookupError("never")

    monkeypatch.setattr(syncing, "read_mail", fails)
    mailbox_id = connected(rig, me, a_mail("h1"))
    for _ in range(5):
        rig.read(me, mailbox_id)
        rig.clock.move(hours=1)
    [mail] = rig.messages(me, mailbox_id)
    assert (mail.state, mail.reason, mail.attempts) == ("GIVEN_UP", "LookupError", 3)


def test_a_mail_whose_reading_never_ended_is_given_up_too(rig: MailRig, me: Any):
    mailbox_id = connected(rig, me, a_mail("i1"))
    rig.sync.fetch_page(me, mailbox_id)
    rig.run("UPDATE mailbox_messages SET attempts = 2", me)  # two workers were killed by it
    rig.sync.read_page(me, mailbox_id)
    [mail] = rig.messages(me, mailbox_id)
    assert mail.state == "GIVEN_UP"


@guards(
    "P-91",
    file=MODELS,
    old="of_tenant if all_of_tenant else of_tenant & (Mailbox.user_id == person)",
    new="of_tenant",
)
def test_p91_colleagues_see_neither_mailbox_nor_mails_without_the_permission(rig: MailRig, me: Any, build: Any):
    mailbox_id = connected(rig, me, a_mail("j1"))
    rig.read(me, mailbox_id)
    colleague = build.user(me.tenant)
    for look in (
        lambda: rig.mailboxes.get(colleague, mailbox_id),
        lambda: rig.messages(colleague, mailbox_id),
        lambda: rig.outcome.statistics(colleague, mailbox_id),
    ):
        with pytest.raises(NotFound):
            look()
    assert rig.mailboxes.list_mailboxes(colleague, page_size=10, page_token="", user_id=None, state="")[0] == []
    manager = type(me)(me.kind, colleague.id, me.tenant, frozenset({"mailboxes.view_all"}))
    assert [mail.state for mail in rig.messages(manager, mailbox_id)] == ["POSTING_CREATED"]
    assert rig.outcome.statistics(manager, None).conversion_percent == 100
    assert rig.outcome.list_finders(colleague, page_size=10, page_token="") == ([], "")
    for seer in (me, manager):
        (finder,), end = rig.outcome.list_finders(seer, page_size=10, page_token="")
        assert (finder.user_id, finder.posting_count, end) == (UUID(me.id), 1, "")
    assert rig.outcome.list_finders(build.user(), page_size=10, page_token="") == ([], "")
    with pytest.raises(NotFound):
        rig.mailboxes.sync_now(manager, mailbox_id)


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ("[AUTHENTICATIONFAILED] Invalid credentials (Failure)", FailureKind.AUTHENTICATION),
        ("LOGIN failed.", FailureKind.AUTHENTICATION),
        ("[UNAVAILABLE] Temporary authentication failure", FailureKind.PROVIDER),
        ("[ALERT] Too many simultaneous connections. (Failure)", FailureKind.QUOTA),
        ("[OVERQUOTA] Account exceeded command or bandwidth limits", FailureKind.QUOTA),
    ],
)
def test_tells_a_server_in_trouble_from_a_wrong_password(answer: str, kind: FailureKind):
    assert authentication_failure(answer).kind is kind


def test_says_the_bytes_of_xoauth2_as_providers_document_them():
    sign_in = SignIn("someuser@example.com", access_token="ya29.vF9dft4qmTc2Nvb3RlckBhdHRhdmlzdGEuY29tCg")
    expected = b"user=someuser@example.com\x01auth=Bearer ya29.vF9dft4qmTc2Nvb3RlckBhdHRhdmlzdGEuY29tCg\x01\x01"
    assert (sign_in.mechanism, sign_in.answer(b"")) == ("XOAUTH2", expected)
    assert sign_in.answer(b'{"status":"400"}') == b""


NOT_PUBLIC = [str(ip_network(f"{first}.0.0/16")[1]) for first in ("10.0", "169.254", "192.168")]
PUBLIC = ".".join("9999")


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", *NOT_PUBLIC, "::1", "fd00::1", f"::ffff:{NOT_PUBLIC[0]}", "0.0.0.0"],
)
def test_connects_to_no_address_that_is_not_public(address: str):
    with pytest.raises(MailFailure) as refused:
        check_address(address, "TLS", HostRule())
    assert refused.value.kind is FailureKind.ADDRESS
    check_address(PUBLIC, "TLS", HostRule())


def test_speaks_without_tls_to_this_machine_only():
    check_address("127.0.0.1", "PLAIN", HostRule(allow_private=True))
    with pytest.raises(MailFailure):
        check_address(NOT_PUBLIC[0], "PLAIN", HostRule(allow_private=True))
    check_address(NOT_PUBLIC[0], "PLAIN", HostRule(allow_private=True, allow_plain=True))


def test_refuses_a_certificate_that_is_not_trusted(rig: MailRig, me: Any):
    from dataclasses import replace

    mailbox_id = connected(rig, me)
    sync = rig.new_sync()
    sync._rules = replace(rig.rules, ca_file=None)
    assert not sync.fetch_page(me, mailbox_id).stop
    assert rig.mailboxes.get(me, mailbox_id).failure == "NETWORK"


def test_changes_only_what_is_named_and_refuses_a_stale_etag(rig: MailRig, me: Any):
    from blacklight_servicekit.errors import Conflict

    mailbox_id = connected(rig, me)
    before = rig.mailboxes.get(me, mailbox_id)
    paused = rig.mailboxes.update(me, mailbox_id, etag=before.etag, paused=True)
    assert (paused.state, paused.name) == ("PAUSED", before.name)
    with pytest.raises(Conflict):
        rig.mailboxes.update(me, mailbox_id, etag=before.etag, paused=False)
    assert rig.sync.fetch_page(me, mailbox_id).stop
    assert rig.mailboxes.update(me, mailbox_id, etag="", paused=False).state == "ACTIVE"


def test_secrets_are_sealed_with_the_newest_key_as_mailboxes_are_read(rig: MailRig, me: Any):
    mailbox_id = connected(rig, me, a_mail("k1"))
    newest = Fernet.generate_key().decode()
    rig.signing = MailboxSigning(rig.database, rig.clock, [newest, *rig.keys], rig.rules)
    rig.sync = rig.new_sync()
    rig.read(me, mailbox_id)
    rig.signing = MailboxSigning(rig.database, rig.clock, [newest], rig.rules)
    rig.sync = rig.new_sync()
    assert not rig.sync.fetch_page(me, mailbox_id).stop
    rig.signing = MailboxSigning(rig.database, rig.clock, rig.keys, rig.rules)
    rig.sync = rig.new_sync()
    assert not rig.sync.fetch_page(me, mailbox_id).stop  # a key that we lost is no reason to stop a mailbox
    assert rig.mailboxes.get(me, mailbox_id).failure == "OURS"
