"""One of our own services: `python -m blacklight_<name> serve` or `work`."""

from __future__ import annotations

import signal
import sys
from collections.abc import Mapping
from pathlib import Path

import grpc
from google.protobuf.message import Message
from grpc_health.v1 import health_pb2

from blacklight_local.servers.ports import Port
from blacklight_local.servers.process import Command, ManagedProcess, Spawn

_RECONNECT_FAST = (
    ("grpc.initial_reconnect_backoff_ms", 50),
    ("grpc.min_reconnect_backoff_ms", 50),
    ("grpc.max_reconnect_backoff_ms", 200),
)
_DRAIN_SECONDS = 15.0


def module_command(
    name: str, module: str, verb: str, env: Mapping[str, str], log_folder: Path, *arguments: str
) -> Command:
    """`python -m module verb arguments`, logging to `<name>.log`; killed if its supervisor vanishes."""
    return Command(
        name=name,
        argv=[sys.executable, "-m", module, verb, *arguments],
        log_path=log_folder.absolute() / f"{name}.log",
        env=env,
        stop_signals=((signal.SIGTERM, _DRAIN_SECONDS),),
        death_signal=signal.SIGKILL,
    )


class ServiceProcess:
    """A gRPC server process; `env` holds all its settings, also that it listens on `port`."""

    def __init__(
        self, name: str, module: str, env: Mapping[str, str], log_folder: Path, *, port: Port,
        spawn: Spawn | None = None,
    ) -> None:  # fmt: skip
        self._port = port
        self._spawn = spawn
        self._command = module_command(name, module, "serve", env, log_folder)
        self.process = ManagedProcess(self._command, self._spawn)

    @property
    def address(self) -> str:
        """`host:port` it listens on."""
        return self._port.address

    def start(self) -> None:
        """Start the process; does not wait for it."""
        self._port.let_go()
        self.process = ManagedProcess(self._command, self._spawn)
        self.process.start()

    def wait_ready(self, timeout: float = 60.0) -> None:
        """Return once its health service says SERVING. Raises ServerFailed."""
        with grpc.insecure_channel(self.address, options=_RECONNECT_FAST) as channel:
            check = channel.unary_unary(
                "/grpc.health.v1.Health/Check",
                request_serializer=health_pb2.HealthCheckRequest.SerializeToString,
                response_deserializer=health_pb2.HealthCheckResponse.FromString,
            )
            self.process.wait_ready(lambda: _serving(check), timeout)

    def stop(self) -> None:
        """Let it drain, then end it and free its port."""
        self.process.stop()
        self._port.free()


class WorkerProcess:
    """A worker process, which makes `ready_file` (told by BLACKLIGHT_READY_FILE) once it polls for work."""

    def __init__(
        self, name: str, module: str, env: Mapping[str, str], log_folder: Path, *, ready_file: Path,
        spawn: Spawn | None = None,
    ) -> None:  # fmt: skip
        self._spawn = spawn
        self._ready_file = ready_file.absolute()
        env = {**env, "BLACKLIGHT_READY_FILE": str(self._ready_file)}
        self._command = module_command(name, module, "work", env, log_folder)
        self.process = ManagedProcess(self._command, self._spawn)

    def start(self) -> None:
        """Start the process; does not wait for it."""
        self._ready_file.parent.mkdir(parents=True, exist_ok=True)
        self._ready_file.unlink(missing_ok=True)
        self.process = ManagedProcess(self._command, self._spawn)
        self.process.start()

    def wait_ready(self, timeout: float = 60.0) -> None:
        """Return once the worker has said that it polls. Raises ServerFailed."""
        self.process.wait_ready(self._ready_file.exists, timeout)

    def stop(self) -> None:
        """Let it finish what it does, then end it."""
        self.process.stop()
        self._ready_file.unlink(missing_ok=True)


def _serving(
    check: grpc.UnaryUnaryMultiCallable[Message, health_pb2.HealthCheckResponse],
) -> bool:
    try:
        answer = check(health_pb2.HealthCheckRequest(), timeout=2.0)
    except grpc.RpcError:
        return False
    return bool(answer.status == health_pb2.HealthCheckResponse.SERVING)
