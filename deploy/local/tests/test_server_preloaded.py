"""Modules started from a process with its imports done behave as `python -m` would."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from blacklight_local.proc import start_ticks
from blacklight_local.servers.job import Job
from blacklight_local.servers.preloaded import ForkServer
from blacklight_local.servers.process import Command, ManagedProcess, ServerFailed
from blacklight_local.servers.service import module_command

MODULE = """
import os, sys, time
if __name__ == "__main__":
    print(sys.argv[1:], os.environ.get("COLOUR"), os.environ.get("LEFT_OVER"), os.getcwd())
    print("decimal" in sys.modules, os.getsid(0) == os.getpid(), open("/proc/self/comm").read().strip())
    if sys.argv[1] == "fail":
        raise ValueError("the reason")
    if sys.argv[1] == "exit":
        sys.exit(7)
    while sys.argv[1] == "stay":
        time.sleep(1)
"""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ForkServer]:
    (tmp_path / "forkedprobe.py").write_text(MODULE)
    env = {**os.environ, "PYTHONPATH": str(tmp_path), "LEFT_OVER": "no"}
    forks = ForkServer(["decimal"], env, tmp_path)
    forks.start()
    forks.wait_ready()
    yield forks
    forks.stop()


def command(tmp_path: Path, verb: str) -> Command:
    return module_command("probe", "forkedprobe", verb, {"COLOUR": "red"}, tmp_path)


def until(holds: Callable[[], bool], seconds: float = 10.0) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it never came to hold"
        time.sleep(0.01)


def test_has_its_own_arguments_environment_session_and_log(server: ForkServer, tmp_path: Path) -> None:
    job = Job(command(tmp_path, "say"), server.spawn)
    job.start()
    job.wait_ready()
    first, second = job.process.log_tail().splitlines()
    assert first == f"['say'] red None {os.getcwd()}"
    assert second == "True True probe"


@pytest.mark.parametrize(("verb", "status", "words"), [("exit", 7, ""), ("fail", 1, "the reason")])
def test_failure_is_reported_with_status_and_words(
    server: ForkServer, tmp_path: Path, verb: str, status: int, words: str
) -> None:
    job = Job(command(tmp_path, verb), server.spawn)
    job.start()
    with pytest.raises(ServerFailed, match=rf"failed with status {status}(.|\n)*{words}"):
        job.wait_ready()


def test_can_be_stopped(server: ForkServer, tmp_path: Path) -> None:
    process = ManagedProcess(command(tmp_path, "stay"), server.spawn)
    process.start()
    assert process.running
    assert process.stop() == -signal.SIGTERM
    assert start_ticks(process.pid) == 0


def test_dies_with_the_fork_server_and_is_known_to_have(server: ForkServer, tmp_path: Path) -> None:
    process = ManagedProcess(command(tmp_path, "stay"), server.spawn)
    process.start()
    os.kill(server.process.pid, signal.SIGKILL)
    until(lambda: not process.running)
    until(lambda: start_ticks(process.pid) == 0)
    with pytest.raises(ServerFailed, match="fork server does not run"):
        ManagedProcess(command(tmp_path, "stay"), server.spawn).start()


def test_the_fork_server_can_be_started_again(server: ForkServer, tmp_path: Path) -> None:
    server.stop()
    server.start()
    server.wait_ready()
    process = ManagedProcess(command(tmp_path, "stay"), server.spawn)
    process.start()
    assert process.running
    process.stop()


def test_only_modules_can_be_forked(server: ForkServer, tmp_path: Path) -> None:
    other = Command(name="other", argv=[sys.executable, "-c", "pass"], log_path=tmp_path / "other.log")
    with pytest.raises(ServerFailed, match="not a Python module"):
        ManagedProcess(other, server.spawn).start()


SUPERVISOR = """
import os, sys, time
from pathlib import Path
from blacklight_local.servers.preloaded import ForkServer
from blacklight_local.servers.process import ManagedProcess
from blacklight_local.servers.service import module_command
folder = Path(sys.argv[1])
forks = ForkServer([], dict(os.environ), folder)
forks.start()
forks.wait_ready()
child = ManagedProcess(module_command("probe", "forkedprobe", "stay", dict(os.environ), folder), forks.spawn)
child.start()
print(forks.process.pid, child.pid, flush=True)
time.sleep(60)
"""


def test_nothing_outlives_a_killed_supervisor(tmp_path: Path) -> None:
    (tmp_path / "forkedprobe.py").write_text(MODULE)
    env = {**os.environ, "PYTHONPATH": str(tmp_path)}
    with subprocess.Popen(
        [sys.executable, "-c", SUPERVISOR, str(tmp_path)], stdout=subprocess.PIPE, text=True, env=env
    ) as supervisor:
        assert supervisor.stdout is not None
        pids = [int(word) for word in supervisor.stdout.readline().split()]
        assert len(pids) == 2
        assert all(start_ticks(pid) for pid in pids)
        os.kill(supervisor.pid, signal.SIGKILL)
    until(lambda: not any(start_ticks(pid) for pid in pids))
