"""One-time set-password tokens."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID

import grpc
import pytest
from blacklight.auth.v1 import user_pb2, user_service_pb2
from blacklight_auth.accounts.secret import new_secret
from blacklight_auth.accounts.service import Accounts

NEW = "another long password"


def test_works_once(platform: Any, refused: Any) -> None:
    admin = platform.tenant_admin()
    made = platform.create_user(admin, "RECRUITER")
    assert made.user.state == user_pb2.USER_STATE_INVITED
    platform.set_password(made.set_password_token)
    read = platform.users.GetUser(user_service_pb2.GetUserRequest(user_id=made.user.user_id), metadata=admin.bearer)
    assert read.state == user_pb2.USER_STATE_ACTIVE
    again = refused(lambda: platform.set_password(made.set_password_token, NEW))
    assert (again.code, again.reason, again.fields) == (
        "INVALID_ARGUMENT",
        "SET_PASSWORD_TOKEN_INVALID",
        ("token",),
    )
    assert platform.login(made.user.email).access_token


def test_works_once_even_for_callers_at_once(platform: Any) -> None:
    made = platform.create_user(platform.tenant_admin(), "RECRUITER")

    def use(number: int) -> str:
        password = f"long password number {number}"
        try:
            platform.set_password(made.set_password_token, password)
        except grpc.RpcError:
            return ""
        return password

    with ThreadPoolExecutor(6) as pool:
        set_ones = [password for password in pool.map(use, range(6)) if password]
    assert len(set_ones) == 1
    assert platform.login(made.user.email, set_ones[0]).access_token


def test_is_refused_when_somebody_else_uses_it_up_meanwhile(platform: Any, refused: Any) -> None:
    made = platform.create_user(platform.tenant_admin(), "RECRUITER")

    @contextmanager
    def another_use() -> Iterator[None]:
        with platform.running.database.platform_transaction() as session:
            assert Accounts(platform.clock, new_secret).use_token(session, made.set_password_token)
            yield

    refusal = platform.beside(
        another_use(), lambda: refused(lambda: platform.set_password(made.set_password_token))
    ).result()
    assert refusal.reason == "SET_PASSWORD_TOKEN_INVALID"


def test_ends_after_72_hours(platform: Any, refused: Any) -> None:
    made = platform.create_user(platform.tenant_admin(), "RECRUITER")
    platform.clock.advance(timedelta(hours=72))
    assert refused(lambda: platform.set_password(made.set_password_token)).reason == "SET_PASSWORD_TOKEN_INVALID"


def test_still_works_just_before_72_hours(platform: Any) -> None:
    made = platform.create_user(platform.tenant_admin(), "RECRUITER")
    platform.clock.advance(timedelta(hours=71, minutes=59))
    platform.set_password(made.set_password_token)


def test_is_kept_as_a_hash_only_and_never_in_the_replayed_answer(platform: Any) -> None:
    admin = platform.tenant_admin()
    request_id = "01890000-0000-7000-8000-000000000001"
    made = platform.create_user(admin, "RECRUITER", request_id=request_id, email="same@company.example")
    token = made.set_password_token.encode()
    stored = platform.rows(
        "SELECT token_hash AS bytes FROM set_password_tokens UNION ALL SELECT answer FROM request_log"
    )
    assert len(stored) >= 2
    assert not any(token in bytes(row.bytes) for row in stored)
    replayed = platform.create_user(admin, "RECRUITER", request_id=request_id, email="same@company.example")
    assert (replayed.user, replayed.set_password_token) == (made.user, "")
    platform.set_password(made.set_password_token)


@pytest.mark.parametrize(("password", "reason"), [("x" * 11, "PASSWORD_TOO_SHORT"), ("é" * 37, "PASSWORD_TOO_LONG")])
def test_leaves_the_token_good_when_the_password_is_refused(
    platform: Any, refused: Any, password: Any, reason: Any
) -> None:
    made = platform.create_user(platform.tenant_admin(), "RECRUITER")
    answer = refused(lambda: platform.set_password(made.set_password_token, password))
    assert (answer.code, answer.reason, answer.fields) == ("INVALID_ARGUMENT", reason, ("new_password",))
    platform.set_password(made.set_password_token, "é" * 36)
    assert platform.login(made.user.email, "é" * 36).access_token


def test_ends_sessions_lifts_the_lock_and_replaces_the_password(platform: Any, refused: Any) -> None:
    admin = platform.tenant_admin()
    session_id = platform.session_id(admin.pair)
    for _ in range(5):
        refused(lambda: platform.login(admin.email, "wrong password!"))
    platform.set_password(_new_token(platform, admin), NEW)
    assert not platform.access(session_id).active
    assert refused(lambda: platform.refresh(admin.pair.refresh_token)).reason == "REFRESH_TOKEN_INVALID"
    assert refused(lambda: platform.login(admin.email)).reason == "BAD_CREDENTIALS"
    assert platform.login(admin.email, NEW).access_token


def test_admits_a_platform_admin_only_by_the_token_of_the_command(platform: Any, refused: Any) -> None:
    status, token, _ = platform.command("create-admin", "--email", "Root@Platform.example")
    assert (status, len(token)) == (0, 64)
    status, second, _ = platform.command("create-admin", "--email", "root@platform.example")
    assert status == 0
    assert refused(lambda: platform.set_password(token)).reason == "SET_PASSWORD_TOKEN_INVALID"
    platform.set_password(second)
    assert platform.login("root@platform.example").access_token
    status, output, error = platform.command("create-admin", "--email", "root@platform.example")
    assert (status, output, error) == (1, "", "create-admin: that e-mail address is in use")


def test_explains_the_command_that_makes_administrators(platform: Any) -> None:
    assert platform.command("create-admin")[0] == 2
    assert platform.command("create-admin", "--email", "nonsense") == (
        1,
        "",
        "create-admin: email is not an e-mail address",
    )


def _new_token(platform: Any, person: Any) -> str:
    """A one-time token for an account that has a password, as a reset will issue it."""
    accounts = Accounts(platform.clock, new_secret)
    with platform.running.database.platform_transaction() as session:
        return accounts.issue_token(session, account_id=UUID(person.user_id), tenant_id=UUID(person.tenant_id))
