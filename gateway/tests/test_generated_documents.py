"""What is generated from the contract, read as data."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from blacklight_gateway.__main__ import openapi
from blacklight_gateway.contract import rpcs
from blacklight_gateway.envoy.fleet_rest import PREFIXES
from blacklight_gateway.envoy.options import GatewayOptions
from blacklight_gateway.envoy.render import configuration

ROOT = Path(__file__).resolve().parents[2]
OPTIONS = GatewayOptions(
    listen="127.0.0.1:8080",
    admin="127.0.0.1:9901",
    services={
        name: f"127.0.0.1:{port}" for port, name in enumerate(("auth", "candidate", "matching", "scraper"), 9001)
    },
    cors_origins=("https://console.example",),
)


@pytest.fixture(scope="module")
def manager() -> Any:
    made = configuration(OPTIONS, list(rpcs()))
    return made["static_resources"]["listeners"][0]["filter_chains"][0]["filters"][0]["typed_config"]


@pytest.fixture(scope="module")
def document(tmp_path_factory: pytest.TempPathFactory) -> str:
    image = tmp_path_factory.mktemp("image") / "image.binpb"
    subprocess.run([sys.executable, ROOT / "protos/generate.py", "--image", image], check=True)
    return openapi(image)


def test_openapi_json_is_fresh(document: str) -> None:
    assert (ROOT / "gateway/openapi.json").read_text() == document, "run `make gateway`"


def test_openapi_describes_each_rest_binding_once(document: str) -> None:
    paths = json.loads(document)["paths"]
    described = [(operation["operationId"], verb) for path in paths.values() for verb, operation in path.items()]
    expected = [
        (rpc.method.name + (str(number) if number > 1 else ""), binding.verb.lower())
        for rpc in rpcs()
        for number, binding in enumerate(rpc.bindings, 1)
    ]
    assert sorted(described) == sorted(expected)


def test_openapi_asks_hosts_for_their_key_and_everybody_else_for_a_token(document: str) -> None:
    paths = json.loads(document)["paths"]
    asked = {path: [*operation["security"][0]] for path, verbs in paths.items() for operation in verbs.values()
             if "security" in operation}  # fmt: skip
    assert {path for path, scheme in asked.items() if scheme == ["api_key"]} == {
        path for path in paths if path.startswith(PREFIXES)
    }


def test_openapi_has_a_description_for_every_operation_and_parameter(document: str) -> None:
    for path, verbs in json.loads(document)["paths"].items():
        for operation in verbs.values():
            assert operation["description"], path
            assert all(parameter.get("description") for parameter in operation["parameters"]), path


def test_routes_no_rpc_that_is_for_services_only(manager: Any) -> None:
    routed = {route["match"].get("path") for route in manager["route_config"]["virtual_hosts"][0]["routes"]}
    internal = {rpc.grpc_path for rpc in rpcs() if not rpc.external}
    assert internal, "the contract has RPCs between services"
    assert not internal & routed
    assert {rpc.grpc_path for rpc in rpcs() if rpc.external} <= routed


def test_denies_whatever_no_route_names(manager: Any) -> None:
    last = manager["route_config"]["virtual_hosts"][0]["routes"][-1]
    assert last == {"match": {"prefix": "/"}, "direct_response": {"status": 404}}


def test_asks_for_a_token_unless_the_contract_says_public_or_host(manager: Any) -> None:
    rules = next(f for f in manager["http_filters"] if f["name"].endswith("jwt_authn"))["typed_config"]["rules"]
    assert rules[-1] == {"match": {"prefix": "/"}, "requires": {"provider_name": "auth"}}
    free = {rule["match"]["path"] for rule in rules[:-1] if "path" in rule["match"]}
    assert free == {rpc.grpc_path for rpc in rpcs() if rpc.public or rpc.callers == {"HOST"}}


def test_allows_no_origin_unless_one_is_named() -> None:
    bare = GatewayOptions(listen=OPTIONS.listen, admin=OPTIONS.admin, services=OPTIONS.services)
    text = json.dumps(configuration(bare, list(rpcs())))
    assert "allow_origin" not in text


def test_openapi_names_tags_operations_and_templated_paths_once(document: str) -> None:
    made = json.loads(document)
    tags = [tag["name"] for tag in made["tags"]]
    operations = [operation["operationId"] for path in made["paths"].values() for operation in path.values()]
    shapes = [re.sub(r"{[^}]+}", "{}", path) for path in made["paths"]]
    for names in (tags, operations, shapes):
        assert len(names) == len(set(names))
