"""Secrets at rest: bound to their account, rotated page by page, and what happens when no key opens them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any
from uuid import UUID, uuid4

import pytest
from blacklight_scraper.app import APP, rotate_credentials
from blacklight_scraper.credentials.accounts.service import ROTATE_ROWS
from blacklight_scraper.credentials.scrubbing import scrubbed
from blacklight_scraper.credentials.states import CredentialState
from blacklight_scraper.credentials.views import Secret
from blacklight_servicekit.app import Kit
from blacklight_servicekit.caller import Caller
from blacklight_servicekit.database import Database
from blacklight_servicekit.errors import FailedPrecondition
from blacklight_servicekit.sealing import SecretUnreadable, Vault, split_keys
from cryptography.fernet import Fernet
from pydantic import SecretStr, ValidationError

from services.scraper.tests.credential_rig import ADMIN, Rig, host, proof

SECRET = Secret("ann@example.com", "canary-password", '{"li_at": "canary-cookie"}', "http://u:canary-proxy@p.example")


def new_key() -> str:
    return Fernet.generate_key().decode()


@pytest.fixture
def rig(service_database: Any) -> Rig:
    rig = Rig(service_database(APP))
    rig.add_platform()
    return rig


def test_opens_what_it_sealed_for_the_same_account_alone() -> None:
    vault, credential_id = Vault([new_key()], Secret), uuid4()
    sealed = vault.seal(credential_id, SECRET)
    assert b"canary" not in sealed
    assert vault.open(credential_id, sealed) == SECRET
    with pytest.raises(SecretUnreadable):
        vault.open(uuid4(), sealed)
    with pytest.raises(SecretUnreadable):
        vault.open(credential_id, sealed[:-1] + b"A")
    with pytest.raises(SecretUnreadable):
        Vault([new_key()], Secret).open(credential_id, sealed)


def test_seals_with_the_first_key_and_opens_with_any() -> None:
    old, new, credential_id = new_key(), new_key(), uuid4()
    sealed = Vault([old], Secret).seal(credential_id, SECRET)
    both = Vault([new, old], Secret)
    assert both.open(credential_id, sealed) == SECRET
    assert not both.is_current(sealed)
    again = both.seal(credential_id, both.open(credential_id, sealed))
    assert both.is_current(again)
    assert Vault([new], Secret).open(credential_id, again) == SECRET


def test_shows_no_secret_in_a_repr() -> None:
    assert "canary" not in repr(SECRET)
    assert "canary" not in f"{SECRET}"


def test_tells_secrets_apart_without_letting_them_be_guessed() -> None:
    one, other = Vault([new_key()], Secret), Vault([new_key()], Secret)
    assert one.fingerprint(SECRET) == one.fingerprint(SECRET)
    assert one.fingerprint(SECRET) not in (one.fingerprint(Secret()), other.fingerprint(SECRET))


@pytest.mark.parametrize("keys", ["", " , ", "not a key", "AAAA", "é" * 44])
def test_starts_with_no_key_but_a_real_one_and_says_how_to_make_it(make_settings: Any, keys: str) -> None:
    with pytest.raises(ValidationError) as caught:
        make_settings(APP, credential_keys=keys)
    assert "Fernet.generate_key()" in str(caught.value)
    assert "not a key" not in str(caught.value)


def test_does_not_start_without_a_key(make_settings: Any) -> None:
    given = make_settings(APP)
    said = {
        f"BLACKLIGHT_{name.upper()}": value.get_secret_value() if isinstance(value, SecretStr) else str(value)
        for name, value in given
        if name != "credential_keys" and value is not None
    }
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("BLACKLIGHT_")}
    begun = subprocess.run(
        [sys.executable, "-m", "blacklight_scraper", "serve"],
        env={**inherited, **said},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert begun.returncode == 2
    assert "BLACKLIGHT_CREDENTIAL_KEYS" in begun.stderr
    assert "Fernet.generate_key()" in begun.stderr


def test_splits_keys_at_commas() -> None:
    one, two = new_key(), new_key()
    assert split_keys(f" {one}, {two},") == (one, two)


def test_takes_the_longest_secret_out_of_a_message_first() -> None:
    message = 'http://u:canary-proxy@p.example and {"li_at": "canary-cookie"} and canary-cookie'
    assert scrubbed(message, SECRET) == "[secret] and [secret] and [secret]"
    assert len(scrubbed("x" * 5000, SECRET)) == 1000
    assert scrubbed("abc", Secret(password="a")) == "abc"


def test_rotates_every_secret_once_and_can_be_run_again(rig: Rig) -> None:
    [old] = rig.fernet_keys
    accounts = [rig.add_account(f"account {number}") for number in range(ROTATE_ROWS + 5)]
    rig.accounts.delete(ADMIN, credential_id=accounts.pop())
    new = new_key()
    rig.unlock(new, old)
    caller = Caller.service("scraper", None)
    done = rig.accounts.rotate(caller)
    assert (done.sealed, done.current, done.unreadable) == (len(accounts), 0, 0)
    done = rig.accounts.rotate(caller)
    assert (done.sealed, done.current, done.unreadable) == (0, len(accounts), 0)
    rig.unlock(new)
    assert rig.accounts.reveal(ADMIN, credential_id=accounts[-1], purpose="a look").password == "correct horse"


def test_goes_on_where_a_rotation_was_cut_short(rig: Rig, monkeypatch: Any) -> None:
    monkeypatch.setattr("blacklight_scraper.credentials.accounts.service.ROTATE_ROWS", 2)
    for number in range(5):
        rig.add_account(f"account {number}")
    rig.unlock(new_key(), *rig.fernet_keys)
    opened = rig.accounts._vault.open
    opening = iter(range(3))

    def fails_at_last(credential_id: UUID, sealed: bytes) -> Secret:
        if next(opening, None) is None:
            raise KeyboardInterrupt
        return opened(credential_id, sealed)

    caller = Caller.service("scraper", None)
    with monkeypatch.context() as cut:
        cut.setattr(rig.accounts._vault, "open", fails_at_last)
        with pytest.raises(KeyboardInterrupt):
            rig.accounts.rotate(caller)
    done = rig.accounts.rotate(caller)
    assert (done.sealed, done.current) == (3, 2)


def test_seals_anew_by_its_command_and_says_how_many(make_settings: Any, database_urls: Any, capsys: Any) -> None:
    old, new = new_key(), new_key()
    urls = database_urls(APP)
    given = make_settings(APP, urls=urls, credential_keys=f"{new},{old}")
    database = Database(urls.app, urls.platform)
    rig = Rig(database, keys=(old,))
    rig.add_platform()
    rig.add_account()
    rig.unlock(new_key())
    rig.add_account("lost")
    unused: Any = None
    kit = Kit(given, database, unused, unused, unused, rig.clock)
    assert [rotate_credentials(kit, []) for _ in range(2)] == [1, 1]
    database.dispose()
    said = capsys.readouterr().out.splitlines()
    assert said == ["1 sealed anew, 0 were, 1 do not open", "0 sealed anew, 1 were, 1 do not open"]


def test_sets_an_account_aside_whose_key_is_gone_and_leases_the_next(rig: Rig, capfd: Any) -> None:
    key = rig.add_key()
    lost = rig.add_account("lost")
    rig.unlock(new_key())
    good = rig.add_account("good")
    lease = rig.leased(rig.add_session(key), key)
    assert lease.credential_id == good
    view = rig.accounts.get(ADMIN, credential_id=lost)
    assert view.state is CredentialState.FAILED
    assert "BLACKLIGHT_CREDENTIAL_KEYS" in view.last_failure_message
    [event] = rig.rows("SELECT detail FROM scraper.fleet_events WHERE kind = 'credential.unreadable'")
    assert event.detail["credential_id"] == str(lost)
    assert "credential.unreadable" in "".join(capfd.readouterr())
    with pytest.raises(FailedPrecondition, match="new one") as caught:
        rig.accounts.reveal(ADMIN, credential_id=lost, purpose="a look")
    assert caught.value.reason == "SECRET_UNREADABLE"
    rig.accounts.update(ADMIN, credential_id=lost, changes={}, secret=SECRET, etag="")
    rig.accounts.reset(ADMIN, credential_id=lost)
    assert rig.leased(rig.add_session(key), key).credential_id == lost


def test_does_not_lose_the_claims_of_others_when_the_key_of_a_held_account_goes(rig: Rig) -> None:
    key = rig.add_key()
    account, session_id = rig.add_account(), rig.add_session(key)
    held = rig.leased(session_id, key)
    rig.unlock(new_key())
    with rig.database.platform_transaction() as session:
        assert rig.credentials.leases_of(session, [session_id], now=rig.clock(), rotate=True) == {session_id: ()}
    assert rig.accounts.get(ADMIN, credential_id=account).state is CredentialState.FAILED
    with pytest.raises(Exception, match="do not hold"):
        rig.credentials.heartbeat(host(key), **proof(held))


def test_stores_nothing_of_a_secret_in_the_clear(rig: Rig) -> None:
    request = {"username": "ann@example.com", "password": "canary-password", "cookies": SECRET.cookies}
    account = rig.add_account("one", **request, proxy=SECRET.proxy)
    key = rig.add_key()
    lease = rig.leased(rig.add_session(key), key)
    rig.credentials.refresh(host(key), **proof(lease), cookies=json.dumps({"li_at": "canary-renewed"}))
    tables = ["credentials", "api_keys", "audit_log", "fleet_events", "outbox", "request_log"]
    stored = str([rig.rows(f"SELECT t::text FROM scraper.{table} AS t") for table in tables])
    assert str(account) in stored
    assert "canary" not in stored
    assert "ann@example.com" not in stored
