"""Who gets past the gateway: a token from `auth` for everything, but for what the contract calls public.

The services verify again. Service tokens have another issuer and are refused here.
"""

from __future__ import annotations

from blacklight_gateway.contract import Rpc
from blacklight_gateway.envoy.clusters import SELF
from blacklight_gateway.envoy.fleet_rest import PREFIXES
from blacklight_gateway.envoy.names import FILTER, Json, http_filter
from blacklight_gateway.envoy.options import GatewayOptions

PROVIDER = "auth"
ISSUER = "blacklight-auth"
AUDIENCE = "blacklight"
JWKS_PATH = "/.well-known/jwks.json"


def jwt_filter(options: GatewayOptions, rpcs: list[Rpc]) -> Json:
    """The jwt_authn filter with rules for REST paths and gRPC paths alike; the last rule denies by default."""
    provider = {
        "issuer": ISSUER,
        "audiences": [AUDIENCE],
        "forward": True,
        "clock_skew_seconds": 5,
        "remote_jwks": {
            "http_uri": {"uri": f"http://{options.listen}{JWKS_PATH}", "cluster": SELF, "timeout": "2s"},
            "cache_duration": {"seconds": 60},
            "async_fetch": {"fast_listener": True, "failed_refetch_duration": "0.5s"},
        },
    }
    open_rules = [rule for rpc in rpcs if rpc.external for rule in _open_rules(rpc)]
    # All of the hosts' prefixes, so that a path there that is none is answered 404, as any other client would expect.
    hosts: list[Json] = [{"match": {"prefix": prefix}} for prefix in PREFIXES]
    return http_filter(
        "envoy.filters.http.jwt_authn",
        f"{FILTER}.jwt_authn.v3.JwtAuthentication",
        providers={PROVIDER: provider},
        rules=[*open_rules, *hosts, {"match": {"prefix": "/"}, "requires": {"provider_name": PROVIDER}}],
    )


def _open_rules(rpc: Rpc) -> list[Json]:
    """Rules without a requirement: public RPCs, and the hosts', whose keys the scraper checks itself."""
    if not rpc.public and rpc.callers != {"HOST"}:
        return []
    rules: list[Json] = [{"match": {"path": rpc.grpc_path}}]
    for binding in rpc.bindings if rpc.public else ():
        verb = {"name": ":method", "string_match": {"exact": binding.verb}}
        rules.append({"match": {"safe_regex": {"regex": binding.regex}, "headers": [verb]}})
    return rules
