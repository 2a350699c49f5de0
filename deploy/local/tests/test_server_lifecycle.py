"""The real servers: they start, answer, keep their data, stop, and leave no process behind."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path

import psycopg2
import pytest
from blacklight_local.servers import (
    EnvoyServer,
    PostgresServer,
    ServerFailed,
    TemporalServer,
    ValkeyServer,
    pick_port,
)
from blacklight_local.servers.ports import HOST


@pytest.fixture
def folder() -> Iterator[Path]:
    """Short and enterable by the database account, which pytest's own tmp_path is not for root."""
    place = Path("/tmp") / f"blt-{os.getpid()}"
    place.mkdir()
    yield place
    shutil.rmtree(place)


def gone(pid: int) -> bool:
    return not Path(f"/proc/{pid}").exists()


def query(url: str, sql: str) -> object:
    with contextlib.closing(psycopg2.connect(url)) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(sql)
            return cursor.fetchone() if cursor.description else None


def test_postgres_has_vectors_and_keeps_rows_over_a_restart(folder: Path) -> None:
    server = PostgresServer(folder / "postgres", folder / "logs")
    server.start()
    server.wait_ready()
    query(server.url(), "CREATE EXTENSION vector; CREATE TABLE kept (v halfvec(2))")
    query(server.url(), "INSERT INTO kept VALUES ('[1,2]')")
    first = server.process.pid
    server.stop()
    assert server.process.returncode == 0
    assert gone(first)
    server.start()
    server.wait_ready()
    assert query(server.url(), "SELECT v::text FROM kept") == ("[1,2]",)
    server.stop()


def test_postgres_lets_no_other_role_in_without_its_password(folder: Path) -> None:
    server = PostgresServer(folder / "postgres", folder / "logs")
    server.start()
    server.wait_ready()
    query(server.url(), "CREATE ROLE reader LOGIN PASSWORD 'right'")
    assert query(server.url(user="reader", password="right"), "SELECT current_user") == ("reader",)
    with pytest.raises(psycopg2.OperationalError, match="password authentication failed"):
        query(server.url(user="reader", password="wrong"), "SELECT 1")
    assert query(server.url(), "SHOW listen_addresses") == ("",)
    server.stop()


def test_postgres_runs_below_a_private_folder_with_a_long_path(folder: Path) -> None:
    private = folder / "private"
    private.mkdir(mode=0o700)
    server = PostgresServer(private / ("long" * 30), folder / "logs")
    server.start()
    server.wait_ready()
    assert query(server.url(), "SELECT 1") == (1,)
    assert len(str(server.socket_dir)) < 90
    assert server.socket_dir.stat().st_mode & 0o077 == 0
    server.stop()
    assert not server.socket_dir.exists()


def test_postgres_makes_the_cluster_again_after_a_start_cut_short(folder: Path) -> None:
    ruin = folder / "postgres" / "data.unfinished"
    ruin.mkdir(parents=True)
    (ruin / "PG_VERSION").write_text("18\n")
    server = PostgresServer(folder / "postgres", folder / "logs")
    server.start()
    server.wait_ready()
    assert query(server.url(), "SELECT 1") == (1,)
    server.stop()


def test_postgres_waits_for_one_that_is_still_shutting_down(folder: Path) -> None:
    first = PostgresServer(folder / "postgres", folder / "logs")
    first.start()
    first.wait_ready()
    second = PostgresServer(folder / "postgres", folder / "logs")
    os.kill(first.process.pid, 2)
    second.start()
    second.wait_ready()
    assert query(second.url(), "SELECT 1") == (1,)
    first.stop()
    second.stop()


def valkey_answer(server: ValkeyServer, command: bytes) -> bytes:
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(str(server.socket))
        connection.sendall(command)
        return connection.recv(64)


def test_valkey_keeps_what_is_durable_over_a_restart(folder: Path) -> None:
    server = ValkeyServer(folder / "valkey", folder / "logs")
    server.start()
    server.wait_ready()
    assert valkey_answer(server, b"SET k v\r\n") == b"+OK\r\n"
    first = server.process.pid
    server.stop()
    assert gone(first)
    server.start()
    server.wait_ready()
    assert valkey_answer(server, b"GET k\r\n") == b"$1\r\nv\r\n"
    server.stop()


def test_temporal_is_ready_with_its_namespace_and_pages(folder: Path) -> None:
    server = TemporalServer(folder / "temporal", folder / "logs", port=pick_port(), ui_port=pick_port())
    server.start()
    server.wait_ready()
    pid = server.process.pid
    assert server.ui_url is not None
    connection = http.client.HTTPConnection(server.ui_url.removeprefix("http://"), timeout=10)
    connection.request("GET", "/")
    assert connection.getresponse().status == 200
    connection.close()
    server.stop()
    assert gone(pid)


def envoy_config(admin: int, listener: int) -> dict[str, object]:
    def address(port: int) -> dict[str, object]:
        return {"socket_address": {"address": HOST, "port_value": port}}

    manager = {
        "@type": "type.googleapis.com/envoy.extensions.filters.network"
        ".http_connection_manager.v3.HttpConnectionManager",
        "stat_prefix": "edge",
        "route_config": {
            "virtual_hosts": [
                {
                    "name": "all",
                    "domains": ["*"],
                    "routes": [{"match": {"prefix": "/"}, "direct_response": {"status": 204}}],
                }
            ]
        },
        "http_filters": [
            {
                "name": "router",
                "typed_config": {"@type": "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router"},
            }
        ],
    }
    chain = {"filters": [{"name": "http", "typed_config": manager}]}
    listeners = [{"address": address(listener), "filter_chains": [chain]}]
    return {"admin": {"address": address(admin)}, "static_resources": {"listeners": listeners}}


def test_envoy_serves_once_ready_and_stops(folder: Path) -> None:
    admin, listener = pick_port(), pick_port()
    config = folder / "envoy.json"
    config.write_text(json.dumps(envoy_config(admin.number, listener.number)))
    server = EnvoyServer(config, folder / "logs", admin_port=admin, ports=[listener])
    server.start()
    server.wait_ready()
    connection = http.client.HTTPConnection(HOST, listener.number, timeout=10)
    connection.request("GET", "/")
    assert connection.getresponse().status == 204
    connection.close()
    pid = server.process.pid
    server.stop()
    assert gone(pid)


def test_envoy_says_what_is_wrong_with_its_configuration(folder: Path) -> None:
    config = folder / "envoy.json"
    config.write_text(json.dumps({"static_resources": {"listenersss": []}}))
    server = EnvoyServer(config, folder / "logs", admin_port=pick_port())
    with pytest.raises(ServerFailed, match="listenersss"):
        server.start()
