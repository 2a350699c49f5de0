"""Where requests go: one HTTP/2 cluster per service, and the gateway itself for the keys."""

from __future__ import annotations

from blacklight_gateway.envoy.names import Json, typed
from blacklight_gateway.envoy.options import GatewayOptions, split

SELF = "gateway"
# Envoy's default caps a cluster at 1,024 requests, and a host's stream is a request for as long as it lives.
MAX_STREAMS = 20_000


def clusters(options: GatewayOptions) -> list[Json]:
    """The clusters."""
    made = [_cluster(name, address, http2=True) for name, address in sorted(options.services.items())]
    return [*made, _cluster(SELF, options.listen, http2=False)]


def _cluster(name: str, address: str, *, http2: bool) -> Json:
    host, port = split(address)
    protocol: Json = {"http_protocol_options": {}}
    if http2:
        keepalive = {"interval": "30s", "timeout": "5s"}
        protocol = {
            "http2_protocol_options": {"connection_keepalive": keepalive, "max_concurrent_streams": MAX_STREAMS}
        }
    thresholds = {
        "max_connections": 1024,
        "max_pending_requests": MAX_STREAMS,
        "max_requests": MAX_STREAMS,
        "max_retries": 16,
    }
    return {
        "name": name,
        "type": "STRICT_DNS",
        "connect_timeout": "2s",
        "circuit_breakers": {"thresholds": [thresholds]},
        "typed_extension_protocol_options": {
            "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": typed(
                "envoy.extensions.upstreams.http.v3.HttpProtocolOptions", explicit_http_config=protocol
            )
        },
        "load_assignment": {
            "cluster_name": name,
            "endpoints": [
                {"lb_endpoints": [{"endpoint": {"address": {"socket_address": {"address": host, "port_value": port}}}}]}
            ],
        },
    }
