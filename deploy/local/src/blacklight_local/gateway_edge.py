"""Envoy with the configuration the gateway package generates for the ports of this stack."""

from __future__ import annotations

import http.client
from collections.abc import Mapping

from blacklight_gateway.envoy.options import GatewayOptions
from blacklight_gateway.envoy.render import render

from blacklight_local.data_folder import DataFolder
from blacklight_local.environment import SERVICES
from blacklight_local.servers import EnvoyServer, ManagedProcess, Port


class GatewayEdge:
    """Writes the configuration when started, then runs Envoy on it."""

    def __init__(self, data: DataFolder, ports: Mapping[str, Port]) -> None:
        self._config = data.gateway / "envoy.json"
        self._admin = ports["gateway-admin"].address
        self._options = GatewayOptions(
            listen=ports["gateway"].address,
            admin=ports["gateway-admin"].address,
            services={name: ports[name].address for name in SERVICES},
            access_log=str(data.log("access")),
        )
        self._envoy = EnvoyServer(self._config, data.logs, admin_port=ports["gateway-admin"], ports=[ports["gateway"]])

    @property
    def process(self) -> ManagedProcess:
        """Envoy's process."""
        return self._envoy.process

    def start(self) -> None:
        """Write the configuration and start Envoy; does not wait for it."""
        self._config.write_text(render(self._options))
        self._envoy.start()

    def wait_ready(self, timeout: float = 15.0) -> None:
        """Return once Envoy takes requests and has the keys to verify tokens with.

        Its first fetch of the keys goes through itself and may come too early; the next follows half a second
        later. Until then every token is refused.
        """
        self._envoy.wait_ready(timeout)
        self.process.wait_ready(self._has_keys, timeout)

    def stop(self) -> None:
        """Stop Envoy."""
        self._envoy.stop()

    def _has_keys(self) -> bool:
        connection = http.client.HTTPConnection(self._admin, timeout=2.0)
        try:
            connection.request("GET", "/stats?filter=jwks_fetch_success")
            text = connection.getresponse().read().decode()
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()
        return any(int(line.rpartition(":")[2]) > 0 for line in text.splitlines())
