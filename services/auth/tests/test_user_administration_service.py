"""Portal users: who may make, see and deactivate whom."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest
from blacklight.auth.v1 import role_service_pb2, user_pb2, user_service_pb2
from blacklight.options.v1 import options_pb2
from sqlalchemy import text


def _get(platform: Any, by: Any, user_id: Any) -> Any:
    return platform.users.GetUser(user_service_pb2.GetUserRequest(user_id=user_id), metadata=by.bearer)


def _list(platform: Any, by: Any, **fields: Any) -> Any:
    return platform.users.ListUsers(user_service_pb2.ListUsersRequest(**fields), metadata=by.bearer)


def _deactivate(platform: Any, by: Any, user_id: Any, etag: Any = "") -> Any:
    request = user_service_pb2.DeactivateUserRequest(user_id=user_id, etag=etag)
    return platform.users.DeactivateUser(request, metadata=by.bearer)


def test_makes_a_user_with_what_was_asked_for(platform: Any) -> None:
    admin = platform.tenant_admin()
    made = platform.create_user(admin, "TEAM_LEAD", email="Tess.Lead@Company.Example", given_name="  Tess ").user
    assert (made.email, made.given_name, made.tenant_id) == ("tess.lead@company.example", "Tess", admin.tenant_id)
    assert made.system_role == options_pb2.SYSTEM_ROLE_TEAM_LEAD
    assert made.create_time == made.update_time
    assert _get(platform, admin, made.user_id) == made


@pytest.mark.parametrize(("field", "value"), [("given_name", "   "), ("family_name", "a\x00b")])
def test_refuses_a_name_without_text_naming_the_field(platform: Any, refused: Any, field: Any, value: Any) -> None:
    answer = refused(lambda: platform.create_user(platform.tenant_admin(), "RECRUITER", **{field: value}))
    assert (answer.code, answer.reason, answer.fields) == ("INVALID_ARGUMENT", "NAME_INVALID", (field,))


def test_answers_for_another_tenants_user_exactly_as_for_an_absent_one(platform: Any, refused: Any) -> None:
    ours, theirs = platform.tenant_admin(), platform.tenant_admin()
    absent = "01890000-0000-7000-8000-000000000000"
    assert refused(lambda: _get(platform, ours, theirs.user_id)) == refused(lambda: _get(platform, ours, absent))
    assert refused(lambda: _deactivate(platform, ours, theirs.user_id)) == refused(
        lambda: _deactivate(platform, ours, absent)
    )
    assert refused(lambda: _get(platform, ours, absent)).code == "NOT_FOUND"
    assert [user.user_id for user in _list(platform, ours).users] == [ours.user_id]
    assert platform.login(theirs.email).access_token


def test_lets_a_tenant_see_no_row_of_another_tenant_or_of_the_platform(platform: Any) -> None:
    ours, _theirs = platform.tenant_admin(), platform.tenant_admin()
    from uuid import UUID

    with platform.running.database.transaction(UUID(ours.tenant_id)) as session:
        for table in ("users", "accounts", "sessions"):
            tenants = session.scalars(text(f"SELECT DISTINCT tenant_id::text FROM {table}")).all()
            assert tenants == [ours.tenant_id], table


def test_keeps_an_address_unique_over_the_whole_platform(platform: Any, refused: Any) -> None:
    ours, theirs = platform.tenant_admin(), platform.tenant_admin()
    answer = refused(lambda: platform.create_user(ours, "RECRUITER", email=theirs.email.upper()))
    assert (answer.code, answer.reason, answer.fields) == ("ALREADY_EXISTS", "EMAIL_IN_USE", ("email",))
    root = platform.platform_admin()
    assert refused(lambda: platform.create_user(ours, "RECRUITER", email=root.email)).reason == "EMAIL_IN_USE"


def test_makes_one_user_for_one_address_and_one_request_however_often_sent_at_once(platform: Any) -> None:
    admin = platform.tenant_admin()
    request_id = "01890000-0000-7000-8000-0000000000aa"

    def create(_: int) -> Any:
        return platform.create_user(admin, "RECRUITER", email="once@company.example", request_id=request_id)

    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(create, range(8)))
    assert len({each.user.user_id for each in made}) == 1
    assert sum(each.set_password_token != "" for each in made) == 1


def test_lets_a_manager_make_only_roles_below_their_own(platform: Any, refused: Any) -> None:
    admin = platform.tenant_admin()
    manager = platform.user(admin, "MANAGER")
    assert platform.create_user(manager, "TEAM_LEAD").user.user_id
    for role in ("TENANT_ADMIN", "MANAGER"):
        answer = refused(lambda role=role: platform.create_user(manager, role))
        assert (answer.code, answer.reason) == ("PERMISSION_DENIED", "ROLE_TOO_HIGH")
    assert platform.create_user(admin, "TENANT_ADMIN").user.user_id


def test_asks_for_the_permission_of_the_contract(platform: Any, refused: Any) -> None:
    recruiter = platform.user(platform.tenant_admin(), "RECRUITER")
    for call in (
        lambda: _list(platform, recruiter),
        lambda: platform.create_user(recruiter, "RECRUITER"),
        lambda: _deactivate(platform, recruiter, recruiter.user_id),
        lambda: platform.roles.ListSystemRoles(role_service_pb2.ListSystemRolesRequest(), metadata=recruiter.bearer),
    ):
        assert refused(call).reason == "PERMISSION_DENIED"


def test_pages_users_by_address_and_binds_the_token_to_its_tenant(platform: Any, refused: Any) -> None:
    admin = platform.tenant_admin()
    for name in "ecadb":
        platform.create_user(admin, "RECRUITER", email=f"{name}@a.example")
    first = _list(platform, admin, page_size=4)
    second = _list(platform, admin, page_size=4, page_token=first.next_page_token)
    emails = [user.email for user in (*first.users, *second.users)]
    assert emails == sorted(emails)
    assert (len(first.users), len(second.users), second.next_page_token) == (4, 2, "")
    other = platform.tenant_admin()
    answer = refused(lambda: _list(platform, other, page_token=first.next_page_token))
    assert (answer.reason, answer.fields) == ("PAGE_TOKEN_MISMATCH", ("page_token",))


def test_deactivates_a_user_and_ends_every_session_and_token(platform: Any, refused: Any) -> None:
    admin = platform.tenant_admin()
    recruiter = platform.user(admin, "RECRUITER")
    invited = platform.create_user(admin, "RECRUITER")
    gone = _deactivate(platform, admin, recruiter.user_id)
    assert gone.state == user_pb2.USER_STATE_DEACTIVATED
    assert not platform.access(platform.session_id(recruiter.pair)).active
    assert refused(lambda: platform.refresh(recruiter.pair.refresh_token)).reason == "REFRESH_TOKEN_INVALID"
    assert refused(lambda: platform.login(recruiter.email, "wrong password!")).reason == "BAD_CREDENTIALS"
    assert refused(lambda: platform.login(recruiter.email)).reason == "ACCOUNT_DEACTIVATED"
    _deactivate(platform, admin, invited.user.user_id)
    assert refused(lambda: platform.set_password(invited.set_password_token)).reason == "SET_PASSWORD_TOKEN_INVALID"
    assert _deactivate(platform, admin, recruiter.user_id) == gone, "again changes nothing"


def test_guards_deactivation_by_etag(platform: Any, refused: Any) -> None:
    admin = platform.tenant_admin()
    made = platform.create_user(admin, "RECRUITER")
    platform.set_password(made.set_password_token)
    answer = refused(lambda: _deactivate(platform, admin, made.user.user_id, made.user.etag))
    assert (answer.code, answer.reason, answer.fields) == ("ABORTED", "ETAG_MISMATCH", ("etag",))
    fresh = _get(platform, admin, made.user.user_id)
    assert _deactivate(platform, admin, made.user.user_id, fresh.etag).etag != fresh.etag


def test_lets_nobody_deactivate_themselves(platform: Any, refused: Any) -> None:
    admin = platform.tenant_admin()
    platform.user(admin, "TENANT_ADMIN")
    answer = refused(lambda: _deactivate(platform, admin, admin.user_id))
    assert (answer.code, answer.reason) == ("FAILED_PRECONDITION", "CANNOT_DEACTIVATE_SELF")


def test_leaves_a_tenant_one_active_administrator_when_two_deactivate_each_other(platform: Any, refused: Any) -> None:
    one = platform.tenant_admin()
    two = platform.user(one, "TENANT_ADMIN")

    @contextmanager
    def one_is_being_deactivated() -> Iterator[None]:
        with platform.running.database.platform_transaction() as session:
            session.execute(text("UPDATE users SET state = 'DEACTIVATED' WHERE id = :id"), {"id": one.user_id})
            yield

    refusal = platform.beside(
        one_is_being_deactivated(), lambda: refused(lambda: _deactivate(platform, one, two.user_id))
    ).result()
    assert (refusal.code, refusal.reason) == ("FAILED_PRECONDITION", "LAST_TENANT_ADMIN")


def test_lists_the_system_roles_with_their_permissions(platform: Any) -> None:
    admin = platform.tenant_admin()
    answer = platform.roles.ListSystemRoles(role_service_pb2.ListSystemRolesRequest(), metadata=admin.bearer)
    assert [role.system_role for role in answer.roles] == [1, 2, 3, 4]
    assert len(answer.roles[0].permissions) > len(answer.roles[3].permissions) > 0
