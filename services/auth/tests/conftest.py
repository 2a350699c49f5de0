"""A running `auth` on a database of its own, a clock that tests move, and people who sign in for real."""

from __future__ import annotations

import base64
import contextlib
import io
import itertools
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import sleep
from typing import Any, cast

import grpc
import pytest
from blacklight.auth.v1 import (
    auth_service_pb2,
    auth_service_pb2_grpc,
    role_service_pb2_grpc,
    tenant_service_pb2,
    tenant_service_pb2_grpc,
    user_service_pb2,
    user_service_pb2_grpc,
)
from blacklight.options.v1 import options_pb2
from blacklight_auth.app import APP
from blacklight_servicekit.clock import utc_now
from google.rpc import error_details_pb2
from grpc_status import rpc_status
from sqlalchemy import text

PASSWORD = "correct horse battery"
KEY = base64.b64encode(bytes(range(32))).decode()


class MovedClock:
    """The real time, moved by hand."""

    def __init__(self) -> None:
        self.offset = timedelta()

    def __call__(self) -> datetime:
        return utc_now() + self.offset

    def advance(self, by: timedelta) -> None:
        self.offset += by


@dataclass(frozen=True)
class Refusal:
    """How a call was refused."""

    code: str
    reason: str
    fields: tuple[str, ...]
    message: str


@dataclass
class Person:
    """Somebody who has signed in."""

    email: str
    user_id: str
    tenant_id: str
    pair: auth_service_pb2.TokenPair

    @property
    def bearer(self) -> tuple[tuple[str, str], ...]:
        return (("authorization", f"Bearer {self.pair.access_token}"),)


class Platform:
    """`auth` at work, with its stubs and with shortcuts through its real calls."""

    password = PASSWORD

    def __init__(self, running: Any, clock: MovedClock, tokens: Any) -> None:
        self.running = running
        self.clock = clock
        self.tokens = tokens
        channel: grpc.Channel = running.channel
        self.auth = auth_service_pb2_grpc.AuthServiceStub(channel)
        self.tenants = tenant_service_pb2_grpc.TenantServiceStub(channel)
        self.users = user_service_pb2_grpc.UserServiceStub(channel)
        self.roles = role_service_pb2_grpc.RoleServiceStub(channel)
        self._numbers = itertools.count(1)

    def command(self, name: str, *args: str) -> tuple[int, str, str]:
        """Runs a command of the service. Returns status, standard output and standard error."""
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            status = APP.commands[name](self.running.kit, list(args))
        # The server's log shares this process's standard output; what a command prints has no blanks.
        printed = [line for line in out.getvalue().splitlines() if " " not in line]
        return status, "\n".join(printed), err.getvalue().strip()

    def set_password(self, token: str, password: str = PASSWORD) -> None:
        self.auth.SetPassword(auth_service_pb2.SetPasswordRequest(token=token, new_password=password))

    def login(self, email: str, password: str = PASSWORD) -> auth_service_pb2.TokenPair:
        return self.auth.Login(auth_service_pb2.LoginRequest(email=email, password=password))

    def refresh(self, token: str) -> auth_service_pb2.TokenPair:
        return self.auth.RefreshToken(auth_service_pb2.RefreshTokenRequest(refresh_token=token))

    def access(self, session_id: str) -> auth_service_pb2.SessionAccess:
        request = auth_service_pb2.GetSessionAccessRequest(session_id=session_id)
        return self.auth.GetSessionAccess(request, metadata=self.tokens.service("matching", "auth"))

    def platform_admin(self) -> Person:
        email = f"root{next(self._numbers)}@platform.example"
        status, token, error = self.command("create-admin", "--email", email)
        assert status == 0, error
        self.set_password(token)
        return Person(email, "", "", self.login(email))

    def create_tenant(self, admin: Person, **fields: str) -> tenant_service_pb2.CreateTenantResponse:
        number = next(self._numbers)
        values = {
            "name": f"Company {number}",
            "company_email": "office@company.example",
            "admin_email": f"admin{number}@company.example",
            "admin_given_name": "Ada",
            "admin_family_name": "Admin",
            **fields,
        }
        return self.tenants.CreateTenant(tenant_service_pb2.CreateTenantRequest(**values), metadata=admin.bearer)

    def tenant_admin(self) -> Person:
        made = self.create_tenant(self.platform_admin())
        self.set_password(made.set_password_token)
        return Person(made.admin.email, made.admin.user_id, made.tenant.tenant_id, self.login(made.admin.email))

    def create_user(self, by: Person, role: str, **fields: str) -> user_service_pb2.CreateUserResponse:
        values = {
            "email": f"user{next(self._numbers)}@company.example",
            "given_name": "Uma",
            "family_name": "User",
            **fields,
        }
        request = user_service_pb2.CreateUserRequest(
            system_role=options_pb2.SystemRole.Value(f"SYSTEM_ROLE_{role}"), **values
        )
        return self.users.CreateUser(request, metadata=by.bearer)

    def user(self, by: Person, role: str) -> Person:
        made = self.create_user(by, role)
        self.set_password(made.set_password_token)
        return Person(made.user.email, made.user.user_id, by.tenant_id, self.login(made.user.email))

    def session_id(self, pair: auth_service_pb2.TokenPair) -> str:
        import jwt

        claims = jwt.decode(pair.access_token, options={"verify_signature": False})
        return str(claims["sid"])

    def beside(self, half_done: AbstractContextManager[Any], call: Callable[[], Any]) -> Future[Any]:
        """Starts `call` while another transaction is half done; that one commits once `call` waits for it or ends."""
        with ThreadPoolExecutor(1) as pool, half_done:
            running = pool.submit(call)
            while not running.done() and self.rows("SELECT 1 FROM pg_locks WHERE NOT granted") == []:
                sleep(0.01)
        return running

    text = staticmethod(text)

    def rows(self, statement: str, **values: Any) -> list[Any]:
        """Rows as the platform role sees them."""
        with self.running.database.platform_transaction() as session:
            return list(session.execute(text(statement), values).all())


def refusal_of(call: Callable[[], Any]) -> Refusal:
    """How a call is refused; fails the test where it is not."""
    with pytest.raises(grpc.RpcError) as caught:
        call()
    status = rpc_status.from_call(cast(grpc.Call, caught.value))
    assert status is not None, caught.value
    info, bad = error_details_pb2.ErrorInfo(), error_details_pb2.BadRequest()
    for detail in status.details:
        detail.Unpack(info)
        detail.Unpack(bad)
    fields = tuple(violation.field for violation in bad.field_violations)
    return Refusal(caught.value.code().name, info.reason, fields, status.message)


@pytest.fixture
def refused() -> Callable[[Callable[[], Any]], Refusal]:
    """`refused(lambda: …)`: how the call is refused."""
    return refusal_of


@pytest.fixture
def key_encryption_key() -> str:
    """The key that seals signing keys in these tests."""
    return KEY


@pytest.fixture
def auth_settings(make_settings: Any, key_encryption_key: str) -> Any:
    """Settings of `auth` on a fresh database; cheap hashes, for speed only."""
    return make_settings(APP, key_encryption_key=key_encryption_key, bcrypt_rounds=4)


@pytest.fixture
def platform(serve_app: Any, auth_settings: Any, tokens: Any) -> Platform:
    """`auth`, running."""
    clock = MovedClock()
    return Platform(serve_app(APP, settings=auth_settings, clock=clock), clock, tokens)
