"""Who may call each RPC and whose rows it shows, for every RPC of the contract.

Every RPC has one builder of a valid request, in `builders/<service>.py`; one without it fails here.
"""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import grpc
import psycopg2
import pytest
from blacklight_servicekit.access import AccessRule
from blacklight_servicekit.caller import CallerKind
from blacklight_testkit import matrix
from blacklight_testkit.matrix import Builder, World
from blacklight_testkit.running import serving, settings_of
from google.protobuf.descriptor import MethodDescriptor
from sqlalchemy.engine import make_url

HERE = Path(__file__).parent
PROTOS = HERE.parents[1] / "protos"
SERVICES = ("auth", "candidate", "matching", "scraper")


def _builders(service: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"builders_{service}", HERE / "builders" / f"{service}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


BUILT = {service: _builders(service) for service in SERVICES}


def _methods(service: str) -> list[MethodDescriptor]:
    files = sorted((PROTOS / "blacklight" / service).rglob("*_service.proto"))
    names = [str(file.relative_to(PROTOS).with_suffix("")).replace("/", ".") + "_pb2" for file in files]
    found = [importlib.import_module(name).DESCRIPTOR.services_by_name.values() for name in names]
    return [method for services in found for service in services for method in service.methods]


EVERY = [(service, method) for service in SERVICES for method in _methods(service)]


def _short(method: MethodDescriptor) -> str:
    return f"{method.containing_service.name}.{method.name}"


def _parametrized(chosen: list[tuple[str, MethodDescriptor]]) -> Any:
    names = [f"{service}-{_short(method)}" for service, method in chosen]
    # The service goes to the fixture of that name, so that each is started once.
    return pytest.mark.parametrize(("service", "method"), chosen, ids=names, indirect=["service"])


def _named(service: str, method: MethodDescriptor) -> bool:
    """Whether users call it about a row that its request names."""
    builder = BUILT[service].BUILDERS.get(_short(method))
    if builder is None or builder.shared or CallerKind.USER not in AccessRule.of(method).callers:
        return False
    asked: set[str] = set()

    class Watched(dict[str, str]):
        def __getitem__(self, name: str) -> str:
            asked.add(name)
            return "00000000-0000-7000-8000-000000000000"

    builder.request(Watched())
    return bool(asked)


PERMITTED = [(s, m) for s, m in EVERY if AccessRule.of(m).permission]
NAMED = [(s, m) for s, m in EVERY if _named(s, m)]
LISTING = [(s, m) for s, m in EVERY if getattr(BUILT[s].BUILDERS.get(_short(m)), "shows", "")]


@contextlib.contextmanager
def _world(service: str, databases: Any, valkey_server: Any, tokens: Any, folder: Path) -> Iterator[World]:
    app = importlib.import_module(f"blacklight_{service}.app").APP
    built = BUILT[service]
    # auth would believe its own tokens only; here all four believe those of the tests.
    trusting = replace(app, build=lambda kit: replace(app.build(kit), key_source=None, session_access=None))
    urls = databases.create(app)
    settings = settings_of(app, urls, tokens, valkey_server.url, own=built.settings(folder))
    with serving(trusting, settings, tokens) as running:
        world = World(app, running, tokens, built.seed)
        built.prepare(world)
        yield world
    databases.drop(urls)


@pytest.fixture(scope="module")
def service(request: Any, databases: Any, valkey_server: Any, tokens: Any, tmp_path_factory: Any) -> Iterator[World]:
    """A service at work, started once for the tests that follow each other on it."""
    folder = tmp_path_factory.mktemp(request.param)
    with _world(request.param, databases, valkey_server, tokens, folder) as world:
        yield world


def _builder(world: World, method: MethodDescriptor) -> Builder:
    builder: Builder = BUILT[world.app.name].BUILDERS[_short(method)]
    return builder


@pytest.mark.parametrize("name", SERVICES)
def test_every_rpc_has_a_builder_and_every_builder_an_rpc(name: str) -> None:
    assert set(BUILT[name].BUILDERS) == {_short(method) for method in _methods(name)}


@_parametrized(EVERY)
def test_admits_only_the_kinds_of_caller_that_the_contract_names(service: World, method: MethodDescriptor) -> None:
    for kind, answer in matrix.kinds_refused(service, method, _builder(service, method)).items():
        unknown = kind is CallerKind.PUBLIC or (kind is CallerKind.HOST and service.app.name != "scraper")
        expected = grpc.StatusCode.UNAUTHENTICATED if unknown else grpc.StatusCode.PERMISSION_DENIED
        assert answer.code is expected, (kind, answer)
        assert answer.messages == ()


@_parametrized(PERMITTED)
def test_refuses_a_user_who_holds_every_permission_but_this(service: World, method: MethodDescriptor) -> None:
    answer = matrix.without_permission(service, method, _builder(service, method))
    assert (answer.code, answer.reason) == (grpc.StatusCode.PERMISSION_DENIED, "PERMISSION_DENIED")
    assert answer.metadata["permission"] == AccessRule.of(method).permission


@_parametrized(EVERY)
def test_admits_a_caller_who_holds_no_more_than_needed(service: World, method: MethodDescriptor) -> None:
    builder = _builder(service, method)
    _, answer = matrix.valid_call(service, method, builder)
    assert answer.code in builder.codes, answer


@_parametrized(NAMED)
def test_answers_for_another_tenants_row_exactly_as_for_none(service: World, method: MethodDescriptor) -> None:
    theirs, none = matrix.across_tenants(service, method, _builder(service, method))
    assert theirs == none


@_parametrized(LISTING)
def test_lists_no_row_of_another_tenant(service: World, method: MethodDescriptor) -> None:
    builder = _builder(service, method)
    other = service.seed(service, service.tenants[1])
    mine, answer = matrix.valid_call(service, method, builder)
    shown = " ".join(map(str, answer.messages))
    assert mine[builder.shows] in shown
    assert other[builder.shows] not in shown


TENANTED = sorted({service for service, _ in NAMED})


@pytest.mark.parametrize("service", TENANTED, indirect=True)
def test_shows_no_row_of_another_tenant_even_to_a_query_without_a_filter(service: World) -> None:
    seen = matrix.rows_seen_unfiltered(service)
    assert set(seen.values()) == {0}, seen


@pytest.mark.parametrize("name", TENANTED)
def test_fails_when_the_role_of_the_service_escapes_row_security(
    name: str, databases: Any, valkey_server: Any, tokens: Any, tmp_path: Path, postgres_server: Any
) -> None:
    """The matrix sees a wall that is missing: with a role that walks through the walls, rows of the other show."""
    parts = make_url(postgres_server.url())
    with closing(psycopg2.connect(host=parts.query["host"], user=parts.username, dbname="postgres")) as admin:
        admin.autocommit = True
        with _world(name, databases, valkey_server, tokens, tmp_path) as world, admin.cursor() as cursor:
            cursor.execute(f"ALTER ROLE {name}_app BYPASSRLS")
            try:
                seen = matrix.rows_seen_unfiltered(world)
                leaking = {_short(method) for method in _methods(name) if _leaks(world, method)}
            finally:
                cursor.execute(f"ALTER ROLE {name}_app NOBYPASSRLS")
    assert {table for table, rows in seen.items() if rows} >= BUILT[name].SEEDED
    assert leaking == BUILT[name].WALLED_BY_DATABASE_ALONE


def _leaks(world: World, method: MethodDescriptor) -> bool:
    if (world.app.name, method) not in NAMED:
        return False
    theirs, none = matrix.across_tenants(world, method, _builder(world, method))
    return theirs != none
