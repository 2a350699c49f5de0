"""A scraper at work as it is deployed: `serve` and `work` as processes, a database, Temporal; and ways to break them.

Administrators' calls go through a third replica inside this process, which is told whose tokens to trust.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg2
from blacklight.scraper.v1 import api_key_service_pb2, platform_service_pb2, role_queue_service_pb2
from blacklight.scraper.v1.api_key_service_pb2_grpc import ApiKeyServiceStub
from blacklight.scraper.v1.platform_service_pb2_grpc import PlatformServiceStub
from blacklight.scraper.v1.role_queue_service_pb2_grpc import RoleQueueServiceStub
from blacklight_local.servers import ServiceProcess, WorkerProcess, pick_port
from blacklight_local.servers.preloaded import ForkServer
from blacklight_local.servers.process import Command, ManagedProcess
from blacklight_scraper.app import APP
from blacklight_servicekit import logs
from blacklight_servicekit.ids import new_id
from blacklight_testkit import running, servers
from blacklight_testkit.databases import Databases
from blacklight_testkit.tokens import Tokens
from sqlalchemy.engine import make_url

from tests.chaos.matching_end import MatchingEnd, serving

PRELOADED = ("blacklight_servicekit.main", "blacklight_scraper.app", "temporalio.worker", "blacklight_cli.main")
SABOTEUR = Path(__file__).with_name("saboteur.sql")
ROLE = "Java Developer"
OWN_SETTINGS = {
    "scraper_max_batch_postings": 25,
    "scraper_window": 4,
    "scraper_claim_retry_seconds": 1,
    "scraper_review_seconds": 2,
    "scraper_overdue_sweep_seconds": 5,
}
_NOT_PASSED_ON = ("PG", "PYTHONHOME", "BLACKLIGHT_")


@dataclass
class Part:
    """`serve` or `work`; `down` is held by whoever has killed it, until it is ready again."""

    process: ServiceProcess | WorkerProcess
    down: asyncio.Lock = field(default_factory=asyncio.Lock)
    kills: int = 0

    async def kill(self) -> None:
        """SIGKILL, and start anew."""
        async with self.down:
            self.kills += 1
            managed = self.process.process
            os.kill(managed.pid, signal.SIGKILL)
            await asyncio.to_thread(managed.stop)
            self.process.start()
            await asyncio.to_thread(self.process.wait_ready)


@dataclass
class Stage:
    """What runs take place on."""

    folder: Path
    parts: dict[str, Part]
    forks: ForkServer
    matching: MatchingEnd
    admin: Any
    tokens: Tokens
    _url: str

    @property
    def address(self) -> str:
        """Where `serve` listens."""
        process = self.parts["serve"].process
        assert isinstance(process, ServiceProcess)
        return process.address

    def rows(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        """Rows of a query, as superuser."""
        with contextlib.closing(_connect(self._url)) as connection, connection, connection.cursor() as cursor:
            cursor.execute(statement, values or None)
            return list(cursor.fetchall()) if cursor.description else []

    def add_host(self, platform: str) -> str:
        """A board, and a key that may read it alone; returns the key's secret."""
        metadata = self.tokens.platform_admin()
        made = platform_service_pb2.Platform(name=platform, display_name=platform, enabled=True, priority=1)
        create = platform_service_pb2.CreatePlatformRequest(platform=made)
        PlatformServiceStub(self.admin).CreatePlatform(create, metadata=metadata, timeout=30)
        key = api_key_service_pb2.CreateApiKeyRequest(name=platform, platforms=[platform], rate_limit_per_minute=60_000)
        return str(ApiKeyServiceStub(self.admin).CreateApiKey(key, metadata=metadata, timeout=30).secret)

    def add_role(self) -> None:
        """The one role, approved: each board has one session on it."""
        stub = RoleQueueServiceStub(self.admin)
        put = role_queue_service_pb2.PutRoleRequest(role_id=str(new_id()), version=1, name=ROLE, candidate_count=1)
        stub.PutRole(put, metadata=self.tokens.service("matching", "scraper"), timeout=30)
        approve = role_queue_service_pb2.ApproveQueuedRoleRequest(role_id=put.role_id)
        stub.ApproveQueuedRole(approve, metadata=self.tokens.platform_admin(), timeout=30)

    def sabotage(self, *, one_in: int, seed: int) -> None:
        """From now on one of so many rows makes its commit fail; 0 = none."""
        self.rows("DELETE FROM chaos.plan")
        self.rows("INSERT INTO chaos.plan VALUES (%s, %s)", one_in, seed)

    def cut_connections(self) -> int:
        """Ends what connections the scraper has to its database; returns how many."""
        [(ended,)] = self.rows(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
            " WHERE datname = current_database() AND usename LIKE 'scraper%' AND application_name <> 'chaos'"
        )
        return int(ended)

    def start_host(self, name: str, secret: str, folder: Path) -> ManagedProcess:
        """`blacklight fleet host` as a process, which reads `feed.jsonl` of its folder."""
        arguments = ["fleet", "host", "--gateway", self.address, "--name", name, "--jsonl", str(folder / "feed.jsonl")]
        arguments += ["--spool", str(folder / "spool"), "--once"]
        command = Command(
            name=name,
            argv=[sys.executable, "-m", "blacklight_cli", *arguments],
            log_path=folder / "host.log",
            env={**_environment(), "BLACKLIGHT_SCRAPER_API_KEY": secret},
            death_signal=signal.SIGKILL,
        )
        process = ManagedProcess(command, self.forks.spawn)
        process.start()
        return process


