"""Starts our own modules from a process that has their imports done (fork_server.py)."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Any

from blacklight_local.servers.process import Child, Command, ManagedProcess, ServerFailed

_ANSWER_SECONDS = 10.0
_LARGEST_ANSWER = 4096
_NAME_BYTES = 15  # as much as the kernel keeps of a process's name


class ForkedProcess:
    """A child of the fork server, as subprocess.Popen shows one."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self._status: int | None = None
        self._ended = threading.Event()

    def poll(self) -> int | None:
        """The exit status, or None while it runs."""
        return self._status

    def wait(self, timeout: float | None = None) -> int:
        """The exit status when it has ended. Raises subprocess.TimeoutExpired."""
        if not self._ended.wait(timeout) or self._status is None:
            raise subprocess.TimeoutExpired(str(self.pid), timeout or 0.0)
        return self._status

    def send_signal(self, sig: int, /) -> None:
        """Send a signal unless it has ended."""
        if self._status is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, sig)

    def end(self, status: int) -> None:
        """It has ended so."""
        if self._status is None:
            self._status = status
            self._ended.set()


class ForkServer:
    """Imports `modules` once; `spawn` starts what `python -m` would. Its children die with it."""

    def __init__(self, modules: Sequence[str], env: Mapping[str, str], log_folder: Path) -> None:
        self._modules = tuple(modules)
        self._env = dict(env)
        self._log_folder = log_folder.absolute()
        self._lock = threading.Lock()
        self._ready = threading.Event()
        self._awaited: dict[int, Future[ForkedProcess]] = {}
        self._children: dict[int, ForkedProcess] = {}
        self._requests = 0
        self._process: ManagedProcess | None = None
        self._connection: socket.socket | None = None

    @property
    def process(self) -> ManagedProcess:
        """The fork server. Raises ServerFailed before start()."""
        if self._process is None:
            raise ServerFailed("the fork server was not started")
        return self._process

    def start(self) -> None:
        """Start it; does not wait for its imports."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            argv = [sys.executable, "-u", "-P", "-m", "blacklight_local.servers.fork_server", *self._modules]
            self._process = ManagedProcess(
                Command(
                    name="preload",
                    argv=argv,
                    log_path=self._log_folder / "preload.log",
                    env=self._env,
                    cwd=Path("/"),
                    death_signal=signal.SIGKILL,
                    stdin=theirs.fileno(),
                )
            )
            self._ready.clear()
            self._process.start()
        self._connection = ours
        threading.Thread(target=self._listen, args=(ours,), name="preload", daemon=True).start()

    def wait_ready(self, timeout: float = 60.0) -> None:
        """Return once all is imported. Raises ServerFailed."""
        self.process.wait_ready(self._ready.is_set, timeout)

    def stop(self) -> None:
        """End it; what it has started and still runs is killed."""
        if self._process is not None:
            self._process.stop()

    def spawn(self, command: Command, log: int) -> Child:
        """Start `command`, which must be `python -m module …`. Raises ServerFailed."""
        future: Future[ForkedProcess] = Future()
        with self._lock:
            if self._connection is None or not self.process.running:
                raise ServerFailed(f"{command.name} cannot start: the fork server does not run")
            self._requests += 1
            self._awaited[self._requests] = future
            packet = json.dumps(self._request(self._requests, command)).encode()
            socket.send_fds(self._connection, [packet], [log])
        try:
            return future.result(_ANSWER_SECONDS)
        except TimeoutError as error:
            raise ServerFailed(f"{command.name} cannot start: the fork server does not answer") from error

    @staticmethod
    def _request(number: int, command: Command) -> dict[str, Any]:
        flag, module, *arguments = list(command.argv)[1:]
        if flag != "-m":
            raise ServerFailed(f"{command.name} is not a Python module")
        return {
            "id": number,
            "name": command.name[-_NAME_BYTES:],
            "module": module,
            "arguments": arguments,
            "env": dict(os.environ if command.env is None else command.env),
            "cwd": str(command.cwd or Path.cwd()),
            "death_signal": int(command.death_signal),
        }

    def _listen(self, connection: socket.socket) -> None:
        """Until the fork server is gone, and all its children with it."""
        with connection:
            while packet := self._receive(connection):
                self._take(json.loads(packet))
        with self._lock:
            for child in self._children.values():
                child.end(-signal.SIGKILL)
            self._children.clear()

    @staticmethod
    def _receive(connection: socket.socket) -> bytes:
        try:
            return connection.recv(_LARGEST_ANSWER)
        except ConnectionError:
            return b""

    def _take(self, message: dict[str, Any]) -> None:
        if "ready" in message:
            self._ready.set()
        elif "started" in message:
            child = ForkedProcess(message["pid"])
            with self._lock:
                self._children[child.pid] = child
                self._awaited.pop(message["started"]).set_result(child)
        else:
            with self._lock:
                self._children.pop(message["ended"]).end(message["status"])
