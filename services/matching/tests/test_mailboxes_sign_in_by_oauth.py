"""OAuth against an authorisation server of its own process, and XOAUTH2 at a real IMAP server that asks it (P-07)."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import pytest
from blacklight_matching.mailboxes.signing.page import callback_page
from blacklight_matching.mailboxes.stopping.service import MailboxStopping
from blacklight_matching.mailboxes.views import MailboxDraft, MailboxView
from blacklight_servicekit.caller import Caller
from blacklight_servicekit.errors import FailedPrecondition, Invalid
from sqlalchemy import text

from services.matching.tests import authorization_server, mail_server
from services.matching.tests.authorization_server import AuthorizationServer
from services.matching.tests.mail_server import MailServer
from services.matching.tests.mailbox_rig import REDIRECT, MailRig, a_mail


@pytest.fixture(scope="module")
def authorization(session_folder: Path) -> Iterator[AuthorizationServer]:
    with authorization_server.running(session_folder) as running:
        yield running


@pytest.fixture(scope="module")
def server(session_folder: Path, authorization: AuthorizationServer) -> Iterator[MailServer]:
    with mail_server.running(session_folder, f"{authorization.url}/introspect?token=") as running:
        yield running


@pytest.fixture
def rig(matching: Any, server: MailServer, authorization: AuthorizationServer) -> Iterator[MailRig]:
    yield MailRig(matching, server, authorization.url)
    authorization.set(life=3600, trouble=0)


def draft(address: str) -> MailboxDraft:
    return MailboxDraft("Work", address, "GMAIL", "", 0, "", "INBOX", 15)


def signed_in(rig: MailRig, caller: Any, authorization: AuthorizationServer, address: str) -> MailboxView:
    back = authorization.allow(rig.connecting.start_sign_in(caller, draft(address)))
    return rig.connecting.complete_sign_in(caller, state=back["state"], code=back["code"])


def test_connects_a_mailbox_by_oauth_and_reads_it_by_xoauth2(rig: MailRig, me: Any, authorization: AuthorizationServer):
    user = rig.server.add_user()
    rig.server.deliver(user, a_mail("o1"))
    view = signed_in(rig, me, authorization, user)
    assert (view.sign_in, view.provider, view.state) == ("OAUTH", "GMAIL", "ACTIVE")
    rig.read(me, view.mailbox_id)
    assert len(rig.postings(me)) == 1


def test_asks_for_the_code_with_an_s256_challenge_of_a_verifier_that_stays_here(rig: MailRig, me: Any):
    url = rig.connecting.start_sign_in(me, draft("a@mail.example"))
    asked = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
    assert asked["code_challenge_method"] == "S256"
    assert asked["redirect_uri"] == REDIRECT
    with rig.database.transaction(me.tenant) as session:
        [row] = session.execute(text("SELECT sign_in_id, secret FROM mailbox_sign_ins")).all()
    verifier = rig.signing._vault.open(row.sign_in_id, bytes(row.secret)).verifier
    digest = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    assert asked["code_challenge"] == digest
    assert verifier not in url
    assert verifier.encode() not in bytes(row.secret)


def test_a_state_serves_once(rig: MailRig, me: Any, authorization: AuthorizationServer):
    user = rig.server.add_user()
    back = authorization.allow(rig.connecting.start_sign_in(me, draft(user)))
    rig.connecting.complete_sign_in(me, state=back["state"], code=back["code"])
    with pytest.raises(Invalid) as refused:
        rig.connecting.complete_sign_in(me, state=back["state"], code=back["code"])
    assert refused.value.reason == "SIGN_IN_UNKNOWN"


def test_a_state_serves_only_who_began_and_only_unchanged(
    rig: MailRig, me: Any, build: Any, authorization: AuthorizationServer
):
    back = authorization.allow(rig.connecting.start_sign_in(me, draft(rig.server.add_user())))
    forged = back["state"][:-1] + ("0" if back["state"][-1] != "0" else "1")
    for caller, state in ((build.user(me.tenant), back["state"]), (build.user(), back["state"]), (me, forged)):
        with pytest.raises(Invalid):
            rig.connecting.complete_sign_in(caller, state=state, code=back["code"])
    assert rig.connecting.complete_sign_in(me, state=back["state"], code=back["code"]).state == "ACTIVE"


def test_a_state_is_too_old_after_ten_minutes(rig: MailRig, me: Any, authorization: AuthorizationServer):
    back = authorization.allow(rig.connecting.start_sign_in(me, draft(rig.server.add_user())))
    rig.clock.move(minutes=10)
    with pytest.raises(Invalid):
        rig.connecting.complete_sign_in(me, state=back["state"], code=back["code"])


def test_a_code_that_is_not_of_this_sign_in_connects_nothing(rig: MailRig, me: Any, authorization: AuthorizationServer):
    first = authorization.allow(rig.connecting.start_sign_in(me, draft(rig.server.add_user())))
    second = authorization.allow(rig.connecting.start_sign_in(me, draft(rig.server.add_user())))
    with pytest.raises(FailedPrecondition) as refused:  # the verifier of the first does not fit the code of the second
        rig.connecting.complete_sign_in(me, state=first["state"], code=second["code"])
    assert refused.value.reason == "SIGN_IN_REFUSED"


def test_renews_a_token_five_minutes_before_its_end_and_once_for_all(
    rig: MailRig, me: Any, authorization: AuthorizationServer
):
    view = signed_in(rig, me, authorization, rig.server.add_user())
    before = authorization.counts()["refreshed"]
    rig.clock.move(minutes=54)
    rig.signing.sign_in_of(me, view.mailbox_id)
    assert authorization.counts()["refreshed"] == before
    rig.clock.move(minutes=2)
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: rig.signing.sign_in_of(me, view.mailbox_id).access_token, range(4)))
    assert len(set(found)) == 1
    assert authorization.counts()["refreshed"] == before + 1


def test_a_withdrawn_authorisation_needs_the_owner_and_a_server_in_trouble_does_not(
    rig: MailRig, me: Any, authorization: AuthorizationServer
):
    user = rig.server.add_user()
    view = signed_in(rig, me, authorization, user)
    rig.clock.move(hours=2)
    authorization.set(trouble=503)
    assert not rig.sync.fetch_page(me, view.mailbox_id).stop
    assert rig.mailboxes.get(me, view.mailbox_id).failure == "PROVIDER"
    authorization.set(trouble=0, forget=1)
    assert rig.sync.fetch_page(me, view.mailbox_id).stop
    assert rig.notices(me) == ["NEEDS_SIGN_IN"]
    again = signed_in(rig, me, authorization, user)
    assert (again.mailbox_id, again.state) == (view.mailbox_id, "ACTIVE")
    rig.read(me, view.mailbox_id)
    assert rig.notices(me) == []


def test_removing_a_mailbox_gives_its_token_back(rig: MailRig, me: Any, authorization: AuthorizationServer):
    view = signed_in(rig, me, authorization, rig.server.add_user())
    before = authorization.counts()["revoked"]
    rig.mailboxes.delete(me, view.mailbox_id, view.etag)
    assert authorization.counts()["revoked"] == before + 1


def test_the_token_of_somebody_deactivated_is_given_back(rig: MailRig, me: Any, authorization: AuthorizationServer):
    signed_in(rig, me, authorization, rig.server.add_user())
    before = authorization.counts()["revoked"]
    MailboxStopping(rig.database, rig.clock, rig.signing).stop_all(Caller.service("auth", me.tenant), UUID(me.id))
    assert authorization.counts()["revoked"] == before + 1


def test_says_so_where_a_provider_is_not_configured(matching: Any, server: MailServer, me: Any):
    with pytest.raises(FailedPrecondition) as refused:
        MailRig(matching, server).connecting.start_sign_in(me, draft("a@mail.example"))
    assert refused.value.reason == "OAUTH_NOT_CONFIGURED"


def test_the_page_escapes_what_it_shows_and_runs_nothing():
    page = callback_page("", code="<script>alert(1)</script>", state='"><img src=x>', error="")
    assert "<script" not in page
    assert "<img" not in page
    refused = callback_page("https://app.example/mail", code="", state="", error="<b>denied</b>")
    assert "<b>" not in refused
    handed = callback_page("https://app.example/mail", code="a&b", state="s", error="")
    assert "https://app.example/mail?code=a%26b&amp;state=s" in handed
