"""The whole stack with those who write to it, and ways to look behind it and to kill its services."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import tempfile
import time
from collections import defaultdict, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import grpc
import psycopg2
from blacklight.scraper.v1 import role_queue_service_pb2
from blacklight.scraper.v1.role_queue_service_pb2_grpc import RoleQueueServiceStub
from blacklight_local.data_folder import DataFolder
from blacklight_local.demo.api import Api
from blacklight_local.running import RunningStack, running_stack
from blacklight_local.stack import Options
from blacklight_servicekit.clock import utc_now
from blacklight_servicekit.identity import ServiceTokens, load_private_key
from sqlalchemy.engine import make_url

SETTINGS = {"BLACKLIGHT_BCRYPT_ROUNDS": "4"}
PASSWORD = "Correct-Horse-7-Battery"
BOARD = "chaos_accounts"
READY_SECONDS = 90.0
# The stack does not start a server again that has ended five times within a minute.
KILLS_A_MINUTE = 4
Metadata = tuple[tuple[str, str], ...]


@dataclass
class Account:
    """Somebody who signs in."""

    api: Api
    email: str

    def metadata(self) -> Metadata:
        """Of a new sign-in: access tokens live for a quarter of an hour."""
        token = self.api.post("/v1/auth:login", {"email": self.email, "password": PASSWORD})["access_token"]
        return (("authorization", f"Bearer {token}"),)


@dataclass
class Company:
    """A stack, its administrator, and one recruiting company's."""

    running: RunningStack
    admin: Account
    user: Account
    _kills: dict[str, deque[float]] = field(default_factory=lambda: defaultdict(deque))

    def address(self, service: str) -> str:
        """Where a service listens."""
        return self.running.stack.ports[service].address

    def rows(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        """Rows of a query, as superuser."""
        parts = make_url(self.running.stack.postgres.url())
        made = psycopg2.connect(
            host=parts.host or parts.query.get("host"), port=parts.port, user=parts.username,
            password=parts.password, dbname="blacklight",
        )  # fmt: skip
        with contextlib.closing(made) as connection, connection, connection.cursor() as cursor:
            cursor.execute(statement, values or None)
            return list(cursor.fetchall())

    async def kill(self, service: str) -> None:
        """SIGKILL; returns when the stack has started it again."""
        row = self.running.state.components[service]
        assert row.pid is not None
        killed = row.pid
        self._kills[service].append(time.monotonic())
        os.kill(killed, signal.SIGKILL)
        async with asyncio.timeout(READY_SECONDS):
            while row.state != "ready" or row.pid == killed:
                await asyncio.sleep(0.02)

    async def may_kill(self, service: str) -> None:
        """Waits until the stack will start it again."""
        recent = self._kills[service]
        while len(recent) >= KILLS_A_MINUTE:
            if time.monotonic() - recent[0] > 61:
                recent.popleft()
            else:
                await asyncio.sleep(0.2)

    def add_roles(self, count: int) -> None:
        """Roles as matching would tell them, approved."""
        admin = self.admin.api.signed_in(self.admin.email, PASSWORD)
        key = load_private_key(self.running.stack.credentials.service_key("matching"))
        metadata = (("authorization", f"Bearer {ServiceTokens('matching', key, utc_now).token('scraper', None)}"),)
        with grpc.insecure_channel(self.address("scraper")) as channel:
            stub = RoleQueueServiceStub(channel)
            for number in range(count):
                put = role_queue_service_pb2.PutRoleRequest(role_id=str(uuid4()), version=1, name=f"Role {number}")
                stub.PutRole(put, metadata=metadata, timeout=30)
                admin.post(f"/v1/fleet/queue/{put.role_id}:approve", {})
        admin.close()

    def add_host(self, name: str) -> str:
        """A board, and a key that may read it alone; returns the key's secret."""
        admin = self.admin.api.signed_in(self.admin.email, PASSWORD)
        admin.post("/v1/fleet/platforms", {"name": name, "display_name": name, "enabled": True, "priority": 1})
        made = admin.post("/v1/fleet/api-keys", {"name": name, "platforms": [name], "rate_limit_per_minute": 60_000})
        admin.close()
        return str(made["secret"])


@contextlib.contextmanager
def company() -> Iterator[Company]:
    """Starts it all, and ends it."""
    with tempfile.TemporaryDirectory(prefix="bl-chaos-") as folder, contextlib.ExitStack() as stack:
        os.chmod(folder, 0o711)
        before = {name: os.environ.get(name) for name in SETTINGS}
        os.environ.update(SETTINGS)
        try:
            running = stack.enter_context(
                running_stack(DataFolder(Path(folder) / "data"), Options(any_ports=True, temporal_pages=False))
            )
        finally:
            for name, value in before.items():
                os.environ.pop(name) if value is None else os.environ.update({name: value})
        yield _opened(running)


def _opened(running: RunningStack) -> Company:
    api = Api(running.gateway_url)
    email = "admin@platform.example.com"
    admin = _account(api, email, running.create_admin(email))
    signed = api.signed_in(email, PASSWORD)
    address = "office@company.example.com"
    tenant = {"name": "Harbour", "company_email": address, "admin_email": address}
    made = signed.post("/v1/tenants", {**tenant, "admin_given_name": "Dana", "admin_family_name": "Demo"})
    board = {"name": BOARD, "display_name": "Accounts", "enabled": True, "login": "PLATFORM_LOGIN_PASSWORD"}
    signed.post("/v1/fleet/platforms", board)
    signed.close()
    return Company(running, admin, _account(api, address, made["set_password_token"]))


def _account(api: Api, email: str, one_time_token: str) -> Account:
    api.post("/v1/auth:setPassword", {"token": one_time_token, "new_password": PASSWORD})
    return Account(api, email)
