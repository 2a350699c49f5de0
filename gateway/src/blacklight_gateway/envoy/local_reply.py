"""Envoy's own errors as JSON, in the shape of every other error. Native gRPC clients keep their own form."""

from __future__ import annotations

from blacklight_gateway.envoy.fleet_rest import PREFIXES
from blacklight_gateway.envoy.names import Json

# HTTP status → gRPC code, our reason, and the text ("" = what Envoy says).
REPLIES = {
    400: (3, "MALFORMED_REQUEST", "the request cannot be read as this call: %LOCAL_REPLY_BODY%"),
    401: (
        16,
        "TOKEN_INVALID",
        "this call needs `Authorization: Bearer` and an access token from POST /v1/auth:login (%LOCAL_REPLY_BODY%)",
    ),
    403: (7, "FORBIDDEN", ""),
    404: (5, "UNKNOWN_PATH", "there is nothing at this path with this method; see the API description"),
    405: (12, "METHOD_NOT_ALLOWED", ""),
    408: (4, "REQUEST_TIMEOUT", ""),
    413: (8, "BODY_TOO_LARGE", "the body is too large: field file may have 10 MB, any other body 1 MB"),
    415: (3, "UNSUPPORTED_MEDIA_TYPE", ""),
    426: (3, "UPGRADE_REQUIRED", ""),
    429: (8, "RATE_LIMITED", "too many requests; slow down and try again"),
    431: (3, "HEADERS_TOO_LARGE", ""),
    500: (13, "GATEWAY_ERROR", "something went wrong in the gateway"),
    502: (14, "BAD_UPSTREAM", "the service gave no proper answer; try again"),
    503: (14, "SERVICE_UNAVAILABLE", "the service does not answer; try again"),
    504: (4, "TIMEOUT", "the service did not answer in time"),
}

# The same on the fleet's REST paths: HTTP status → word, reason, text.
FLEET_REPLIES = {
    400: ("bad_request", "MALFORMED_REQUEST", "the request cannot be read as this call: %LOCAL_REPLY_BODY%"),
    401: ("unauthorized", "API_KEY_MISSING", "this call needs a key in the header X-Scraper-API-Key"),
    404: ("not_found", "UNKNOWN_PATH", "there is nothing at this path with this method; see docs/fleet.md"),
    413: ("payload_too_large", "BODY_TOO_LARGE", "jobs may have 12 MB, any other body 1 MB"),
    429: ("too_many_requests", "RATE_LIMITED", "too many requests of this key; slow down and try again"),
    500: ("internal_error", "GATEWAY_ERROR", "something went wrong in the gateway; try again"),
    502: ("unavailable", "BAD_UPSTREAM", "the service gave no proper answer; try again"),
    503: ("unavailable", "SERVICE_UNAVAILABLE", "the service does not answer; try again"),
    504: ("timeout", "TIMEOUT", "the service did not answer in time; try again"),
}


def local_reply() -> Json:
    """The local_reply_config; the first mapper that fits answers."""
    fleet = [_fleet_mapper(status, *reply) for status, reply in FLEET_REPLIES.items()]
    return {"mappers": [*fleet, *(_mapper(status, *reply) for status, reply in REPLIES.items())]}


def _fleet_mapper(status: int, error: str, reason: str, text: str) -> Json:
    """An error as the hosts of the fleet's REST contract know it; the path may be transcoded already or not yet."""
    paths = [
        {"header_filter": {"header": {"name": name, "string_match": {"prefix": prefix}}}}
        for name in ("x-envoy-original-path", ":path")
        for prefix in PREFIXES
    ]
    form = {"error": error, "message": text, "status": status, "reason": reason}
    filters = [_status_is(status), {"or_filter": {"filters": paths}}]
    return {"filter": {"and_filter": {"filters": filters}}, "body_format_override": {"json_format": form}}


def _status_is(status: int) -> Json:
    value = {"default_value": status, "runtime_key": f"local_reply_{status}"}
    return {"status_code_filter": {"comparison": {"op": "EQ", "value": value}}}


def _mapper(status: int, code: int, reason: str, text: str) -> Json:
    # The transcoder has already made the request look like gRPC; its mark tells it was REST.
    was_rest = {"header_filter": {"header": {"name": "x-envoy-original-method", "present_match": True}}}
    is_no_grpc = {
        "header_filter": {
            "header": {
                "name": "content-type",
                "string_match": {"prefix": "application/grpc"},
                "invert_match": True,
                "treat_missing_header_as_empty": True,
            }
        }
    }
    info = {
        "@type": "type.googleapis.com/google.rpc.ErrorInfo",
        "reason": reason,
        "domain": "gateway",
        "metadata": {"details": "%RESPONSE_CODE_DETAILS%", "request_id": "%REQ(X-REQUEST-ID)%"},
    }
    message = text or "%LOCAL_REPLY_BODY%"
    return {
        "filter": {"and_filter": {"filters": [_status_is(status), {"or_filter": {"filters": [was_rest, is_no_grpc]}}]}},
        "body_format_override": {"json_format": {"code": code, "message": message, "details": [info]}},
    }
