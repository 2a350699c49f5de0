"""The whole configuration, with the filters in the order in which a request meets them."""

from __future__ import annotations

import json

from blacklight_gateway.contract import Rpc, descriptor_path
from blacklight_gateway.contract import rpcs as contract_rpcs
from blacklight_gateway.envoy.clusters import clusters
from blacklight_gateway.envoy.fleet_rest import key_limit, status_codes
from blacklight_gateway.envoy.jwt import jwt_filter
from blacklight_gateway.envoy.local_reply import local_reply
from blacklight_gateway.envoy.names import FILTER, LARGE_BODIES, SMALL_BODIES, Json, http_filter, typed
from blacklight_gateway.envoy.options import GatewayOptions, split
from blacklight_gateway.envoy.routes import virtual_host

MAX_CONNECTIONS = 10_000
MANAGER = "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager"


def render(options: GatewayOptions) -> str:
    """Envoy's bootstrap configuration as JSON."""
    return json.dumps(configuration(options, list(contract_rpcs())), indent=2, sort_keys=True)


def configuration(options: GatewayOptions, rpcs: list[Rpc]) -> Json:
    """The configuration as plain data."""
    return {
        "admin": {"address": _socket(options.admin)},
        "overload_manager": {"resource_monitors": [_connections()]},
        "static_resources": {
            "listeners": [
                {
                    "name": "gateway",
                    "address": _socket(options.listen),
                    "per_connection_buffer_limit_bytes": 1024 * 1024,
                    "filter_chains": [
                        {
                            "filters": [
                                {
                                    "name": "envoy.filters.network.http_connection_manager",
                                    "typed_config": _manager(options, rpcs),
                                }
                            ]
                        }
                    ],
                }
            ],
            "clusters": clusters(options),
        },
    }


def _connections() -> Json:
    """A flood of connections is refused instead of eating memory and file descriptors."""
    return {
        "name": "envoy.resource_monitors.global_downstream_max_connections",
        "typed_config": typed(
            "envoy.extensions.resource_monitors.downstream_connections.v3.DownstreamConnectionsConfig",
            max_active_downstream_connections=MAX_CONNECTIONS,
        ),
    }


def _socket(address: str) -> Json:
    host, port = split(address)
    return {"socket_address": {"address": host, "port_value": port}}


def _manager(options: GatewayOptions, rpcs: list[Rpc]) -> Json:
    return typed(
        MANAGER,
        stat_prefix="gateway",
        codec_type="AUTO",
        generate_request_id=True,
        preserve_external_request_id=False,
        always_set_request_id_in_response=True,
        server_header_transformation="PASS_THROUGH",
        normalize_path=True,
        merge_slashes=True,
        path_with_escaped_slashes_action="REJECT_REQUEST",
        common_http_protocol_options={"headers_with_underscores_action": "REJECT_REQUEST"},
        stream_idle_timeout="300s",
        request_headers_timeout="10s",
        http2_protocol_options={
            "max_concurrent_streams": 1000,
            "connection_keepalive": {"interval": "30s", "timeout": "5s"},
        },
        access_log=[_access_log(options.access_log)],
        local_reply_config=local_reply(),
        http_filters=_filters(options, rpcs),
        route_config={"name": "routes", "virtual_hosts": [virtual_host(options, rpcs)]},
    )


def _filters(options: GatewayOptions, rpcs: list[Rpc]) -> list[Json]:
    """The filter chain, in order."""
    size = f"{FILTER}.body_size_limit.v3.BodySizeLimit"
    return [
        # Preflights are answered before anything asks for a token.
        http_filter("envoy.filters.http.cors", f"{FILTER}.cors.v3.Cors"),
        # For the fleet's REST paths alone, whose routes switch them on.
        status_codes(),
        key_limit(),
        # Two limits, as one has no setting per route: uploads switch off the small one.
        http_filter(LARGE_BODIES, size, max_request_bytes=options.upload_bytes),
        http_filter(SMALL_BODIES, size, max_request_bytes=options.body_bytes),
        # Tokens; also removes what a client might forge of the filter's own headers.
        jwt_filter(options, rpcs),
        # REST becomes gRPC; from here on the route of the RPC applies.
        _transcoder(options, rpcs),
        http_filter("envoy.filters.http.router", f"{FILTER}.router.v3.Router", suppress_envoy_headers=True),
    ]


def _transcoder(options: GatewayOptions, rpcs: list[Rpc]) -> Json:
    services = sorted({rpc.method.containing_service.full_name for rpc in rpcs if rpc.binding})
    return http_filter(
        "envoy.filters.http.grpc_json_transcoder",
        f"{FILTER}.grpc_json_transcoder.v3.GrpcJsonTranscoder",
        proto_descriptor=str(descriptor_path()),
        services=services,
        convert_grpc_status=True,
        case_insensitive_enum_parsing=True,
        url_unescape_spec="ALL_CHARACTERS_EXCEPT_RESERVED",
        query_param_unescape_plus=True,
        request_validation_options={
            "reject_unknown_method": True,
            "reject_unknown_query_parameters": True,
            "reject_binding_body_field_collisions": True,
        },
        max_request_body_size=options.upload_bytes,
        max_response_body_size=options.upload_bytes,
        print_options={
            "always_print_primitive_fields": True,
            "preserve_proto_field_names": True,
            "stream_newline_delimited": True,
        },
    )


def _access_log(path: str) -> Json:
    """One JSON line a request. Without the query string: it may hold what somebody searched for."""
    line = {
        "time": "%START_TIME%",
        "method": "%REQ(X-ENVOY-ORIGINAL-METHOD?:METHOD)%",
        "path": "%PATH(NQ:ORIG_OR_PATH)%",
        "status": "%RESPONSE_CODE%",
        "details": "%RESPONSE_CODE_DETAILS%",
        "milliseconds": "%DURATION%",
        "bytes_in": "%BYTES_RECEIVED%",
        "bytes_out": "%BYTES_SENT%",
        "request_id": "%REQ(X-REQUEST-ID)%",
    }
    return {
        "name": "envoy.access_loggers.file",
        "typed_config": typed(
            "envoy.extensions.access_loggers.file.v3.FileAccessLog",
            path=path,
            log_format={"json_format": line},
        ),
    }
