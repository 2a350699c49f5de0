"""Refresh tokens: rotation, reuse, several exchanges at once."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from time import sleep
from typing import Any

import grpc
from blacklight.auth.v1 import auth_service_pb2
from blacklight_auth.accounts.secret import new_secret
from blacklight_auth.app import APP
from blacklight_auth.sessions.service import Sessions
from blacklight_auth.sessions.session import Renewal
from blacklight_servicekit.clock import utc_now
from blacklight_servicekit.ids import new_id


def test_exchanges_a_refresh_token_for_a_new_pair_of_the_same_session(platform: Any) -> None:
    admin = platform.tenant_admin()
    renewed = platform.refresh(admin.pair.refresh_token)
    assert renewed.refresh_token != admin.pair.refresh_token
    assert platform.session_id(renewed) == platform.session_id(admin.pair)
    bearer = (("authorization", f"Bearer {renewed.access_token}"),)
    assert platform.auth.GetMe(auth_service_pb2.GetMeRequest(), metadata=bearer).email == admin.email


def test_revokes_the_whole_session_when_a_token_comes_back(platform: Any, refused: Any) -> None:
    admin = platform.tenant_admin()
    newest = platform.refresh(platform.refresh(admin.pair.refresh_token).refresh_token)
    answer = refused(lambda: platform.refresh(admin.pair.refresh_token))
    assert (answer.code, answer.reason) == ("UNAUTHENTICATED", "REFRESH_TOKEN_REUSED")
    assert refused(lambda: platform.refresh(newest.refresh_token)).reason == "REFRESH_TOKEN_INVALID"
    assert not platform.access(platform.session_id(newest)).active
    assert platform.rows("SELECT tenant_id::text FROM audit_log WHERE action = 'session.refresh_token_reused'") == [
        (admin.tenant_id,)
    ]


def test_leaves_the_other_devices_alone_when_one_session_is_revoked(platform: Any, refused: Any) -> None:
    admin = platform.tenant_admin()
    other = platform.login(admin.email)
    platform.refresh(admin.pair.refresh_token)
    refused(lambda: platform.refresh(admin.pair.refresh_token))
    assert platform.refresh(other.refresh_token).access_token


def test_gives_one_pair_at_most_for_many_exchanges_of_one_token_at_once(platform: Any) -> None:
    admin = platform.tenant_admin()

    def exchange(_: int) -> str:
        try:
            return str(platform.refresh(admin.pair.refresh_token).access_token)
        except grpc.RpcError:
            return ""

    with ThreadPoolExecutor(8) as pool:
        given = [token for token in pool.map(exchange, range(8)) if token]
    assert len(given) == 1
    assert not platform.access(platform.session_id(admin.pair)).active


def test_makes_an_exchange_wait_for_another_one_of_the_same_token(platform: Any, refused: Any) -> None:
    admin = platform.tenant_admin()

    @contextmanager
    def another_exchange() -> Iterator[None]:
        with platform.running.database.platform_transaction() as session:
            sessions = Sessions(platform.clock, new_id, new_secret)
            assert isinstance(sessions.rotate(session, admin.pair.refresh_token), Renewal)
            yield

    refusal = platform.beside(
        another_exchange(), lambda: refused(lambda: platform.refresh(admin.pair.refresh_token))
    ).result()
    assert refusal.reason == "REFRESH_TOKEN_REUSED"


def test_refuses_a_made_up_refresh_token_without_touching_a_session(platform: Any, refused: Any) -> None:
    admin = platform.tenant_admin()
    assert refused(lambda: platform.refresh("made-up")).reason == "REFRESH_TOKEN_INVALID"
    assert platform.access(platform.session_id(admin.pair)).active


def test_ends_a_session_that_nobody_renewed_for_fourteen_days(platform: Any, refused: Any) -> None:
    admin = platform.tenant_admin()
    session_id = platform.session_id(admin.pair)
    platform.clock.advance(timedelta(days=13, hours=23))
    renewed = platform.refresh(admin.pair.refresh_token)
    platform.clock.advance(timedelta(days=13, hours=23))
    assert platform.access(session_id).active
    platform.clock.advance(timedelta(hours=2))
    assert refused(lambda: platform.refresh(renewed.refresh_token)).reason == "REFRESH_TOKEN_INVALID"
    assert not platform.access(session_id).active


def test_keeps_no_refresh_token_in_the_database_and_forgets_those_that_ran_out(platform: Any) -> None:
    admin = platform.tenant_admin()
    stored = platform.rows("SELECT token_hash FROM refresh_tokens")
    assert stored
    assert not any(admin.pair.refresh_token.encode() in bytes(row.token_hash) for row in stored)
    token = platform.refresh(admin.pair.refresh_token).refresh_token
    for _ in range(3):
        platform.clock.advance(timedelta(days=7))
        token = platform.refresh(token).refresh_token
    # Of days 0, 0, 7, 14 and 21 the first three have run out.
    count = "SELECT count(*) FROM refresh_tokens r JOIN sessions s ON s.id = r.session_id WHERE s.id = :id"
    assert platform.rows(count, id=platform.session_id(admin.pair)) == [(2,)]


def test_forgets_sessions_thirty_days_after_their_end_and_no_living_one(platform: Any, work_app: Any) -> None:
    gone, alive = platform.tenant_admin(), platform.tenant_admin()
    platform.auth.Logout(auth_service_pb2.LogoutRequest(), metadata=gone.bearer)
    token = alive.pair.refresh_token
    for _ in range(3):
        platform.clock.advance(timedelta(days=10, seconds=1))
        token = platform.refresh(token).refresh_token
    sessions = "SELECT id::text FROM sessions"
    before = {row.id for row in platform.rows(sessions)}
    work_app(APP, settings=platform.running.kit.settings, clock=platform.clock)
    deadline = utc_now() + timedelta(seconds=20)
    while len(left := platform.rows(sessions)) == len(before) and utc_now() < deadline:
        sleep(0.05)
    assert {row.id for row in left} == before - {platform.session_id(gone.pair)}
    assert platform.session_id(alive.pair) in before
