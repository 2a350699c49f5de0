"""The fleet's contract by REST: its routes, its limit a key, and the status codes that its hosts know (ADR 0011)."""

from __future__ import annotations

import importlib.resources

from blacklight_gateway.contract import Rpc
from blacklight_gateway.envoy.names import DISABLED, FILTER, SMALL_BODIES, Json, http_filter, typed

PREFIXES = ("/api/scraper/", "/api/scraper-credentials/")
API_KEY = "x-scraper-api-key"
WITH_KEY: Json = {"name": API_KEY, "present_match": True}
FLEET_TIMEOUT = "30s"
# Bodies of postings; every other body is small.
LARGE_PATH = "/api/scraper/queue/jobs"
STATUS_CODES = "blacklight.status_codes"
KEY_LIMIT = "blacklight.key_limit"
# A ceiling against floods, generous: the service has the exact limit of each key.
BURST = 300
PER_SECOND = 50
# Buckets that are kept; the one not used for longest goes first.
MOST_KEYS = 10_000
WITHOUT_KEY_PER_SECOND = 1_000


def status_codes() -> Json:
    """The filter that answers with the status that the service says; off unless a route switches it on."""
    script = importlib.resources.files("blacklight_gateway.envoy").joinpath("fleet_rest.lua").read_text()
    source = {"inline_string": script}
    return {**http_filter(STATUS_CODES, f"{FILTER}.lua.v3.Lua", default_source_code=source), "disabled": True}


def key_limit() -> Json:
    """The filter that limits requests a key; off unless a route switches it on."""
    limit = {"stat_prefix": "key_limit"}
    return {**http_filter(KEY_LIMIT, f"{FILTER}.local_ratelimit.v3.LocalRateLimit", **limit), "disabled": True}


def fleet_rest_routes(rpcs: list[Rpc]) -> list[Json]:
    """What is decided before transcoding; a path that is none of the contract's the transcoder answers with 404."""
    owners = {rpc.owner for rpc in rpcs if rpc.fleet_rest}
    return [
        {
            "match": match,
            "route": {"cluster": owner, "timeout": FLEET_TIMEOUT},
            "typed_per_filter_config": {
                STATUS_CODES: typed("envoy.config.route.v3.FilterConfig", config={}),
                KEY_LIMIT: _key_limit(),
                **bodies,
            },
        }
        for owner in sorted(owners)
        for match, bodies in (
            ({"path": LARGE_PATH}, {SMALL_BODIES: DISABLED}),
            *(({"prefix": prefix}, {}) for prefix in PREFIXES),
        )
    ]


def without_key(rpc: Rpc) -> Json:
    """The answer to a call that brings no key."""
    return {"match": {"path": rpc.grpc_path}, "direct_response": {"status": 401}}


def _key_limit() -> Json:
    entry = {"key": "key"}  # no value: a bucket for each
    per_key = {"max_tokens": BURST, "tokens_per_fill": PER_SECOND, "fill_interval": "1s"}
    without = {"max_tokens": WITHOUT_KEY_PER_SECOND, "fill_interval": "1s"}
    share = {"default_value": {"numerator": 100, "denominator": "HUNDRED"}}
    action = {"request_headers": {"header_name": API_KEY, "descriptor_key": "key"}}
    return typed(
        f"{FILTER}.local_ratelimit.v3.LocalRateLimit",
        stat_prefix="key_limit",
        token_bucket=without,
        always_consume_default_token_bucket=False,
        filter_enabled=share,
        filter_enforced=share,
        descriptors=[{"entries": [entry], "token_bucket": per_key}],
        max_dynamic_descriptors=MOST_KEYS,
        rate_limits=[{"actions": [action]}],
        response_headers_to_add=[{"header": {"key": "retry-after", "value": "1"}}],
    )
