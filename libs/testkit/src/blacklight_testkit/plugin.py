"""pytest plugin: real servers for the session, a fresh database for each test that asks."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from blacklight_local.servers import PostgresServer, TemporalServer, ValkeyServer
from blacklight_servicekit.app import ServiceApp
from blacklight_servicekit.clock import Clock, utc_now
from blacklight_servicekit.database import Database
from blacklight_servicekit.settings import ServiceSettings

from blacklight_testkit import gateways, running, servers
from blacklight_testkit.databases import Databases, DatabaseUrls
from blacklight_testkit.tokens import Tokens


@pytest.fixture(scope="session")
def session_folder() -> Iterator[Path]:
    """A short folder for the session's servers."""
    with servers.folder() as made:
        yield made


@pytest.fixture(scope="session")
def postgres_server(session_folder: Path) -> Iterator[PostgresServer]:
    """PostgreSQL 18 with pgvector."""
    with servers.postgres(session_folder) as server:
        yield server


@pytest.fixture(scope="session")
def valkey_server(session_folder: Path) -> Iterator[ValkeyServer]:
    """Valkey 8."""
    with servers.valkey(session_folder) as server:
        yield server


@pytest.fixture(scope="session")
def temporal_server(session_folder: Path) -> Iterator[TemporalServer]:
    """Temporal, in memory."""
    with servers.temporal(session_folder) as server:
        yield server


@pytest.fixture(scope="module")
def start_gateway(session_folder: Path) -> Iterator[Callable[..., gateways.RunningGateway]]:
    """`start_gateway({"auth": "host:port", …}, cors_origins=[…])`: Envoy until the module's end."""
    with contextlib.ExitStack() as stack:

        def start(services: dict[str, str], cors_origins: list[str] | None = None) -> gateways.RunningGateway:
            return stack.enter_context(gateways.gateway(session_folder, services, cors_origins or []))

        yield start


@pytest.fixture(scope="session")
def databases(postgres_server: PostgresServer) -> Databases:
    """Makes databases from templates."""
    return Databases(postgres_server)


@pytest.fixture(scope="session")
def tokens(session_folder: Path) -> Tokens:
    """Token builders, and the key files of the services."""
    return Tokens(session_folder)


@pytest.fixture
def redis_url(valkey_server: ValkeyServer) -> str:
    """The cache server, emptied before the test."""
    import redis

    with contextlib.closing(redis.Redis.from_url(valkey_server.url)) as client:
        client.flushall()
    return valkey_server.url


@pytest.fixture
def database_urls(databases: Databases) -> Iterator[Callable[[ServiceApp[Any]], DatabaseUrls]]:
    """`database_urls(APP)`: a fresh database of the service, dropped after the test."""
    made: list[DatabaseUrls] = []

    def create(app: ServiceApp[Any]) -> DatabaseUrls:
        made.append(databases.create(app))
        return made[-1]

    yield create
    for urls in made:
        databases.drop(urls)


@pytest.fixture
def service_database(
    database_urls: Callable[[ServiceApp[Any]], DatabaseUrls],
) -> Iterator[Callable[[ServiceApp[Any]], Database]]:
    """`service_database(APP)`: a Database on a fresh one."""
    made: list[Database] = []

    def create(app: ServiceApp[Any]) -> Database:
        urls = database_urls(app)
        made.append(Database(urls.app, urls.platform))
        return made[-1]

    yield create
    for database in made:
        database.dispose()


MakeSettings = Callable[..., ServiceSettings]


@pytest.fixture
def make_settings(
    database_urls: Callable[[ServiceApp[Any]], DatabaseUrls], redis_url: str, tokens: Tokens, request: Any
) -> MakeSettings:
    """`make_settings(APP, urls=None, peers={"matching": "host:port"}, temporal=False, **own)`.

    Temporal is started only where `temporal=True` is said; other services are nowhere unless named in `peers`.
    """

    def make(
        app: ServiceApp[Any],
        *,
        urls: DatabaseUrls | None = None,
        peers: dict[str, str] | None = None,
        temporal: bool = False,
        **own: Any,
    ) -> ServiceSettings:
        chosen = urls or database_urls(app)
        address = request.getfixturevalue("temporal_server").address if temporal else running.NOWHERE
        return running.settings_of(app, chosen, tokens, redis_url, address, peers or {}, own)

    return make


@pytest.fixture
def serve_app(make_settings: MakeSettings, tokens: Tokens) -> Iterator[Callable[..., running.RunningApp]]:
    """`serve_app(APP, clock=…, settings=…, **make_settings arguments)`: the service, serving until the test ends."""
    with contextlib.ExitStack() as stack:

        def start(
            app: ServiceApp[Any],
            *,
            clock: Clock = utc_now,
            settings: ServiceSettings | None = None,
            **arguments: Any,
        ) -> running.RunningApp:
            chosen = settings or make_settings(app, **arguments)
            return stack.enter_context(running.serving(app, chosen, tokens, clock))

        yield start


@pytest.fixture
def work_app(make_settings: MakeSettings, tokens: Tokens) -> Iterator[Callable[..., running.RunningApp]]:
    """`work_app(APP, clock=…, settings=…, change=…, **make_settings arguments)`: its worker and relay.

    To serve and work on one database, make the settings once and give them to both.
    """
    with contextlib.ExitStack() as stack:

        def start(
            app: ServiceApp[Any],
            *,
            clock: Clock = utc_now,
            settings: ServiceSettings | None = None,
            change: Callable[[Any], Any] = lambda parts: parts,
            **arguments: Any,
        ) -> running.RunningApp:
            chosen = settings or make_settings(app, **{"temporal": True, **arguments})
            return stack.enter_context(running.working(app, chosen, tokens, clock, change))

        yield start


def pytest_configure(config: pytest.Config) -> None:
    """Names our markers."""
    config.addinivalue_line(
        "markers", "skips_in_ci: may be skipped in CI, e.g. where data beside the project is missing"
    )
    config.addinivalue_line("markers", "fault(id, file, old, new): guards a known fault; see blacklight_testkit.faults")


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Any:
    """In CI everything that a test needs is installed, so a skip means that something was missed."""
    outcome = yield
    report = outcome.get_result()
    allowed = item.get_closest_marker("skips_in_ci") is not None
    if report.skipped and os.environ.get("CI") == "true" and not allowed and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped with CI=true: {report.longrepr}"
