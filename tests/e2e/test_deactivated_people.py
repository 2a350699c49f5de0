"""A person is deactivated at `auth`, and `matching` reads that person's mailbox no more: both services for real."""

from __future__ import annotations

import base64
import contextlib
import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import grpc
import pytest
from blacklight.auth.v1 import auth_service_pb2 as auth
from blacklight.auth.v1 import tenant_service_pb2 as tenants
from blacklight.auth.v1 import user_service_pb2 as users
from blacklight.auth.v1.auth_service_pb2_grpc import AuthServiceStub
from blacklight.auth.v1.tenant_service_pb2_grpc import TenantServiceStub
from blacklight.auth.v1.user_service_pb2_grpc import UserServiceStub
from blacklight.matching.v1 import mailbox_pb2, mailbox_service_pb2
from blacklight.matching.v1.mailbox_service_pb2_grpc import MailboxServiceStub
from blacklight.options.v1 import options_pb2
from blacklight_auth.app import APP as AUTH
from blacklight_matching.app import APP as MATCHING

from services.matching.tests import mail_server
from services.matching.tests.mail_server import PASSWORD, MailServer
from services.matching.tests.mailbox_rig import a_mail

KEY = base64.b64encode(bytes(range(32))).decode()


@pytest.fixture(scope="module")
def server(session_folder: Path) -> Iterator[MailServer]:
    with mail_server.running(session_folder) as running:
        yield running


@pytest.fixture
def matching(serve_app: Any, work_app: Any, make_settings: Any, server: MailServer) -> Any:
    settings = make_settings(MATCHING, temporal=True, mailbox_allow_private_hosts=True, mailbox_ca_file=server.ca_file)
    work_app(MATCHING, settings=settings)
    return serve_app(MATCHING, settings=settings)


@pytest.fixture
def people(serve_app: Any, work_app: Any, make_settings: Any, matching: Any) -> People:
    settings = make_settings(
        AUTH, temporal=True, peers={"matching": matching.address}, key_encryption_key=KEY, bcrypt_rounds=4
    )
    work_app(AUTH, settings=settings)
    return People(serve_app(AUTH, settings=settings))


class People:
    """A tenant at `auth`, with its administrator and a recruiter."""

    def __init__(self, running: Any) -> None:
        self._auth = AuthServiceStub(running.channel)
        self._users = UserServiceStub(running.channel)
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            AUTH.commands["create-admin"](running.kit, ["--email", "root@platform.example"])
        # The server's log shares this process's standard output; the token has no blanks.
        token = next(line for line in printed.getvalue().splitlines() if " " not in line)
        made = TenantServiceStub(running.channel).CreateTenant(
            tenants.CreateTenantRequest(
                name="Harbour Staffing",
                company_email="office@company.example",
                admin_email="ada@company.example",
                admin_given_name="Ada",
                admin_family_name="Admin",
            ),
            metadata=self._sign_in("root@platform.example", token),
        )
        self._bearer = self._sign_in("ada@company.example", made.set_password_token)
        recruiter = self._users.CreateUser(
            users.CreateUserRequest(
                email="uma@company.example",
                given_name="Uma",
                family_name="User",
                system_role=options_pb2.SYSTEM_ROLE_RECRUITER,
            ),
            metadata=self._bearer,
        ).user
        self.tenant_id, self.recruiter_id = UUID(recruiter.tenant_id), UUID(recruiter.user_id)

    def _sign_in(self, email: str, token: str) -> tuple[tuple[str, str], ...]:
        self._auth.SetPassword(auth.SetPasswordRequest(token=token, new_password=PASSWORD))
        pair = self._auth.Login(auth.LoginRequest(email=email, password=PASSWORD))
        return (("authorization", f"Bearer {pair.access_token}"),)

    def deactivate_recruiter(self) -> None:
        request = users.DeactivateUserRequest(user_id=str(self.recruiter_id))
        self._users.DeactivateUser(request, metadata=self._bearer)


def test_the_mailbox_of_a_deactivated_person_stops_and_the_administrator_is_told(
    people: People, matching: Any, tokens: Any, server: MailServer, until: Callable[..., Any]
) -> None:
    mailboxes = MailboxServiceStub(matching.channel)
    uma = tokens.user(people.tenant_id, user_id=people.recruiter_id)
    admin = tokens.user(people.tenant_id)
    address = server.add_user()
    server.deliver(address, a_mail("deactivated1"))
    asked = mailbox_pb2.Mailbox(
        name="Work",
        address=address,
        provider=mailbox_pb2.MAIL_PROVIDER_IMAP,
        host=server.host,
        port=server.port,
        password=PASSWORD,
    )
    made = mailboxes.CreateMailbox(mailbox_service_pb2.CreateMailboxRequest(mailbox=asked), metadata=uma)
    get = mailbox_service_pb2.GetMailboxRequest(mailbox_id=made.mailbox_id)
    until(lambda: mailboxes.GetMailbox(get, metadata=uma).HasField("last_success_time"), "the first look")
    people.deactivate_recruiter()
    stopped = mailbox_pb2.MAILBOX_STATE_STOPPED
    until(lambda: mailboxes.GetMailbox(get, metadata=admin).state == stopped, "the mailbox to stop")
    shown = mailboxes.GetMailbox(get, metadata=admin)
    assert shown.failure == mailbox_pb2.MAIL_FAILURE_OWNER_DEACTIVATED
    (notice,) = mailboxes.ListMailboxNotices(mailbox_service_pb2.ListMailboxNoticesRequest(), metadata=admin).notices
    assert (notice.mailbox_id, notice.kind) == (made.mailbox_id, "OWNER_DEACTIVATED")
    sync = mailbox_service_pb2.SyncMailboxRequest(mailbox_id=made.mailbox_id)
    with pytest.raises(grpc.RpcError) as refused:
        mailboxes.SyncMailbox(sync, metadata=uma)
    assert refused.value.code() is grpc.StatusCode.FAILED_PRECONDITION
