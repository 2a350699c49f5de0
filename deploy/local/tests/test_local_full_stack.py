"""The whole stack, services and gateway included: it answers through the gateway and goes without a trace."""

from __future__ import annotations

import os
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from blacklight_local.background import environment_of
from blacklight_local.data_folder import DataFolder
from blacklight_local.environment import SERVICES
from blacklight_local.proc import memory_mib, start_ticks
from blacklight_local.running import RunningStack, create_admin, running_stack
from blacklight_local.schema_stamp import SchemaStamps
from blacklight_local.servers.ports import HOST
from blacklight_local.stack import Options

IDLE_MIB = 1024.0


@pytest.fixture(scope="module")
def data() -> Iterator[DataFolder]:
    folder = DataFolder(Path("/tmp") / f"blw-{os.getpid()}")
    yield folder
    shutil.rmtree(folder.root, ignore_errors=True)


@pytest.fixture(scope="module")
def running(data: DataFolder) -> Iterator[RunningStack]:
    with running_stack(data, Options(any_ports=True)) as stack:
        yield stack
        pids = [row.pid for row in stack.state.components.values()]
        ports = [port.number for port in stack.stack.ports.values()]
    assert not any(start_ticks(pid) for pid in pids)
    for number in ports:
        with socket.socket() as free:
            free.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            free.bind((HOST, number))


def test_every_process_is_there_and_known(running: RunningStack) -> None:
    rows = running.state.components
    workers = {f"{service}-worker" for service in SERVICES}
    assert set(rows) == {"postgres", "valkey", "temporal", "preload", "envoy", *SERVICES, *workers}
    assert {row.state for row in rows.values()} == {"ready"}
    assert all(start_ticks(row.pid) == row.started for row in rows.values())


def test_the_gateway_serves_the_keys_of_auth_at_once(running: RunningStack) -> None:
    answer = httpx.get(f"{running.gateway_url}/.well-known/jwks.json")
    assert answer.status_code == 200
    assert answer.json()["keys"]


def test_a_call_without_a_token_is_refused_in_json(running: RunningStack) -> None:
    answer = httpx.get(f"{running.gateway_url}/v1/candidates")
    assert answer.status_code == 401
    assert answer.json()["code"] == 16


def test_makes_a_platform_admin_from_this_and_from_another_process(running: RunningStack, data: DataFolder) -> None:
    first = running.create_admin("first@example.com")
    second = create_admin("second@example.com", environment_of(data, "auth"))
    assert min(len(first), len(second)) >= 32
    assert first != second


def test_the_start_remembers_that_the_databases_are_prepared(running: RunningStack, data: DataFolder) -> None:
    assert {path.name for path in data.stamps.iterdir()} == set(SERVICES)


def test_databases_are_prepared_again_only_by_other_code(tmp_path: Path) -> None:
    first = SchemaStamps(tmp_path)
    assert not first.fresh("auth")
    assert not SchemaStamps(tmp_path).fresh("auth"), "a start that failed must not count"
    first.keep()
    assert SchemaStamps(tmp_path).fresh("auth")
    (tmp_path / "auth").write_text("other code")
    assert not SchemaStamps(tmp_path).fresh("auth")


def test_the_idle_stack_stays_below_its_memory_limit(running: RunningStack) -> None:
    pids = [row.pid for row in running.state.components.values()]
    assert sum(memory_mib(pids).values()) <= IDLE_MIB
