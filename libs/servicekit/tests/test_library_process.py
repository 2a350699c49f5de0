"""The commands of a service, run as they are in production: bootstrap, migrate, serve, work."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import grpc
import psycopg2
import pytest
from blacklight_local.servers.ports import pick_port
from blacklight_testkit.calling import call
from grpc_health.v1 import health_pb2, health_pb2_grpc
from sqlalchemy.engine import make_url

DATA = Path(__file__).parent / "data"
CANARY = "canary-Ludmila-Okonkwo"


@pytest.fixture
def environment(
    database_urls: Any, redis_url: str, tokens: Any, tmp_path: Path, postgres_server: Any
) -> dict[str, str]:
    """The environment of the library's processes."""
    from blacklight_library.app import APP

    urls = database_urls(APP)
    port = pick_port()
    port.let_go()
    values = {
        "ADMIN_DATABASE_URL": postgres_server.url("postgres"),
        "OWNER_DATABASE_URL": urls.owner,
        "APP_DATABASE_URL": urls.app,
        "PLATFORM_DATABASE_URL": urls.platform,
        "REDIS_URL": redis_url,
        "TEMPORAL_ADDRESS": "127.0.0.1:9",
        "LISTEN": port.address,
        "SERVICE_KEY_FILE": str(tokens.service_key_file("library")),
        "SERVICE_KEYS_FILE": str(tokens.service_keys_file),
        "READY_FILE": str(tmp_path / "ready"),
        **{f"{name.upper()}_ADDRESS": "127.0.0.1:9" for name in ("auth", "candidate", "matching", "scraper")},
    }
    return {
        **{f"BLACKLIGHT_{name}": value for name, value in values.items()},
        "PYTHONPATH": os.pathsep.join([os.environ.get("PYTHONPATH", ""), str(DATA)]),
        "PATH": os.environ["PATH"],
    }


def _run(environment: dict[str, str], *args: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "blacklight_library", *args]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)


@pytest.fixture
def start(environment: dict[str, str], tmp_path: Path) -> Iterator[Callable[[str], subprocess.Popen[str]]]:
    """`start("serve")`: the process, ready; its log is in `log`."""
    started: list[subprocess.Popen[str]] = []

    def begin(name: str) -> subprocess.Popen[str]:
        with (tmp_path / "log").open("w") as log:
            command = [sys.executable, "-m", "blacklight_library", name]
            process = subprocess.Popen(command, env=environment, stdout=log, stderr=log, text=True)
        started.append(process)
        while not Path(environment["BLACKLIGHT_READY_FILE"]).exists():
            assert process.poll() is None, (tmp_path / "log").read_text()
            time.sleep(0.02)
        return process

    yield begin
    for process in started:
        process.kill()
        process.wait()


@pytest.mark.parametrize(
    ("command", "variable"),
    [
        ("serve", "APP_DATABASE_URL"),
        ("serve", "PLATFORM_DATABASE_URL"),
        ("serve", "REDIS_URL"),
        ("serve", "SERVICE_KEY_FILE"),
        ("work", "SERVICE_KEYS_FILE"),
        ("work", "TEMPORAL_ADDRESS"),
        ("migrate", "OWNER_DATABASE_URL"),
        ("bootstrap", "ADMIN_DATABASE_URL"),
    ],
)
def test_refuses_to_start_without_a_setting_and_names_it(
    environment: dict[str, str], command: str, variable: str
) -> None:
    del environment[f"BLACKLIGHT_{variable}"]
    done = _run(environment, command)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"BLACKLIGHT_{variable}: is not set\n"


def test_names_a_setting_that_is_wrong_without_showing_it(environment: dict[str, str]) -> None:
    environment["BLACKLIGHT_DATABASE_POOL_SIZE"] = CANARY
    done = _run(environment, "serve")
    assert done.returncode == 2
    assert done.stderr.startswith("BLACKLIGHT_DATABASE_POOL_SIZE: ")
    assert CANARY not in done.stderr


def test_names_its_commands_when_given_none(environment: dict[str, str]) -> None:
    done = _run(environment)
    assert done.returncode == 2
    assert done.stderr == "usage: python -m blacklight_library bootstrap | migrate | serve | work\n"


def _catalogue(url: str) -> Any:
    """Roles, schemas, tables, grants and policies, as the database knows them."""
    parts = make_url(url)
    connection = psycopg2.connect(host=parts.query["host"], user=parts.username, dbname=parts.database)
    queries = (
        "SELECT rolname, rolsuper, rolbypassrls, rolconfig FROM pg_roles WHERE rolname LIKE 'library%' ORDER BY 1",
        "SELECT nspname, nspacl::text FROM pg_namespace WHERE nspname = 'library'",
        "SELECT relname, relacl::text FROM pg_class WHERE relnamespace = 'library'::regnamespace ORDER BY 1",
        "SELECT datacl::text FROM pg_database WHERE datname = current_database()",
        "SELECT tablename, policyname, roles::text, cmd, qual, with_check FROM pg_policies ORDER BY 1, 2",
        "SELECT proname, proleakproof FROM pg_proc WHERE proname IN ('ts_match_vq', 'lower', 'texticlike') ORDER BY 1",
        "SELECT version_num FROM library.alembic_version",
    )
    try:
        with connection.cursor() as cursor:
            found = []
            for query in queries:
                cursor.execute(query)
                found.append(cursor.fetchall())
            return found
    finally:
        connection.close()


