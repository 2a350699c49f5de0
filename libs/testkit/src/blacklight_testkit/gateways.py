"""A real Envoy with the generated configuration, in front of whatever a test runs."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from blacklight_gateway.envoy.options import GatewayOptions
from blacklight_gateway.envoy.render import render
from blacklight_local.servers import EnvoyServer, pick_port

_numbers = itertools.count(1)
NOWHERE = "127.0.0.1:9"


@dataclass(frozen=True)
class RunningGateway:
    """An Envoy: `address` is host:port, `log` its log file."""

    address: str
    log: Path

    @property
    def url(self) -> str:
        """For REST clients."""
        return f"http://{self.address}"


@contextlib.contextmanager
def gateway(base: Path, services: Mapping[str, str], cors_origins: Sequence[str] = ()) -> Iterator[RunningGateway]:
    """Runs Envoy in front of `services` (name → host:port); those not named are nowhere."""
    folder = base / f"envoy-{next(_numbers)}"
    folder.mkdir(parents=True)
    listen, admin = pick_port(), pick_port()
    everywhere = {name: NOWHERE for name in ("auth", "candidate", "matching", "scraper")} | dict(services)
    options = GatewayOptions(listen=listen.address, admin=admin.address, services=everywhere, cors_origins=cors_origins)
    config = folder / "envoy.json"
    config.write_text(render(options))
    server = EnvoyServer(config, folder, admin_port=admin, ports=[listen], concurrency=1)
    server.start()
    try:
        server.wait_ready()
        yield RunningGateway(listen.address, folder / "envoy.log")
    finally:
        server.stop()
