"""A real Envoy on the fleet's REST paths: who gets in, which status and which shape of error leave, what is limited.

Behind it stands a server that answers as a service does on the wire: with a body, a status asked for, or an error.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from concurrent import futures
from typing import Any

import grpc
import httpx
import pytest
from blacklight.scraper.v1 import fleet_rest_service_pb2 as pb
from blacklight_gateway.envoy.fleet_rest import BURST
from blacklight_testkit.faults import guards
from blacklight_testkit.gateways import RunningGateway
from google.api import httpbody_pb2
from google.rpc import code_pb2, error_details_pb2, status_pb2

SERVICE = pb.DESCRIPTOR.services_by_name["FleetRestService"]
KEY = {"x-scraper-api-key": "a-key"}
LUA = "gateway/src/blacklight_gateway/envoy/fleet_rest.lua"
JOBS = "/api/scraper/queue/jobs"


class Upstream(grpc.GenericRpcHandler):
    """Answers as its `answer` says, and remembers what came."""

    def __init__(self) -> None:
        self.answer: Callable[[Any, grpc.ServicerContext], httpbody_pb2.HttpBody] = _body({})
        self.seen: list[tuple[str, Any]] = []

    def service(self, details: Any) -> Any:
        name = details.method.rpartition("/")[2]
        request = getattr(pb, f"{name}Request")

        def handle(message: Any, context: grpc.ServicerContext) -> Any:
            self.seen.append((name, message))
            return self.answer(message, context)

        return grpc.unary_unary_rpc_method_handler(
            handle, request.FromString, lambda answer: answer.SerializeToString()
        )


def _body(content: Any, code: int | None = None) -> Callable[[Any, grpc.ServicerContext], httpbody_pb2.HttpBody]:
    def answer(message: Any, context: grpc.ServicerContext) -> httpbody_pb2.HttpBody:
        if code:
            context.send_initial_metadata((("x-http-code", str(code)),))
        data = b"" if content is None else json.dumps(content).encode()
        return httpbody_pb2.HttpBody(content_type="application/json", data=data)

    return answer


def _error(code: grpc.StatusCode, reason: str, message: str, **metadata: str) -> Any:
    def answer(request: Any, context: grpc.ServicerContext) -> Any:
        status = status_pb2.Status(code=code_pb2.Code.Value(code.name), message=message)
        status.details.add().Pack(error_details_pb2.ErrorInfo(reason=reason, domain="blacklight", metadata=metadata))
        context.set_trailing_metadata((("grpc-status-details-bin", status.SerializeToString()),))
        context.abort(code, message)

    return answer


@pytest.fixture(scope="module")
def upstream() -> Iterator[Upstream]:
    made = Upstream()
    options = [("grpc.max_receive_message_length", 16 * 1024 * 1024)]
    server = grpc.server(futures.ThreadPoolExecutor(4), options=options)
    server.add_generic_rpc_handlers((made,))
    made.port = server.add_insecure_port("127.0.0.1:0")  # type: ignore[attr-defined]
    server.start()
    yield made
    server.stop(None)


@pytest.fixture(scope="module")
def gateway(start_gateway: Callable[..., RunningGateway], upstream: Any) -> RunningGateway:
    return start_gateway({"scraper": f"127.0.0.1:{upstream.port}"})


@pytest.fixture
def client(gateway: RunningGateway, upstream: Upstream) -> Iterator[httpx.Client]:
    upstream.answer = _body({})
    upstream.seen.clear()
    with httpx.Client(base_url=gateway.url, timeout=10) as made:
        yield made


def _error_of(answer: httpx.Response) -> dict[str, Any]:
    assert answer.headers["content-type"] == "application/json", answer.text
    body = answer.json()
    assert set(body) == {"error", "message", "status", "reason"}, body
    assert body["status"] == answer.status_code
    assert body["message"]
    assert int(answer.headers["content-length"]) == len(answer.content)
    return dict(body)


@pytest.mark.parametrize("code", [200, 202, 400, 404, 409, 429])
def test_answers_with_the_status_that_the_service_asks_for(client: httpx.Client, upstream: Any, code: int) -> None:
    upstream.answer = _body({"status": "accepted", "text": "ä"}, code)
    answer = client.post(JOBS, json={"jobs": []}, headers=KEY)
    assert answer.status_code == code
    assert answer.json() == {"status": "accepted", "text": "ä"}
    assert answer.headers["content-type"] == "application/json"
    assert "x-http-code" not in answer.headers


def test_answers_nothing_without_a_body_or_its_type(client: httpx.Client, upstream: Any) -> None:
    upstream.answer = _body(None, 204)
    answer = client.get("/api/scraper/queue/next-role", params={"platforms": "dice,indeed"}, headers=KEY)
    assert (answer.status_code, answer.content) == (204, b"")
    assert not {"content-type", "content-length"} & set(answer.headers)
    assert upstream.seen == [("ClaimNextRole", pb.ClaimNextRoleRequest(platforms="dice,indeed"))]


def test_answers_200_where_the_service_asks_for_nothing(client: httpx.Client, upstream: Any) -> None:
    upstream.answer = _body({"dice": 3})
    answer = client.get("/api/scraper-credentials/queue/availability", headers=KEY)
    assert (answer.status_code, answer.json()) == (200, {"dice": 3})


@guards("F-25", file=LUA, old="""text:match('"reason":"([A-Z0-9_]+)"') or""", new="")
@pytest.mark.parametrize(
    ("code", "status"),
    [
        (grpc.StatusCode.UNAUTHENTICATED, 401),
        (grpc.StatusCode.PERMISSION_DENIED, 403),
        (grpc.StatusCode.NOT_FOUND, 404),
        (grpc.StatusCode.ABORTED, 409),
        (grpc.StatusCode.INVALID_ARGUMENT, 400),
        (grpc.StatusCode.FAILED_PRECONDITION, 400),
    ],
)
def test_f25_an_error_of_the_service_leaves_with_its_reason_in_the_shape_hosts_know(
    client: httpx.Client, upstream: Any, code: grpc.StatusCode, status: int
) -> None:
    message = 'the lease is "lost"\n\\ or "details": gone'
    upstream.answer = _error(code, "LEASE_LOST", message, request_id="r")
    answer = client.post("/api/scraper-credentials/queue/7/heartbeat", json={}, headers=KEY)
    assert answer.status_code == status
    body = _error_of(answer)
    assert (body["reason"], body["message"]) == ("LEASE_LOST", message)


def test_says_when_to_come_again(client: httpx.Client, upstream: Any) -> None:
    upstream.answer = _error(grpc.StatusCode.RESOURCE_EXHAUSTED, "RATE_LIMITED", "slower", retry_after_seconds="17")
    answer = client.get("/api/scraper/queue/stats", headers=KEY)
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "17")
    assert _error_of(answer)["reason"] == "RATE_LIMITED"


def test_an_unexpected_error_is_told_without_its_text(client: httpx.Client, upstream: Any) -> None:
    def explode(request: Any, context: grpc.ServicerContext) -> Any:
        context.abort(grpc.StatusCode.INTERNAL, "something went wrong on our side; request id 1")

    upstream.answer = explode
    answer = client.get("/api/scraper/queue/stats", headers=KEY)
    assert answer.status_code == 500
    assert _error_of(answer)["reason"] == "INTERNAL"


@pytest.mark.parametrize("path", ["/api/scraper/queue/next-role", "/api/scraper-credentials/queue/dice/next"])
def test_refuses_a_call_without_a_key(client: httpx.Client, upstream: Any, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 401
    assert _error_of(answer)["reason"] == "API_KEY_MISSING"
    assert upstream.seen == []


def test_answers_404_where_there_is_nothing(client: httpx.Client) -> None:
    for path in ("/api/scraper/nothing", "/api/scraper-credentials/7"):
        answer = client.get(path, headers=KEY)
        assert answer.status_code == 404
        assert _error_of(answer)["reason"] == "UNKNOWN_PATH"


def test_takes_large_bodies_of_jobs_and_no_others(client: httpx.Client, upstream: Any) -> None:
    large = b'"' + b"x" * 11_000_000 + b'"'
    assert client.post(JOBS, content=large, headers=KEY).status_code == 200
    assert upstream.seen[0][1].body.data == large
    for path, size in ((JOBS, 12 * 1024 * 1024 + 1), ("/api/scraper/queue/complete", 1024 * 1024 + 1)):
        answer = client.post(path, content=b" " * size, headers=KEY)
        assert answer.status_code == 413
        assert _error_of(answer)["reason"] == "BODY_TOO_LARGE"


def test_a_call_without_a_body_reaches_the_service(client: httpx.Client, upstream: Any) -> None:
    assert client.post("/api/scraper-credentials/queue/7/release", headers=KEY).status_code == 200
    assert client.request("DELETE", "/api/scraper/telemetry/metrics", headers=KEY).status_code == 200
    assert [name for name, _ in upstream.seen] == ["ReleaseCredential", "DeleteMetrics"]


@guards(
    "P-16",
    file="gateway/src/blacklight_gateway/envoy/fleet_rest.py",
    old='per_key = {"max_tokens": BURST,',
    new='per_key = {"max_tokens": 1_000_000,',
)
def test_p16_limits_each_key_by_itself(client: httpx.Client) -> None:
    hasty, calm = {"x-scraper-api-key": "hasty"}, {"x-scraper-api-key": "calm"}
    taken, refused = 0, client.get("/api/scraper/queue/stats", headers=hasty)
    while refused.status_code == 200 and taken < 10 * BURST:
        taken, refused = taken + 1, client.get("/api/scraper/queue/stats", headers=hasty)
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "1")
    assert _error_of(refused)["reason"] == "RATE_LIMITED"
    assert taken >= BURST
    assert client.get("/api/scraper/queue/stats", headers=calm).status_code == 200


def test_says_when_the_service_does_not_answer(start_gateway: Callable[..., RunningGateway]) -> None:
    answer = httpx.get(f"{start_gateway({}).url}/api/scraper/queue/stats", headers=KEY, timeout=10)
    assert answer.status_code == 503
    assert _error_of(answer)["reason"] == "SERVICE_UNAVAILABLE"


def test_every_path_for_keys_is_under_the_prefixes_that_ask_for_one() -> None:
    from blacklight_gateway.contract import rpcs
    from blacklight_gateway.envoy.fleet_rest import PREFIXES

    for rpc in rpcs():
        for binding in rpc.bindings:
            assert binding.path.startswith(PREFIXES) == rpc.fleet_rest, binding.path
