"""The watched child process: logs, failures, bounded stops, and no life beyond its supervisor's."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from blacklight_local.servers.process import Command, ManagedProcess, ServerFailed, run_to_end


def python(tmp_path: Path, code: str, **options: object) -> Command:
    argv = [sys.executable, "-c", code]
    return Command(name="child", argv=argv, log_path=tmp_path / "child.log", **options)  # type: ignore[arg-type]


def wait_until(holds: Callable[[], bool], seconds: float = 10.0) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it never came to hold"
        time.sleep(0.01)


def alive(pid: int) -> bool:
    try:
        status = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return status.rpartition(")")[2].split()[0] not in ("Z", "X")


def test_failure_to_start_shows_the_end_of_the_log(tmp_path: Path) -> None:
    process = ManagedProcess(python(tmp_path, "import sys; sys.exit('the disk is full')"))
    process.start()
    with pytest.raises(ServerFailed, match=r"ended with status 1(.|\n)*the disk is full"):
        process.wait_ready(lambda: False, timeout=10)


def test_a_server_that_never_gets_ready_is_reported(tmp_path: Path) -> None:
    process = ManagedProcess(python(tmp_path, "import time; time.sleep(60)"))
    process.start()
    try:
        with pytest.raises(ServerFailed, match=r"not ready after 0\.2 s"):
            process.wait_ready(lambda: False, timeout=0.2)
    finally:
        process.stop()


def test_a_missing_program_is_named(tmp_path: Path) -> None:
    process = ManagedProcess(Command(name="ghost", argv=["/nowhere/ghost"], log_path=tmp_path / "ghost.log"))
    process.start()
    with pytest.raises(ServerFailed, match="cannot run /nowhere/ghost"):
        process.wait_ready(lambda: False, timeout=10)


def test_stop_kills_what_ignores_the_signal_and_its_children(tmp_path: Path) -> None:
    code = (
        "import signal, subprocess, sys, time\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "print(subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']).pid, flush=True)\n"
        "time.sleep(60)\n"
    )
    process = ManagedProcess(python(tmp_path, code, stop_signals=((signal.SIGTERM, 0.2),)))
    process.start()
    process.wait_ready(lambda: process.log_tail().strip().isdigit(), timeout=10)
    grandchild = int(process.log_tail())
    assert process.stop() == -signal.SIGKILL
    wait_until(lambda: not alive(grandchild))


def test_a_command_that_fails_is_reported_with_its_words(tmp_path: Path) -> None:
    with pytest.raises(ServerFailed, match="failed with status 3"):
        run_to_end(python(tmp_path, "raise SystemExit(3)"), timeout=10)


SUPERVISOR = """
import sys, threading, time
from pathlib import Path
from blacklight_local.servers.process import Command, ManagedProcess
sleep = [sys.executable, "-c", "import time; time.sleep(60)"]
child = ManagedProcess(Command("child", sleep, Path(sys.argv[1])))
thread = threading.Thread(target=child.start)  # the child must outlive the thread that asked for it
thread.start(); thread.join()
time.sleep(0.2)
print(child.pid, child.running, flush=True)
time.sleep(60)
"""


def test_child_outlives_the_asking_thread_but_not_a_killed_supervisor(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", SUPERVISOR, str(tmp_path / "child.log")], stdout=subprocess.PIPE, text=True
    ) as supervisor:
        assert supervisor.stdout is not None
        pid, running = supervisor.stdout.readline().split()
        assert running == "True"
        os.kill(supervisor.pid, signal.SIGKILL)
    wait_until(lambda: not alive(int(pid)))


BESIDE_GRPC = """
import asyncio, os, threading
import grpc
from blacklight_local.servers.account import database_account
from blacklight_local.servers.pginstall import postgres_bin

async def call_for_ever():
    server = grpc.aio.server()
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        while True:
            try:
                await channel.unary_unary("/no/method")(b"")
            except grpc.aio.AioRpcError:
                called.set()

called = threading.Event()
threading.Thread(target=lambda: asyncio.run(call_for_ever()), daemon=True).start()
assert called.wait(20)
print(*{postgres_bin(database_account()) for _ in range(60)}, flush=True)
os._exit(0)
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root hands the database to another account")
def test_the_programs_of_another_account_are_tried_without_a_fork_beside_the_threads_of_grpc() -> None:
    tried = subprocess.run([sys.executable, "-c", BESIDE_GRPC], capture_output=True, text=True, timeout=120)
    assert (tried.returncode, len(tried.stdout.split())) == (0, 1), tried.stderr
