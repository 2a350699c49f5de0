"""What a local stack consists of: one table of components, their order and what each needs."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from blacklight_local.component import Component, Event, Fleet, Layer, Server
from blacklight_local.credentials import Credentials
from blacklight_local.data_folder import DataFolder
from blacklight_local.environment import SERVICES, Backing, Environments
from blacklight_local.gateway_edge import GatewayEdge
from blacklight_local.schema_stamp import SchemaStamps
from blacklight_local.servers import (
    Port,
    PostgresServer,
    ServiceProcess,
    TemporalServer,
    ValkeyServer,
    WorkerProcess,
    pick_port,
)
from blacklight_local.servers.job import Job
from blacklight_local.servers.preloaded import ForkServer
from blacklight_local.servers.process import Spawn
from blacklight_local.servers.service import module_command

# The port each likes best; when it is taken the next free one is used and named.
PREFERRED_PORTS = {
    "gateway": 8080,
    "gateway-admin": 9901,
    "temporal": 7233,
    "temporal-pages": 8233,
    "auth": 50051,
    "candidate": 50052,
    "matching": 50053,
    "scraper": 50054,
}
_PRELOAD = "preload"
_PRELOADED = ("blacklight_servicekit.main", "temporalio.worker")


@dataclass(frozen=True)
class Options:
    """What to run and where.

    `any_ports` takes random ports throughout (for tests). `temporal_pages` shows Temporal's web pages.
    `backing_only` leaves our services and Envoy out, for running those by hand. `preload` starts our
    processes by forking one that has the imports done: a fraction of the time and half the memory; off, each
    is executed.
    """

    gateway_port: int = PREFERRED_PORTS["gateway"]
    any_ports: bool = False
    temporal_pages: bool = True
    backing_only: bool = False
    preload: bool = True


class Stack:
    """All components of a local stack on `data`; `fleet` starts and stops them."""

    def __init__(self, data: DataFolder, options: Options, report: Callable[[Event], None]) -> None:
        self.data = data
        self.ports = _pick_ports(options)
        self.credentials = Credentials(data.secrets)
        self.postgres = PostgresServer(data.postgres, data.logs)
        self.valkey = ValkeyServer(data.valkey, data.logs)
        self.temporal = TemporalServer(
            data.temporal, data.logs, port=self.ports["temporal"], ui_port=self.ports.get("temporal-pages")
        )
        backing = Backing(self.postgres, self.valkey, self.temporal, self.ports)
        self.environments = Environments(data, self.credentials, backing)
        self._stamps = SchemaStamps(data.stamps)
        self._preloaded = ForkServer(_PRELOADED, self.environments.inherited, data.logs) if options.preload else None
        self._backing_only = options.backing_only
        self.fleet = Fleet(self._components(), report)

    @property
    def notices(self) -> list[str]:
        """Which ports are not those preferred."""
        return [f"{name}: {port.notice}" for name, port in self.ports.items() if port.notice]

    @property
    def urls(self) -> dict[str, str]:
        """Where a person or program may look."""
        urls = {} if self._backing_only else {"gateway": f"http://{self.ports['gateway'].address}"}
        if self.temporal.ui_url is not None:
            urls["temporal"] = self.temporal.ui_url
        return urls

    def start(self) -> float:
        """Start everything; returns the seconds it took. Raises ServerFailed, with everything stopped."""
        began = time.monotonic()
        for service in SERVICES:
            self.credentials.environment(service, self.environments.settings(service))
        self.fleet.start()
        if not self._backing_only:
            self._stamps.keep()
        return time.monotonic() - began

    def stop(self) -> None:
        """Stop everything and give the ports back."""
        self.fleet.stop()
        for port in self.ports.values():
            port.free()

    def _components(self) -> list[Component]:
        components = [
            Component("postgres", Layer.DATABASE, self.postgres),
            Component("valkey", Layer.BACKING, self.valkey),
            Component("temporal", Layer.BACKING, self.temporal, address=self.temporal.address),
        ]
        return components if self._backing_only else components + self._own_components()

    def _own_components(self) -> list[Component]:
        components: list[Component] = []
        if self._preloaded is not None:
            components.append(Component(_PRELOAD, Layer.BACKING, self._preloaded))
        for service in SERVICES:
            schema = self._schema(service)
            components += schema
            components += self._processes(service, schema[-1].name if schema else "postgres")
        edge = GatewayEdge(self.data, self.ports)
        # With `auth` up first, Envoy's first fetch of the signing keys succeeds.
        address = self.ports["gateway"].address
        return [*components, Component("envoy", Layer.EDGE, edge, needs=SERVICES, address=address)]

    def _schema(self, service: str) -> list[Component]:
        """`bootstrap` and `migrate`, unless both ran on this data with the very same code."""
        if self._stamps.fresh(service):
            return []
        environments = self.environments
        first = self._job(service, "bootstrap", environments.bootstrap(service), needs=("postgres",))
        return [first, self._job(service, "migrate", environments.migrate(service), needs=(first.name,))]

    def _job(self, service: str, verb: str, env: dict[str, str], *, needs: tuple[str, ...]) -> Component:
        name = f"{service} {verb}"
        command = module_command(name.replace(" ", "-"), f"blacklight_{service}", verb, env, self.data.logs)
        needs = (*needs, *self._start_needs)
        return Component(name, Layer.SERVICE, Job(command, self._spawn), needs=needs, step_of=service)

    @property
    def _spawn(self) -> Spawn | None:
        return None if self._preloaded is None else self._preloaded.spawn

    @property
    def _start_needs(self) -> tuple[str, ...]:
        return () if self._preloaded is None else (_PRELOAD,)

    def _processes(self, service: str, schema: str) -> list[Component]:
        module, env, logs = f"blacklight_{service}", self.environments.run(service), self.data.logs
        needs = ("postgres", "valkey", "temporal", schema, *self._start_needs)
        port = self.ports[service]
        server: Server = ServiceProcess(service, module, env, logs, port=port, spawn=self._spawn)
        ready_file = self.data.ready / f"{service}-worker"
        worker = WorkerProcess(f"{service}-worker", module, env, logs, ready_file=ready_file, spawn=self._spawn)
        return [
            Component(service, Layer.SERVICE, server, needs=needs, address=port.address),
            Component(f"{service}-worker", Layer.SERVICE, worker, needs=needs),
        ]


def _pick_ports(options: Options) -> dict[str, Port]:
    wanted = {**PREFERRED_PORTS, "gateway": options.gateway_port}
    if not options.temporal_pages:
        del wanted["temporal-pages"]
    return {name: pick_port(None if options.any_ports else number) for name, number in wanted.items()}
