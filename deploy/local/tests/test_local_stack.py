"""The life of a stack as its user sees it: up, status, logs, down, crashes; with the backing servers."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from blacklight_local.data_folder import DataFolder
from blacklight_local.proc import start_ticks
from blacklight_local.running import running_stack
from blacklight_local.servers.ports import HOST
from blacklight_local.stack import PREFERRED_PORTS, Options, Stack
from blacklight_local.state import AlreadyRunning, StackState, is_running, read_state

BACKING = Options(backing_only=True, any_ports=True)


@pytest.fixture
def data() -> Iterator[DataFolder]:
    folder = DataFolder(Path("/tmp") / f"bls-{os.getpid()}")
    yield folder
    state = read_state(folder)
    if state is not None and is_running(folder):
        os.kill(state.supervisor, signal.SIGKILL)
        wait_gone(pids_of(state))
    shutil.rmtree(folder.root, ignore_errors=True)


def blacklight(data: DataFolder, *arguments: str) -> subprocess.CompletedProcess[str]:
    argv = [sys.executable, "-m", "blacklight_cli", *arguments, "--data", str(data.root)]
    return subprocess.run(argv, capture_output=True, text=True, timeout=120, check=False)


def state_of(data: DataFolder) -> StackState:
    state = read_state(data)
    assert state is not None
    return state


def pids_of(state: StackState) -> list[int]:
    return [row.pid for row in state.components.values() if row.pid]


def wait_gone(pids: list[int], seconds: float = 20.0) -> None:
    deadline = time.monotonic() + seconds
    while any(start_ticks(pid) for pid in pids):
        assert time.monotonic() < deadline, f"still there: {[pid for pid in pids if start_ticks(pid)]}"
        time.sleep(0.02)


def test_leaves_no_process_when_the_block_ends(data: DataFolder) -> None:
    with running_stack(data, BACKING) as running:
        pids = pids_of(running.state)
        assert len(pids) == 3
        assert all(start_ticks(pid) for pid in pids)
    assert not any(start_ticks(pid) for pid in pids)
    assert read_state(data) is None


def test_leaves_no_process_when_the_block_fails(data: DataFolder) -> None:
    pids: list[int] = []

    def failing_block() -> None:
        with running_stack(data, BACKING) as running:
            pids.extend(pids_of(running.state))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        failing_block()
    assert len(pids) == 3
    assert not any(start_ticks(pid) for pid in pids)


def test_refuses_a_second_stack_on_the_same_folder(data: DataFolder) -> None:
    with (
        running_stack(data, BACKING),
        pytest.raises(AlreadyRunning, match=str(data.root)),
        running_stack(data, BACKING),
    ):
        raise AssertionError("it started twice")


def test_starts_again_a_server_that_was_killed(data: DataFolder) -> None:
    with running_stack(data, BACKING) as running:
        row = running.state.components["valkey"]
        killed = row.pid
        os.kill(killed, signal.SIGKILL)
        deadline = time.monotonic() + 20
        while row.pid == killed or row.state != "ready":
            assert time.monotonic() < deadline, row
            time.sleep(0.02)
        running.stack.valkey.wait_ready(5)


def test_names_a_taken_port_and_the_one_used_instead(data: DataFolder) -> None:
    data.prepare()
    preferred = PREFERRED_PORTS["temporal"]
    with socket.socket() as somebody:
        somebody.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            somebody.bind((HOST, preferred))
            somebody.listen()
        except OSError:
            pass  # somebody else has taken it already, which serves as well
        stack = Stack(data, Options(backing_only=True), lambda event: None)
        used = stack.ports["temporal"].number
        stack.stop()
    assert f"temporal: port {preferred} is taken; using {used}" in stack.notices
    assert used != preferred


def test_up_returns_when_ready_and_down_stops_all(data: DataFolder) -> None:
    up = blacklight(data, "up", "--backing-only")
    assert up.returncode == 0, up.stderr
    assert "the stack is up" in up.stdout
    pids = pids_of(state_of(data))
    status = blacklight(data, "status")
    assert status.returncode == 0
    assert {"postgres", "valkey", "temporal"} <= {line.split()[0] for line in status.stdout.splitlines()}
    assert "Valkey" in blacklight(data, "logs", "valkey").stdout
    again = blacklight(data, "up", "--backing-only")
    assert again.returncode == 0
    assert "already running" in again.stdout
    assert pids_of(state_of(data)) == pids
    assert blacklight(data, "down").stdout.strip().endswith("stopped")
    assert not any(start_ticks(pid) for pid in pids)
    assert data.postgres.exists()
    assert blacklight(data, "status").returncode == 3


def test_a_killed_supervisor_leaves_no_orphan_and_the_next_up_works(data: DataFolder) -> None:
    assert blacklight(data, "up", "--backing-only").returncode == 0
    state = state_of(data)
    os.kill(state.supervisor, signal.SIGKILL)
    wait_gone([state.supervisor, *pids_of(state)])
    status = blacklight(data, "status")
    assert status.returncode == 3
    assert f"(process {state.supervisor}) was killed" in status.stdout
    up = blacklight(data, "up", "--backing-only")
    assert up.returncode == 0, up.stderr
    blacklight(data, "down")


def test_a_state_file_whose_numbers_now_mean_others_harms_nobody(data: DataFolder) -> None:
    data.prepare()
    with subprocess.Popen(["sleep", "60"]) as bystander:
        stale = StackState(supervisor=bystander.pid, phase="ready")
        row = {"name": "valkey", "state": "ready", "pid": bystander.pid, "started": 1}
        data.state.write_text(json.dumps({**vars(stale), "components": {"valkey": row}}))
        data.lock.touch()
        assert blacklight(data, "down").returncode == 0
        assert bystander.poll() is None
        bystander.kill()
    assert read_state(data) is None


def test_purge_removes_our_files_and_nobody_elses(data: DataFolder) -> None:
    data.prepare()
    (data.root / "thesis.txt").write_text("mine")
    down = blacklight(data, "down", "--purge")
    assert "thesis.txt" in down.stdout
    assert [path.name for path in data.root.iterdir()] == ["thesis.txt"]


def test_a_start_that_fails_says_why_and_stops_the_rest(data: DataFolder) -> None:
    data.prepare()
    data.valkey.mkdir(mode=0o700)
    (data.valkey / "appendonlydir").write_text("not a folder")
    up = blacklight(data, "up", "--backing-only")
    assert up.returncode == 1
    assert "valkey" in up.stderr
    assert "appendonlydir" in up.stderr
    assert not is_running(data)
    assert "the last start failed" in blacklight(data, "status").stdout


def test_ctrl_c_in_the_foreground_stops_all(data: DataFolder) -> None:
    argv = [sys.executable, "-m", "blacklight_cli", "up", "--foreground", "--backing-only"]
    with subprocess.Popen([*argv, "--data", str(data.root)], stdout=subprocess.PIPE, text=True) as up:
        assert up.stdout is not None
        while "Ctrl-C" not in up.stdout.readline():
            assert up.poll() is None
        pids = pids_of(state_of(data))
        up.send_signal(signal.SIGINT)
        assert up.stdout.read().strip().endswith("stopped")
    assert up.returncode == 0
    assert len(pids) == 3
    assert not any(start_ticks(pid) for pid in pids)
