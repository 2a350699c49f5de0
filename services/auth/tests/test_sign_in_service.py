"""Sign-in against a real database, through the real server."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import jwt
import pytest
from blacklight.auth.v1 import auth_service_pb2
from blacklight.options.v1 import options_pb2


def test_signs_in_and_says_who_the_caller_is(platform: Any) -> None:
    admin = platform.tenant_admin()
    me = platform.auth.GetMe(auth_service_pb2.GetMeRequest(), metadata=admin.bearer)
    assert me.kind == options_pb2.CALLER_KIND_USER
    assert (me.user.user_id, me.user.tenant_id, me.email) == (admin.user_id, admin.tenant_id, admin.email)
    assert me.tenant_name.startswith("Company")
    assert list(me.permissions) == sorted(me.permissions)
    assert "users.create" in me.permissions


def test_signs_a_platform_admin_in_without_tenant_or_permissions(platform: Any) -> None:
    admin = platform.platform_admin()
    me = platform.auth.GetMe(auth_service_pb2.GetMeRequest(), metadata=admin.bearer)
    assert me.kind == options_pb2.CALLER_KIND_PLATFORM_ADMIN
    assert (me.email, list(me.permissions), me.tenant_name) == (admin.email, [], "")


def test_takes_the_address_in_any_case(platform: Any) -> None:
    admin = platform.tenant_admin()
    assert platform.login(f" {admin.email.upper()} ").access_token


def test_puts_the_agreed_claims_into_the_access_token(platform: Any) -> None:
    admin = platform.tenant_admin()
    keys = platform.auth.GetJwks(auth_service_pb2.GetJwksRequest()).keys
    assert jwt.get_unverified_header(admin.pair.access_token)["kid"] == keys[0].kid
    jwk = {"kty": keys[0].kty, "crv": keys[0].crv, "x": keys[0].x}
    claims = jwt.decode(
        admin.pair.access_token,
        jwt.PyJWK(jwk, algorithm="EdDSA"),
        algorithms=["EdDSA"],
        audience="blacklight",
        issuer="blacklight-auth",
    )
    assert (claims["kind"], claims["sub"], claims["tenant_id"]) == ("user", admin.user_id, admin.tenant_id)
    assert claims["exp"] - claims["iat"] == 15 * 60
    assert "permissions" not in claims


def test_answers_unknown_wrong_unset_and_locked_alike(platform: Any, refused: Any) -> None:
    admin = platform.tenant_admin()
    invited = platform.create_user(admin, "RECRUITER").user
    wrong = refused(lambda: platform.login(admin.email, "wrong password!"))
    answers = {
        wrong,
        refused(lambda: platform.login("nobody@company.example")),
        refused(lambda: platform.login(invited.email)),
    }
    for _ in range(4):
        answers.add(refused(lambda: platform.login(admin.email, "wrong password!")))
    answers.add(refused(lambda: platform.login(admin.email)))
    assert answers == {wrong}
    assert (wrong.code, wrong.reason, wrong.fields) == ("UNAUTHENTICATED", "BAD_CREDENTIALS", ())


def test_unlocks_after_thirty_minutes_and_forgets_failures_on_success(platform: Any, refused: Any) -> None:
    admin = platform.tenant_admin()
    for _ in range(5):
        refused(lambda: platform.login(admin.email, "wrong password!"))
    platform.clock.advance(timedelta(minutes=29))
    refused(lambda: platform.login(admin.email))
    platform.clock.advance(timedelta(minutes=1, seconds=1))
    assert platform.login(admin.email).access_token
    assert platform.rows("SELECT failed_sign_ins, locked_until FROM accounts WHERE email = :e", e=admin.email) == [
        (0, None)
    ]


def test_counts_parallel_failures_exactly(platform: Any, refused: Any) -> None:
    admin = platform.tenant_admin()
    with ThreadPoolExecutor(4) as pool:
        wrong = [pool.submit(refused, lambda: platform.login(admin.email, "wrong password!")) for _ in range(4)]
        assert {each.result().reason for each in wrong} == {"BAD_CREDENTIALS"}
    counted = "SELECT failed_sign_ins, locked_until IS NOT NULL FROM accounts WHERE email = :e"
    assert platform.rows(counted, e=admin.email) == [(4, False)]
    with ThreadPoolExecutor(5) as pool:
        for _ in range(5):
            pool.submit(refused, lambda: platform.login(admin.email, "wrong password!"))
    assert platform.rows(counted, e=admin.email) == [(5, True)]
    locked = platform.rows("SELECT count(*) FROM audit_log WHERE action = 'account.locked'")
    assert locked == [(1,)]


def test_refuses_a_password_over_72_bytes_naming_the_field(platform: Any, refused: Any) -> None:
    admin = platform.tenant_admin()
    answer = refused(lambda: platform.login(admin.email, "é" * 37))
    assert (answer.code, answer.reason, answer.fields) == ("INVALID_ARGUMENT", "PASSWORD_TOO_LONG", ("password",))


def test_refuses_an_address_that_the_database_could_not_even_hold(platform: Any, refused: Any) -> None:
    answer = refused(lambda: platform.login("a\x00@b.example"))
    assert (answer.code, answer.reason, answer.fields) == ("INVALID_ARGUMENT", "EMAIL_INVALID", ("email",))


def test_tells_of_a_suspended_tenant_only_to_whoever_knows_the_password(platform: Any, refused: Any) -> None:
    admin = platform.tenant_admin()
    session_id = platform.session_id(admin.pair)
    with platform.running.database.platform_transaction() as session:
        session.execute(platform.text("UPDATE tenants SET state = 'SUSPENDED'"))
    assert refused(lambda: platform.login(admin.email, "wrong password!")).reason == "BAD_CREDENTIALS"
    told = refused(lambda: platform.login(admin.email))
    assert (told.code, told.reason) == ("PERMISSION_DENIED", "TENANT_SUSPENDED")
    assert not platform.access(session_id).active
    assert refused(lambda: platform.refresh(admin.pair.refresh_token)).reason == "TENANT_SUSPENDED"
    with platform.running.database.platform_transaction() as session:
        session.execute(platform.text("UPDATE tenants SET state = 'ACTIVE'"))
    assert platform.refresh(admin.pair.refresh_token).access_token, "a refused exchange must not use the token up"


def test_writes_every_sign_in_and_failure_into_the_audit_log_without_the_address(platform: Any, refused: Any) -> None:
    admin = platform.tenant_admin()
    refused(lambda: platform.login(admin.email, "wrong password!"))
    refused(lambda: platform.login("nobody@company.example"))
    rows = platform.rows("SELECT action, entity_id, changes::text FROM audit_log ORDER BY sequence")
    assert [row.action for row in rows][-3:] == ["session.begun", "session.refused", "session.refused"]
    assert rows[-1].entity_id == "unknown"
    assert not any("@" in row.entity_id + row.changes for row in rows)


def test_ends_the_session_on_logout(platform: Any, refused: Any) -> None:
    admin = platform.tenant_admin()
    other = platform.login(admin.email)
    platform.auth.Logout(auth_service_pb2.LogoutRequest(), metadata=admin.bearer)
    answer = refused(lambda: platform.auth.GetMe(auth_service_pb2.GetMeRequest(), metadata=admin.bearer))
    assert (answer.code, answer.reason) == ("UNAUTHENTICATED", "SESSION_ENDED")
    assert refused(lambda: platform.refresh(admin.pair.refresh_token)).reason == "REFRESH_TOKEN_INVALID"
    assert platform.access(platform.session_id(other)).active, "another device stays signed in"


@pytest.mark.parametrize("role", ["MANAGER", "TEAM_LEAD", "RECRUITER"])
def test_tells_services_what_a_session_may_do(platform: Any, role: Any) -> None:
    from blacklight_auth.roles.catalogue import permissions_of

    person = platform.user(platform.tenant_admin(), role)
    access = platform.access(platform.session_id(person.pair))
    assert access.active
    assert list(access.permissions) == sorted(permissions_of(role))


def test_tells_services_that_an_unknown_session_is_not_active(platform: Any) -> None:
    access = platform.access("01890000-0000-7000-8000-000000000000")
    assert not access.active
    assert not access.permissions


def test_keeps_session_access_from_people(platform: Any, refused: Any) -> None:
    admin = platform.tenant_admin()
    request = auth_service_pb2.GetSessionAccessRequest(session_id=platform.session_id(admin.pair))
    answer = refused(lambda: platform.auth.GetSessionAccess(request, metadata=admin.bearer))
    assert answer.code == "PERMISSION_DENIED"