@contextlib.asynccontextmanager
async def staged() -> AsyncIterator[Stage]:
    """Starts it all, and ends it."""
    matching = MatchingEnd()
    async with contextlib.AsyncExitStack() as kept:
        address = await kept.enter_async_context(serving(matching))
        stack = kept.enter_context(contextlib.ExitStack())
        yield await asyncio.to_thread(lambda: stack.enter_context(_started(matching, address)))


@contextlib.contextmanager
def _started(matching: MatchingEnd, matching_address: str) -> Iterator[Stage]:
    logs.configure("scraper", "chaos", "error")
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(servers.folder())
        postgres = stack.enter_context(servers.postgres(folder))
        valkey = stack.enter_context(servers.valkey(folder))
        temporal = stack.enter_context(servers.temporal(folder))
        urls = Databases(postgres).create(APP)
        tokens = Tokens(folder)
        peers = {"matching": matching_address}
        settings = running.settings_of(APP, urls, tokens, valkey.url, temporal.address, peers, OWN_SETTINGS)
        admin = stack.enter_context(running.serving(APP, settings, tokens))
        forks = ForkServer(PRELOADED, _environment(), folder / "logs")
        forks.start()
        stack.callback(forks.stop)
        forks.wait_ready()
        parts = _parts(settings, folder, forks)
        for part in parts.values():
            stack.callback(part.process.stop)
            part.process.start()
        for part in parts.values():
            part.process.wait_ready()
        stage = Stage(folder, parts, forks, matching, admin.channel, tokens, urls.admin)
        stage.rows(SABOTEUR.read_text())
        stage.add_role()
        yield stage


def _parts(settings: Any, folder: Path, forks: ForkServer) -> dict[str, Part]:
    env = {**_environment(), **_variables(settings)}
    port = pick_port()
    env["BLACKLIGHT_LISTEN"] = port.address
    serve = ServiceProcess("serve", "blacklight_scraper", env, folder / "logs", port=port, spawn=forks.spawn)
    ready = folder / "work.ready"
    work = WorkerProcess("work", "blacklight_scraper", env, folder / "logs", ready_file=ready, spawn=forks.spawn)
    return {"serve": Part(serve), "work": Part(work)}


def _variables(settings: Any) -> dict[str, str]:
    """The settings as a process reads them."""
    found = {}
    for name, value in settings.model_dump().items():
        shown = value.get_secret_value() if hasattr(value, "get_secret_value") else value
        if shown is not None:
            found[f"BLACKLIGHT_{name.upper()}"] = str(shown)
    return found


def _environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith(_NOT_PASSED_ON)}


def _connect(url: str) -> Any:
    parts = make_url(url)
    return psycopg2.connect(
        host=parts.host or parts.query.get("host"),
        port=parts.port,
        user=parts.username,
        dbname=parts.database,
        application_name="chaos",
    )
