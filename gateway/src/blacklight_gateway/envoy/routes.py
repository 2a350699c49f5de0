"""Routes: REST paths for what is decided before transcoding, then one exact route per RPC; the last denies."""

from __future__ import annotations

from typing import Any

from blacklight_gateway.contract import Rpc
from blacklight_gateway.envoy.fleet_rest import FLEET_TIMEOUT, WITH_KEY, fleet_rest_routes, without_key
from blacklight_gateway.envoy.names import DISABLED, FILTER, LARGE_BODIES, SMALL_BODIES, Json, typed
from blacklight_gateway.envoy.options import GatewayOptions

UNARY_TIMEOUT = "15s"
TRANSFER_TIMEOUT = "120s"
WATCH_IDLE_TIMEOUT = "60s"
"""A watch says something four times as often."""
RETRIES = {"retry_on": "connect-failure,refused-stream", "num_retries": 2}


def virtual_host(options: GatewayOptions, rpcs: list[Rpc]) -> Json:
    """The one virtual host."""
    external = [rpc for rpc in rpcs if rpc.external]
    routes = [
        *[_upload(rpc) for rpc in external if rpc.uploads],
        *fleet_rest_routes(external),
        _rest("/v1/"),
        _rest("/.well-known/"),
        *[_rpc(rpc) for rpc in external],
        *[without_key(rpc) for rpc in external if rpc.fleet_rest],
        {"match": {"prefix": "/"}, "direct_response": {"status": 404}},
    ]
    cors = {"envoy.filters.http.cors": _cors(options)} if options.cors_origins else {}
    return {"name": "blacklight", "domains": ["*"], "routes": routes, "typed_per_filter_config": cors}


def _cors(options: GatewayOptions) -> Json:
    return typed(
        f"{FILTER}.cors.v3.CorsPolicy",
        allow_origin_string_match=[{"exact": origin} for origin in options.cors_origins],
        allow_methods="GET, POST, PATCH, DELETE, OPTIONS",
        allow_headers="authorization, content-type, x-request-id",
        expose_headers="x-request-id, content-disposition",
        max_age="600",
    )


def _rest(prefix: str) -> Json:
    """A REST prefix. What the transcoder knows leaves by the RPC's own route; the rest it answers with 404."""
    return {"match": {"prefix": prefix}, "route": {"cluster": "auth", "timeout": UNARY_TIMEOUT}}


def _upload(rpc: Rpc) -> Json:
    assert rpc.binding is not None
    return {
        "match": {
            "safe_regex": {"regex": rpc.binding.regex},
            "headers": [{"name": ":method", "string_match": {"exact": rpc.binding.verb}}],
        },
        "route": {"cluster": rpc.owner, "timeout": TRANSFER_TIMEOUT},
        "typed_per_filter_config": {SMALL_BODIES: DISABLED},
    }


def _rpc(rpc: Rpc) -> Json:
    match: dict[str, Any] = {"path": rpc.grpc_path}
    route: dict[str, Any] = {"cluster": rpc.owner}
    bodies = {}
    if rpc.callers == {"HOST"}:
        match["headers"] = [WITH_KEY]
    if rpc.fleet_rest:
        route |= {"timeout": FLEET_TIMEOUT, "retry_policy": RETRIES}
        bodies = {SMALL_BODIES: DISABLED}
    elif rpc.callers == {"HOST"}:
        route |= {"timeout": "0s", "idle_timeout": "120s"}
        bodies = {SMALL_BODIES: DISABLED, LARGE_BODIES: DISABLED}
    elif rpc.watches:
        route |= {"timeout": "0s", "idle_timeout": WATCH_IDLE_TIMEOUT}
    elif rpc.streams:
        route |= {"timeout": TRANSFER_TIMEOUT}
        bodies = {SMALL_BODIES: DISABLED} if rpc.method.client_streaming else {}
    else:
        route |= {"timeout": UNARY_TIMEOUT, "retry_policy": RETRIES}
    return {"match": match, "route": route, "typed_per_filter_config": bodies}
