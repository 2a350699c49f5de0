"""Accounts leased to hosts: who gets which, who may speak of it, and how it ends."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from blacklight_scraper.app import APP
from blacklight_scraper.credentials.service import UNLIMITED, LeaseLost
from blacklight_scraper.credentials.states import REAP_REST, CredentialState
from blacklight_scraper.credentials.views import LeaseView
from blacklight_scraper.platforms.views import Login
from blacklight_servicekit.errors import Invalid
from blacklight_testkit.faults import guards

from services.scraper.tests.credential_rig import ADMIN, LENGTH, SECOND, Rig, host, proof

SERVICE = "services/scraper/src/blacklight_scraper/credentials/service.py"
LEASES = "services/scraper/src/blacklight_scraper/credentials/leases/service.py"
MODELS = "services/scraper/src/blacklight_scraper/credentials/models.py"
STATES = "services/scraper/src/blacklight_scraper/credentials/states.py"
COOKIES = '[{"name": "li_at", "value": "AQEDARabc"}]'


@dataclass
class Board:
    """A rig with a board, a key, a session and one account."""

    rig: Rig
    key: UUID
    session: UUID
    account: UUID

    def lease(self, **given: Any) -> LeaseView:
        return self.rig.leased(self.session, self.key, **given)

    def state(self) -> CredentialState:
        return self.rig.accounts.get(ADMIN, credential_id=self.account).state

    def fail(self, lease: LeaseView, **told: Any) -> Any:
        given: dict[str, Any] = {"reason": 3, "message": "blocked", "cooldown_minutes": 0, "auth_dead": False, **told}
        return self.rig.credentials.fail(host(self.key), **proof(lease), **given)

    def words(self, lease: LeaseView, key: UUID) -> list[Callable[[], object]]:
        """All that a host may say of a lease."""
        credentials, caller, of = self.rig.credentials, host(key), proof(lease)
        return [
            lambda: credentials.heartbeat(caller, **of),
            lambda: credentials.succeed(caller, **of, terminal=False),
            lambda: credentials.succeed(caller, **of, terminal=True),
            lambda: credentials.fail(caller, **of, reason=1, message="dead", cooldown_minutes=5, auth_dead=True),
            lambda: credentials.refresh(caller, **of, cookies=COOKIES),
            lambda: credentials.release(caller, **of),
        ]

    def all_lost(self, lease: LeaseView, key: UUID) -> None:
        before = self.columns()
        for word in self.words(lease, key):
            with pytest.raises(LeaseLost):
                word()
        assert self.columns() == before

    def columns(self) -> str:
        return str(self.rig.rows("SELECT credentials::text FROM scraper.credentials ORDER BY credential_id"))


@pytest.fixture
def rig(service_database: Any) -> Rig:
    return Rig(service_database(APP))


@pytest.fixture
def board(rig: Rig) -> Board:
    rig.add_platform(session_cookie="li_at")
    key = rig.add_key()
    return Board(rig, key, rig.add_session(key), rig.add_account())


def test_gives_the_account_with_its_secret_to_one_session_at_a_time(board: Board) -> None:
    lease = board.lease()
    assert (lease.username, lease.password, lease.name) == ("one@example.com", "correct horse", "one")
    assert lease.expire_time == board.rig.clock() + LENGTH
    assert board.rig.lease(board.rig.add_session(board.key), board.key) is None
    assert board.state() is CredentialState.IN_USE


def test_answers_the_lease_that_the_session_holds_to_whoever_asks_again(board: Board) -> None:
    board.rig.add_account("two")
    first = board.lease()
    board.rig.clock.advance(SECOND)
    assert proof(board.lease()) == proof(first)


def test_leases_those_with_fewest_failures_then_those_never_used_then_the_longest_unused(board: Board) -> None:
    # Spec 6.15.
    rig = board.rig
    rig.add_account("two")
    rig.add_account("three")
    set_to = "UPDATE scraper.credentials SET failure_count = :f, last_success_time = :t WHERE name = :n RETURNING 1"
    for name, failures, used in (("one", 1, None), ("two", 0, rig.clock()), ("three", 0, rig.clock() - SECOND)):
        rig.rows(set_to, f=failures, t=used, n=name)
    rig.add_account("never")
    taken = [rig.leased(rig.add_session(board.key), board.key).name for _ in range(4)]
    assert taken == ["never", "three", "two", "one"]


@guards(
    "P-31",
    file=LEASES,
    old="            .limit(1)\n            .with_for_update(skip",
    new="            .with_for_update(skip",
)
def test_p31_a_lease_locks_one_account_and_leaves_the_others_to_others(board: Board) -> None:
    rig = board.rig
    rig.add_account("two")
    other = rig.add_session(board.key)
    with rig.database.platform_transaction() as session:
        given: dict[str, Any] = {"platform": "linkedin", "api_key_id": board.key, "now": rig.clock(), "fetched": True}
        assert rig.credentials._leases.take(session, session_id=board.session, **given) is not None
        with ThreadPoolExecutor(1) as pool:
            assert pool.submit(rig.take, other, given).result(20) is not None


def test_h14_counts_the_keys_use_with_the_lease_or_not_at_all(board: Board) -> None:
    count = "SELECT usage_count AS n FROM scraper.api_keys"
    audited = "SELECT actor_id, changes FROM scraper.audit_log WHERE action = 'credential.leased'"
    with contextlib.suppress(RuntimeError), board.rig.database.platform_transaction() as session:
        given: dict[str, Any] = {"platform": "linkedin", "api_key_id": board.key, "session_id": board.session}
        assert board.rig.credentials.lease(session, **given, now=board.rig.clock())
        raise RuntimeError("the claim fails after its lease")
    assert (board.rig.rows(count)[0].n, board.state()) == (0, CredentialState.AVAILABLE)
    board.lease()
    board.lease()
    assert board.rig.rows(count)[0].n == 1
    assert [row.actor_id for row in board.rig.rows(audited)] == [str(board.key)]


@guards(
    "P-15",
    file=SERVICE,
    old="        if row.lease_api_key_id != UUID(caller.id):\n            raise LeaseLost\n",
    new="",
)
@guards("F-05", file=SERVICE, old=" or row.lease_token != token:", new=":")
def test_p15_and_f05_nobody_but_the_holder_can_say_anything_of_an_account(board: Board) -> None:
    rig, lease = board.rig, board.lease()
    thief = rig.add_key("thief")
    board.all_lost(lease, thief)
    forged = LeaseView(**{**{name: getattr(lease, name) for name in lease.__slots__}, "lease_token": uuid4()})
    board.all_lost(forged, board.key)
    board.all_lost(forged, thief)


@guards(
    "P-15",
    file="services/scraper/src/blacklight_scraper/credentials/accounts/service.py",
    old="        end(row, state)\n",
    new="        row.state = row.state\n",
)
def test_p15_a_disabled_account_is_lost_to_its_holder_and_stays_disabled(board: Board) -> None:
    lease = board.lease()
    board.rig.accounts.disable(ADMIN, credential_id=board.account)
    board.all_lost(lease, board.key)
    assert board.state() is CredentialState.DISABLED


@guards(
    "F-04",
    file=SERVICE,
    old="return self._leases.keep(row, now)\n\n    def succeed",
    new="return LeaseStanding(True, row.lease_expire_time)\n\n    def succeed",
)
def test_f04_a_lease_lasts_as_long_as_its_holder_shows_life(board: Board) -> None:
    lease = board.lease()
    for _ in range(12):
        board.rig.clock.advance(LENGTH - SECOND)
        standing = board.rig.credentials.heartbeat(host(board.key), **proof(lease))
        assert standing.held
        assert standing.expire_time == board.rig.clock() + LENGTH
        assert board.rig.reap() == 0


def test_takes_no_word_of_a_holder_whose_lease_has_expired_before_any_reaper_came(board: Board) -> None:
    lease = board.lease()
    board.rig.clock.advance(LENGTH)
    board.all_lost(lease, board.key)


@guards(
    "F-14",
    file=MODELS,
    old="CredentialRow.lease_expire_time <= now)\n",
    new="CredentialRow.lease_expire_time < CredentialRow.lease_start_time)\n",
)
def test_f14_an_account_whose_holder_fell_silent_is_leased_again_after_a_rest(board: Board) -> None:
    first = board.lease()
    board.rig.clock.advance(LENGTH)
    assert board.state() is CredentialState.COOLDOWN
    other = board.rig.add_session(board.key)
    assert board.rig.lease(other, board.key) is None
    board.rig.clock.advance(REAP_REST)
    second = board.rig.leased(other, board.key)
    assert second.lease_token != first.lease_token
    assert board.rig.row(board.account).reap_count == 1
    board.all_lost(first, board.key)


@pytest.mark.parametrize(
    ("profile_key", "end"), [("warm-1", CredentialState.NEEDS_RELOGIN), ("", CredentialState.FAILED)]
)
@pytest.mark.parametrize("swept", [True, False])
def test_asks_for_a_person_after_three_silent_holders_in_a_row(
    board: Board, profile_key: str, end: CredentialState, swept: bool
) -> None:
    rig = board.rig
    rig.rows("UPDATE scraper.credentials SET profile_key = :key RETURNING 1", key=profile_key)
    for _ in range(3):
        rig.leased(rig.add_session(board.key), board.key)
        rig.clock.advance(LENGTH)
        if swept:
            assert rig.reap() == 1
        rig.clock.advance(REAP_REST)
    assert board.state() is end
    assert rig.lease(board.session, board.key) is None
    rig.reap()
    row = rig.row(board.account)
    assert (row.state, row.reap_count, row.last_failure_reason) == (end, 3, 12)


def test_forgets_silent_holders_and_failures_once_it_succeeds(board: Board) -> None:
    # Spec 6.15: the count never went back, so one bad day put an account last for ever.
    rig = board.rig
    for _ in range(2):
        board.lease()
        rig.clock.advance(LENGTH + REAP_REST)
    board.fail(board.lease(), cooldown_minutes=1)
    rig.clock.advance(timedelta(minutes=1))
    lease = board.lease()
    assert (rig.row(board.account).failure_count, rig.row(board.account).reap_count) == (1, 2)
    assert rig.credentials.succeed(host(board.key), **proof(lease), terminal=False).held
    row = rig.row(board.account)
    assert (row.failure_count, row.reap_count, row.success_count) == (0, 0, 1)
    assert rig.credentials.heartbeat(host(board.key), **proof(lease)).held
    assert not rig.credentials.succeed(host(board.key), **proof(lease), terminal=True).held
    assert board.state() is CredentialState.AVAILABLE


def test_takes_back_a_lease_that_its_holder_never_fetched_without_blame(board: Board) -> None:
    board.lease(fetched=False)
    board.rig.clock.advance(LENGTH)
    assert board.state() is CredentialState.AVAILABLE
    assert board.rig.reap() == 1
    row = board.rig.row(board.account)
    assert (row.state, row.reap_count, row.last_failure_reason) == (CredentialState.AVAILABLE, 0, 0)


def test_blames_a_holder_that_fetched_later_and_fell_silent(board: Board) -> None:
    first = board.lease(fetched=False)
    assert proof(board.lease()) == proof(first)
    board.rig.clock.advance(LENGTH)
    assert board.rig.reap() == 1
    assert board.rig.row(board.account).reap_count == 1


@pytest.mark.parametrize(
    ("told", "state"),
    [
        ({"cooldown_minutes": 0}, CredentialState.FAILED),
        ({"cooldown_minutes": 30}, CredentialState.COOLDOWN),
        ({"cooldown_minutes": 30, "auth_dead": True}, CredentialState.NEEDS_RELOGIN),
    ],
)
def test_rests_or_sets_aside_an_account_that_failed(board: Board, told: dict[str, Any], state: CredentialState) -> None:
    assert not board.fail(board.lease(), **told).held
    view = board.rig.accounts.get(ADMIN, credential_id=board.account)
    assert (view.state, view.failure_count, view.last_failure_reason) == (state, 1, 3)
    assert view.last_failure_message == "blocked"
    assert view.holder is None
    assert board.rig.lease(board.session, board.key) is None


@guards("F-24", file=STATES, old="    if auth_dead:\n", new="    if auth_dead and not cooldown:\n")
def test_f24_a_dead_sign_in_is_tried_by_nobody_until_a_person_has_seen_to_it(board: Board) -> None:
    board.fail(board.lease(), auth_dead=True, cooldown_minutes=1)
    board.rig.clock.advance(timedelta(days=30))
    board.rig.reap()
    assert board.state() is CredentialState.NEEDS_RELOGIN
    assert board.rig.lease(board.session, board.key) is None
    board.rig.accounts.reset(ADMIN, credential_id=board.account)
    assert board.lease()


def test_leases_an_account_again_once_its_rest_is_over(board: Board) -> None:
    board.fail(board.lease(), cooldown_minutes=30)
    board.rig.clock.advance(timedelta(minutes=30) - SECOND)
    assert board.rig.lease(board.session, board.key) is None
    board.rig.clock.advance(SECOND)
    assert board.state() is CredentialState.AVAILABLE
    assert board.lease()


def test_refuses_a_rest_longer_than_a_week(board: Board) -> None:
    lease = board.lease()
    with pytest.raises(Invalid, match="minutes"):
        board.fail(lease, cooldown_minutes=10081)


def test_keeps_secrets_out_of_what_a_host_says_of_an_account(board: Board) -> None:
    lease = board.lease()
    board.rig.credentials.refresh(host(board.key), **proof(lease), cookies=COOKIES)
    board.fail(lease, message=f"signed in with {lease.password} and AQEDARabc: no")
    assert board.rig.row(board.account).last_failure_message == "signed in with [secret] and [secret]: no"


@guards("F-19", file=SERVICE, old="before it is released: report first, then release", new="in time")
def test_f19_a_report_after_the_release_is_refused_with_the_order_that_holds(board: Board) -> None:
    lease = board.lease()
    assert not board.rig.credentials.release(host(board.key), **proof(lease)).held
    with pytest.raises(LeaseLost) as caught:
        board.rig.credentials.succeed(host(board.key), **proof(lease), terminal=True)
    assert caught.value.reason == "LEASE_LOST"
    assert "report first, then release" in caught.value.message
    assert board.rig.row(board.account).success_count == 0


@guards("F-27", file=SERVICE, old="replace(secret, cookies=cookies)", new="secret")
def test_f27_renewed_cookies_are_what_the_next_holder_gets(board: Board) -> None:
    lease = board.lease()
    assert board.rig.credentials.refresh(host(board.key), **proof(lease), cookies=COOKIES).held
    board.rig.credentials.release(host(board.key), **proof(lease))
    following = board.lease()
    assert (following.cookies, following.password) == (COOKIES, "correct horse")


@pytest.mark.parametrize(
    ("cookies", "reason"),
    [
        ("li_at=abc", "COOKIES_NOT_JSON"),
        ('"li_at"', "COOKIES_NOT_JSON"),
        ("[" * 30_000, "COOKIES_NOT_JSON"),
        ('[{"name": "other", "value": "x"}]', "SESSION_COOKIE_MISSING"),
        ('[{"name": "li_at", "value": ""}]', "SESSION_COOKIE_MISSING"),
        ('{"li_at": "' + "é" * 33_000 + '"}', "COOKIES_TOO_LARGE"),
    ],
)
def test_refuses_cookies_that_sign_nobody_in(board: Board, cookies: str, reason: str) -> None:
    lease = board.lease()
    with pytest.raises(Invalid) as caught:
        board.rig.credentials.refresh(host(board.key), **proof(lease), cookies=cookies)
    assert caught.value.reason == reason


@pytest.mark.parametrize("cookies", ['{"li_at": "x"}', '{"cookies": [{"name": "li_at", "value": "x"}], "origins": []}'])
def test_takes_cookies_in_the_forms_that_browsers_write(board: Board, cookies: str) -> None:
    assert board.rig.credentials.refresh(host(board.key), **proof(board.lease()), cookies=cookies).held


@guards(
    "F-22",
    file=SERVICE,
    old='{"state": CredentialState.AVAILABLE, "update_time": now, **NO_LEASE}',
    new='{"update_time": now}',
)
def test_f22_whatever_a_session_holds_goes_back_when_it_ends(board: Board) -> None:
    rig = board.rig
    rig.add_platform("techfetch")
    rig.add_account("two", "techfetch")
    lease = board.lease()
    rig.leased(board.session, board.key, platform="techfetch")
    with rig.database.platform_transaction() as session:
        rig.credentials.release_of(session, board.session, rig.clock())
    states = rig.rows("SELECT state, reap_count, failure_count FROM scraper.credentials")
    assert [tuple(row) for row in states] == [(CredentialState.AVAILABLE, 0, 0)] * 2
    board.all_lost(lease, board.key)


def test_gives_a_new_stream_new_tokens_and_refuses_the_old_ones(board: Board) -> None:
    rig, lease = board.rig, board.lease()
    with rig.database.platform_transaction() as session:
        kept = rig.credentials.leases_of(session, [board.session], now=rig.clock())
        assert [proof(each) for each in kept[board.session]] == [proof(lease)]
        rotated = rig.credentials.leases_of(session, [board.session], now=rig.clock(), rotate=True)
    [new] = rotated[board.session]
    board.all_lost(lease, board.key)
    assert rig.credentials.heartbeat(host(board.key), **proof(new)).held


def test_extends_the_live_leases_of_a_session_and_revives_none(board: Board) -> None:
    rig, lease = board.rig, board.lease()

    def extend() -> None:
        with rig.database.platform_transaction() as session:
            rig.credentials.extend(session, [board.session, uuid4()], rig.clock())

    rig.clock.advance(LENGTH - SECOND)
    extend()
    assert rig.row(board.account).lease_expire_time == rig.clock() + LENGTH
    rig.clock.advance(LENGTH)
    extend()
    board.all_lost(lease, board.key)


@guards("F-02", file=SERVICE, old="if name in needing else UNLIMITED", new="or UNLIMITED")
def test_f02_says_how_many_accounts_there_are_before_a_role_is_claimed(board: Board) -> None:
    rig = board.rig
    rig.add_platform("dice", Login.NONE)
    rig.add_platform("techfetch")
    rig.add_account("two")

    def available() -> dict[str, int]:
        with rig.database.platform_transaction() as session:
            return rig.credentials.available(session, ["linkedin", "dice", "techfetch"], rig.clock())

    assert available() == {"linkedin": 2, "dice": UNLIMITED, "techfetch": 0}
    board.lease()
    assert available()["linkedin"] == 1
    rig.clock.advance(LENGTH + REAP_REST)
    assert available()["linkedin"] == 2


def test_reaps_expired_leases_and_says_so(board: Board) -> None:
    board.lease()
    board.rig.clock.advance(LENGTH)
    assert (board.rig.reap(), board.rig.reap()) == (1, 0)
    [event] = board.rig.rows("SELECT session_id, platform, detail FROM scraper.fleet_events")
    assert (event.session_id, event.platform) == (board.session, "linkedin")
    assert event.detail == {"credential_id": str(board.account), "state": "COOLDOWN", "in_a_row": "1"}