def test_bootstrap_and_migrate_change_nothing_when_run_again(environment: dict[str, str], postgres_server: Any) -> None:
    name = make_url(environment["BLACKLIGHT_OWNER_DATABASE_URL"]).database
    assert _run(environment, "bootstrap").returncode == 0  # a clone has no grants of its own on the database
    before = _catalogue(postgres_server.url(name))
    assert before[0] == [
        (f"library_{role}", False, False, ["search_path=library, public"]) for role in ("app", "owner", "platform")
    ]
    for command in ("bootstrap", "migrate"):
        done = _run(environment, command)
        assert (done.returncode, done.stdout) == (0, ""), done.stderr
    assert _catalogue(postgres_server.url(name)) == before


def test_bootstrap_prints_what_an_administrator_can_run(environment: dict[str, str], postgres_server: Any) -> None:
    assert _run(environment, "bootstrap").returncode == 0
    environment["BLACKLIGHT_APP_DATABASE_URL"] = f"postgresql://library_app:{CANARY}@/x?host=/nowhere"
    environment["BLACKLIGHT_ADMIN_DATABASE_URL"] = ""
    printed = _run(environment, "bootstrap", "--print")
    assert printed.returncode == 0, printed.stderr
    assert CANARY not in printed.stdout
    name = make_url(environment["BLACKLIGHT_OWNER_DATABASE_URL"]).database
    before = _catalogue(postgres_server.url(name))
    parts = make_url(postgres_server.url(name))
    connection = psycopg2.connect(host=parts.query["host"], user=parts.username, dbname=name)
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute(printed.stdout)
    connection.close()
    assert _catalogue(postgres_server.url(name)) == before


def test_lets_a_running_call_end_while_it_says_that_it_serves_no_more(
    start: Any, environment: dict[str, str], tokens: Any, tmp_path: Path
) -> None:
    from blacklight_library import contract

    process = start("serve")
    with grpc.insecure_channel(environment["BLACKLIGHT_LISTEN"]) as channel, ThreadPoolExecutor(1) as pool:
        watch = health_pb2_grpc.HealthStub(channel).Watch(health_pb2.HealthCheckRequest())
        assert next(watch).status == health_pb2.HealthCheckResponse.SERVING
        method = contract.SERVICE.methods_by_name["OpeningHours"]
        hold = contract.SERVICE.methods_by_name["HoldOpen"]
        running = pool.submit(call, channel, hold, contract.Context(mine=str(tmp_path / "held")))
        while not (tmp_path / "held").exists():
            time.sleep(0.01)
        process.send_signal(signal.SIGTERM)
        assert next(watch).status == health_pb2.HealthCheckResponse.NOT_SERVING
        (tmp_path / "held").unlink()
        assert running.result().only.found == "done"
        assert call(channel, method, contract.Context(), timeout=5).code is grpc.StatusCode.UNAVAILABLE
        watch.cancel()
        assert process.wait(20) == 0


def test_ends_in_time_though_a_client_keeps_its_stream_open(
    start: Any, environment: dict[str, str], tokens: Any
) -> None:
    process = start("serve")
    with grpc.insecure_channel(environment["BLACKLIGHT_LISTEN"]) as channel:
        watch = health_pb2_grpc.HealthStub(channel).Watch(health_pb2.HealthCheckRequest())
        next(watch)
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0


def test_logs_calls_as_json_without_anything_personal(
    start: Any, environment: dict[str, str], tokens: Any, tmp_path: Path
) -> None:
    from blacklight_library import contract

    process = start("serve")
    with grpc.insecure_channel(environment["BLACKLIGHT_LISTEN"]) as channel:
        hours = contract.SERVICE.methods_by_name["OpeningHours"]
        for mine in (CANARY, f"fail {CANARY}"):
            call(channel, hours, contract.Context(mine=mine), (("x-request-id", "r-9"),))
        lists = contract.SERVICE.methods_by_name["ListBooks"]
        call(channel, lists, contract.ListBooksRequest(), (("authorization", f"Bearer {CANARY}.{CANARY}.x"),))
    process.send_signal(signal.SIGTERM)
    assert process.wait(20) == 0
    text = (tmp_path / "log").read_text()
    events = [json.loads(line) for line in text.splitlines()]
    assert CANARY not in text
    finished = [event for event in events if event["event"] == "rpc.finished"]
    assert [(event["code"], event["service"], event["process"]) for event in finished] == [
        ("OK", "library", "serve"),
        ("INTERNAL", "library", "serve"),
        ("UNAUTHENTICATED", "library", "serve"),
    ]
    assert finished[0]["request_id"] == "r-9"
    assert finished[0]["method"] == "library.v1.LibraryService/OpeningHours"


def test_refuses_an_address_that_is_taken(start: Any, environment: dict[str, str]) -> None:
    start("serve")
    done = _run(environment, "serve")
    assert done.returncode != 0
    assert environment["BLACKLIGHT_LISTEN"] in done.stderr


def test_works_and_ends_on_a_signal(start: Any) -> None:
    process = start("work")
    process.send_signal(signal.SIGINT)
    assert process.wait(20) == 0
