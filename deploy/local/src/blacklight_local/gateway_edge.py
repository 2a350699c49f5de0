"""Envoy with the configuration the gateway package generates for the ports of this stack."""

from __future__ import annotations

from collections.abc import Mapping

from blacklight_local.data_folder import DataFolder
from blacklight_local.servers import EnvoyServer, ManagedProcess, Port


class GatewayEdge:
    """Writes the configuration when started, then runs Envoy on it."""

    def __init__(self, data: DataFolder, ports: Mapping[str, Port]) -> None:
        self._config = data.gateway / "envoy.json"
        self._ports = ports
        self._envoy = EnvoyServer(self._config, data.logs, admin_port=ports["gateway-admin"], ports=[ports["gateway"]])

    @property
    def process(self) -> ManagedProcess:
        """Envoy's process."""
        return self._envoy.process

    def start(self) -> None:
        """Write the configuration and start Envoy; does not wait for it."""
        self._envoy.start()

    def wait_ready(self, timeout: float = 15.0) -> None:
        """Return once Envoy takes requests."""
        self._envoy.wait_ready(timeout)

    def stop(self) -> None:
        """Stop Envoy."""
        self._envoy.stop()
