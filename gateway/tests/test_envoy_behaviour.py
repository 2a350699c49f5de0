"""A real Envoy with the generated configuration, and nothing behind it: what it decides by itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import grpc
import httpx
import pytest
from blacklight.matching.v1.posting_service_pb2 import ImportPostingsRequest
from blacklight.matching.v1.posting_service_pb2_grpc import PostingServiceStub
from blacklight_testkit.gateways import RunningGateway

ORIGIN = "https://console.example"


@pytest.fixture(scope="module")
def gateway(start_gateway: Callable[..., RunningGateway]) -> RunningGateway:
    return start_gateway({}, cors_origins=[ORIGIN])


@pytest.fixture
def client(gateway: RunningGateway) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=gateway.url, timeout=10) as made:
        yield made


def _reason(answer: httpx.Response) -> str:
    assert answer.headers["content-type"] == "application/json", answer.text
    body = answer.json()
    assert set(body) == {"code", "message", "details"}
    return str(body["details"][0]["reason"])


def test_answers_json_for_an_unknown_path_without_a_token(client: httpx.Client) -> None:
    answer = client.get("/v1/nothing-here")
    assert answer.status_code == 401
    assert _reason(answer) == "TOKEN_INVALID"


def test_refuses_a_call_without_a_token(client: httpx.Client) -> None:
    answer = client.get("/v1/candidates")
    assert answer.status_code == 401
    assert answer.json()["code"] == 16
    assert _reason(answer) == "TOKEN_INVALID"


def test_refuses_a_token_that_is_none(client: httpx.Client) -> None:
    answer = client.get("/v1/candidates", headers={"authorization": "Bearer nonsense"})
    assert answer.status_code == 401
    assert _reason(answer) == "TOKEN_INVALID"


def test_names_malformed_json(client: httpx.Client) -> None:
    answer = client.post("/v1/auth:login", content=b'{"email": ', headers={"content-type": "application/json"})
    assert answer.status_code == 400
    assert _reason(answer) == "MALFORMED_REQUEST"


def test_names_an_unknown_query_parameter(client: httpx.Client) -> None:
    answer = client.get("/.well-known/jwks.json", params={"colour": "red"})
    assert answer.status_code == 400
    assert "colour" in answer.json()["message"]


def test_says_when_a_service_does_not_answer(client: httpx.Client) -> None:
    answer = client.post("/v1/auth:login", json={"email": "a@example.com", "password": "x"})
    assert answer.status_code == 503
    assert _reason(answer) == "SERVICE_UNAVAILABLE"


def test_refuses_a_body_over_the_limit(client: httpx.Client) -> None:
    answer = client.post(
        "/v1/auth:login", content=b" " * (1024 * 1024 + 1), headers={"content-type": "application/json"}
    )
    assert answer.status_code == 413
    assert _reason(answer) == "BODY_TOO_LARGE"


def test_refuses_an_escaped_slash(client: httpx.Client) -> None:
    assert client.get("/v1/candidates%2F1").status_code == 400


def test_answers_a_preflight_of_a_named_origin_only(client: httpx.Client) -> None:
    asked = {"access-control-request-method": "GET"}
    good = client.options("/v1/candidates", headers={"origin": ORIGIN, **asked})
    assert good.status_code == 200
    assert good.headers["access-control-allow-origin"] == ORIGIN
    bad = client.options("/v1/candidates", headers={"origin": "https://evil.example", **asked})
    assert "access-control-allow-origin" not in bad.headers


def test_does_not_route_what_is_for_services_only(gateway: RunningGateway) -> None:
    with grpc.insecure_channel(gateway.address) as channel, pytest.raises(grpc.RpcError) as caught:
        PostingServiceStub(channel).ImportPostings(ImportPostingsRequest(), timeout=10)
    assert caught.value.code() in (grpc.StatusCode.UNAUTHENTICATED, grpc.StatusCode.UNIMPLEMENTED)


def test_routes_a_fleet_stream_only_with_a_key(gateway: RunningGateway) -> None:
    with grpc.insecure_channel(gateway.address) as channel:
        connect = channel.stream_stream("/blacklight.scraper.v1.FleetService/Connect")
        with pytest.raises(grpc.RpcError) as without:
            list(connect(iter([]), timeout=10))
        assert without.value.code() is grpc.StatusCode.UNIMPLEMENTED
        with pytest.raises(grpc.RpcError) as behind:
            list(connect(iter([]), timeout=10, metadata=(("x-scraper-api-key", "k"),)))
        assert behind.value.code() is grpc.StatusCode.UNAVAILABLE
