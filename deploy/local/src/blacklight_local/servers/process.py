"""A child process that is watched, logged, stopped in bounded time, and never outlives its parent.

Each child leads a session of its own, so Ctrl-C reaches only the supervisor, which then stops the children
in order. The kernel is asked to signal the child when the supervisor dies, even by kill -9 (see
exec_child.py). It does so when the *thread* that started the child ends, not the process, so all are started
by one thread which lives as long as the process does.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from typing import Protocol

_EXEC_CHILD = Path(__file__).with_name("exec_child.py")
_LOG_TAIL_LINES = 15


class ServerFailed(RuntimeError):
    """A server that did not start, or did not become ready in time; the text ends with its last log lines."""


@dataclass(frozen=True)
class Command:
    """What to run and how to end it. Times are seconds.

    `argv[0]` is a full path. `stop_signals` are sent one after the other, each with its time to obey;
    SIGKILL to the whole group follows. `death_signal` is what the child gets when its supervisor vanishes.
    `user` and `group` are numeric ids to run under (only as root); `cwd` is entered before they are taken
    on.
    """

    name: str
    argv: Sequence[str]
    log_path: Path
    env: Mapping[str, str] | None = None
    cwd: Path | None = None
    user: int | None = None
    group: int | None = None
    stop_signals: Sequence[tuple[signal.Signals, float]] = ((signal.SIGTERM, 10.0),)
    death_signal: signal.Signals = signal.SIGTERM
    stdin: int | None = None


class Child(Protocol):
    """A started process, as subprocess.Popen shows it; wait raises subprocess.TimeoutExpired."""

    @property
    def pid(self) -> int: ...

    def poll(self) -> int | None: ...

    def wait(self, timeout: float | None = None) -> int: ...

    def send_signal(self, sig: int, /) -> None: ...


Spawn = Callable[[Command, int], Child]
"""Starts a command whose output goes to the open file given by number."""


class ManagedProcess:
    """One run of a `Command`, started by `spawn` (otherwise: executed). Not restartable: make another."""

    def __init__(self, command: Command, spawn: Spawn | None = None) -> None:
        self.command = command
        self._spawn = spawn or _execute
        self._child: Child | None = None
        self._stopped = False

    @property
    def pid(self) -> int:
        """The process id; also the id of its group."""
        if self._child is None:
            raise ServerFailed(f"{self.command.name} was not started")
        return self._child.pid

    @property
    def returncode(self) -> int | None:
        """The exit status once it has ended (negative: the signal), otherwise None."""
        return None if self._child is None else self._child.poll()

    @property
    def running(self) -> bool:
        """Whether it was started and has not ended."""
        return self._child is not None and self._child.poll() is None

    def start(self) -> None:
        """Start the process; its output is appended to the log file. Raises ServerFailed if it cannot run."""
        command = self.command
        command.log_path.parent.mkdir(parents=True, exist_ok=True)
        with command.log_path.open("ab") as log:
            try:
                self._child = self._spawn(command, log.fileno())
            except OSError as error:
                raise ServerFailed(f"{command.name} cannot be run ({command.argv[0]}): {error}") from error

    def wait_ready(self, ready: Callable[[], bool], timeout: float) -> None:
        """Call `ready` until true. Raises ServerFailed when the process ends or after `timeout` seconds."""
        deadline = time.monotonic() + timeout
        pause = 0.005
        while not ready():
            if not self.running:
                raise ServerFailed(self.report(f"ended with status {self.returncode} while starting"))
            if time.monotonic() > deadline:
                raise ServerFailed(self.report(f"is not ready after {timeout:g} s"))
            time.sleep(pause)
            pause = min(pause * 1.5, 0.05)

    def stop(self) -> int | None:
        """End the process and what is left of its group; returns its exit status. Safe to call twice."""
        child = self._child
        if child is None or self._stopped:
            return self.returncode
        self._stopped = True  # later the number may be somebody else's
        for stop_signal, seconds in self.command.stop_signals:
            if child.poll() is not None:
                break
            child.send_signal(stop_signal)
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.wait(seconds)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        return child.wait()

    def log_tail(self, lines: int = _LOG_TAIL_LINES) -> str:
        """The last lines of the log file."""
        return tail(self.command.log_path, lines)

    def report(self, what: str) -> str:
        """What happened, with the end of the log."""
        return f"{self.command.name} {what}; the end of {self.command.log_path}:\n{self.log_tail()}"


def tail(path: Path, lines: int) -> str:
    """The last `lines` lines of a log file; empty when there is none."""
    if not path.exists():
        return ""
    with path.open("rb") as log:
        log.seek(0, os.SEEK_END)
        log.seek(max(0, log.tell() - 64 * 1024))
        return "\n".join(log.read().decode(errors="replace").splitlines()[-lines:])


def run_to_end(command: Command, timeout: float) -> None:
    """Run a command that ends within `timeout` seconds. Raises ServerFailed if its status is not 0."""
    process = ManagedProcess(command)
    process.start()
    deadline = time.monotonic() + timeout
    try:
        while process.running and time.monotonic() < deadline:
            time.sleep(0.005)
        if process.running:
            raise ServerFailed(process.report(f"took over {timeout:g} s"))
        if process.returncode != 0:
            raise ServerFailed(process.report(f"failed with status {process.returncode}"))
    finally:
        process.stop()


def _execute(command: Command, log: int) -> Child:
    return _starter().run(lambda: _popen(command, log))


def becoming(
    argv: Sequence[str], user: int | None, group: int | None, death_signal: signal.Signals = signal.SIGTERM
) -> list[str]:
    """The command that becomes this one under these ids; with `user=`, subprocess would fork (see exec_child.py)."""
    ids = ["-" if number is None else str(number) for number in (user, group)]
    itself = (sys.executable, "-I", "-S", str(_EXEC_CHILD))
    return [*itself, str(os.getpid()), str(int(death_signal)), *ids, *argv]


def _popen(command: Command, log: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        becoming(command.argv, command.user, command.group, command.death_signal),
        stdin=subprocess.DEVNULL if command.stdin is None else command.stdin,
        stdout=log,
        stderr=log,
        env=None if command.env is None else dict(command.env),
        cwd=command.cwd,
        start_new_session=True,
    )


class _Starter:
    """The one thread that starts children; it ends with the process."""

    def __init__(self) -> None:
        self.pid = os.getpid()
        self._queue: SimpleQueue[tuple[Callable[[], subprocess.Popen[bytes]], Future[subprocess.Popen[bytes]]]] = (
            SimpleQueue()
        )
        threading.Thread(target=self._loop, name="starter", daemon=True).start()

    def run(self, spawn: Callable[[], subprocess.Popen[bytes]]) -> subprocess.Popen[bytes]:
        future: Future[subprocess.Popen[bytes]] = Future()
        self._queue.put((spawn, future))
        return future.result()

    def _loop(self) -> None:
        while True:
            spawn, future = self._queue.get()
            try:
                future.set_result(spawn())
            except (OSError, ValueError, subprocess.SubprocessError) as error:
                future.set_exception(error)


_starter_lock = threading.Lock()
_current_starter: _Starter | None = None


def _starter() -> _Starter:
    """The starter of this process; one that was itself forked has lost the thread and gets a new one."""
    global _current_starter
    with _starter_lock:
        if _current_starter is None or _current_starter.pid != os.getpid():
            _current_starter = _Starter()
        return _current_starter
