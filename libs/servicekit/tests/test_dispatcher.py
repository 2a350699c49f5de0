"""The dispatcher: every shape of RPC, who may call, what is refused before the method, one context a call."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
import pytest
from blacklight_servicekit.running import make_server
from blacklight_testkit.calling import Answer, call, start
from blacklight_testkit.running import opened

CREATE, VIEW = "candidates.create", "candidates.view"


@pytest.fixture
def ask(library: Any) -> Any:
    """`ask("Method", request, metadata)`."""
    from blacklight_library import contract

    def asked(method: str, request: Any, metadata: Any = (), timeout: float = 20) -> Answer:
        return call(library.channel, contract.SERVICE.methods_by_name[method], request, metadata, timeout)

    return asked


@pytest.fixture
def c() -> Any:
    """The contract of the library."""
    from blacklight_library import contract

    return contract


def test_answers_a_unary_call(ask: Any, c: Any, tokens: Any, tenant: Any) -> None:
    assert ask("CreateBook", c.CreateBookRequest(book=c.Book(title="Emma")), tokens.user(tenant)).only.title == "Emma"


def test_answers_a_stream_of_requests(ask: Any, c: Any, tokens: Any, tenant: Any) -> None:
    books = [c.Book(title=title) for title in ("Emma", "Persuasion")]
    assert ask("ShelveBooks", books, tokens.user(tenant)).only.count == 2


def test_answers_with_a_stream_its_headers_and_the_context_of_the_call(
    ask: Any, c: Any, tokens: Any, tenant: Any
) -> None:
    answer = ask("ReadBook", c.ReadBookRequest(title="Emma", pages=3), tokens.user(tenant))
    assert [page.text for page in answer.messages] == ["Emma 0 Emma", "Emma 1 Emma", "Emma 2 Emma"]
    assert answer.initial["content-language"] == "la"


def test_answers_a_stream_with_a_stream(ask: Any, c: Any, tokens: Any) -> None:
    answer = ask("Attend", [c.Page(text="a"), c.Page(text="b")], tokens.host("key-of-a-host"))
    assert [page.text for page in answer.messages] == ["welcome host-1", "A", "B"]


def test_answers_internal_when_a_stream_fails_midway(ask: Any, c: Any, tokens: Any) -> None:
    answer = ask("Attend", [c.Page(text="explode")], tokens.host("key-of-a-host"))
    assert answer.code is grpc.StatusCode.INTERNAL
    assert "inside" not in answer.message


def test_a_unary_method_reads_its_calls_headers_and_asks_for_an_http_status(
    ask: Any, c: Any, tokens: Any, tenant: Any
) -> None:
    asked = c.MisbehaveRequest(how="status", words="x-wanted")
    for wanted in ("202", "204"):
        answer = ask("Misbehave", asked, [*tokens.user(tenant), ("x-wanted", wanted)])
        assert answer.initial["x-http-code"] == wanted
    other = ask("Misbehave", c.MisbehaveRequest(how=""), tokens.user(tenant))
    assert "x-http-code" not in other.initial, "what one call asks for stays with it"


@pytest.mark.parametrize("shape", ["ReadBook", "Attend"])
def test_closes_the_stream_of_a_client_that_has_gone(
    library: Any, c: Any, tokens: Any, tenant: Any, shape: str
) -> None:
    requests = {
        "ReadBook": (c.ReadBookRequest(title="Emma", pages=100_000_000), tokens.user(tenant)),
        "Attend": (_never_ending(c), tokens.host("key-of-a-host")),
    }
    request, metadata = requests[shape]
    ongoing = start(library.channel, c.SERVICE.methods_by_name[shape], request, metadata)
    next(ongoing)
    assert library.servicer.closed_streams == 0
    ongoing.cancel()
    _until(lambda: library.servicer.closed_streams == 1)


def _never_ending(c: Any) -> Iterator[Any]:
    while True:
        yield c.Page(text="more")
        time.sleep(0.01)


def _until(true: Any) -> None:
    for _ in range(1_000):
        if true():
            return
        time.sleep(0.01)
    raise AssertionError("it never came true")


def test_never_shows_a_call_what_another_one_left_in_its_context(ask: Any, c: Any) -> None:
    def once(number: int) -> tuple[str, str]:
        answer = ask("OpeningHours", c.Context(mine=f"call {number}")).only
        return answer.mine, answer.found

    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(once, range(200)))
    assert answers == [(f"call {number}", "") for number in range(200)]


def test_refuses_a_caller_without_a_token(ask: Any, c: Any) -> None:
    answer = ask("ListBooks", c.ListBooksRequest())
    assert (answer.code, answer.reason) == (grpc.StatusCode.UNAUTHENTICATED, "TOKEN_MISSING")


def test_refuses_a_caller_of_another_kind(ask: Any, c: Any, tokens: Any, tenant: Any) -> None:
    from google.protobuf.empty_pb2 import Empty

    for metadata in (tokens.user(tenant), tokens.service("auth", "library", tenant), tokens.host("key-of-a-host")):
        answer = ask("Audit", Empty(), metadata)
        assert (answer.code, answer.reason) == (grpc.StatusCode.PERMISSION_DENIED, "CALLER_KIND")
    assert ask("Audit", Empty(), tokens.platform_admin()).code is grpc.StatusCode.OK


def test_refuses_a_user_without_the_permission_and_names_it(ask: Any, c: Any, tokens: Any, tenant: Any) -> None:
    answer = ask("CreateBook", c.CreateBookRequest(book=c.Book(title="x")), tokens.user(tenant, permissions=[VIEW]))
    assert (answer.code, answer.reason) == (grpc.StatusCode.PERMISSION_DENIED, "PERMISSION_DENIED")
    assert answer.metadata["permission"] == CREATE


def test_asks_a_service_for_no_permission_but_for_a_tenant(ask: Any, c: Any, tokens: Any, tenant: Any) -> None:
    assert ask("ListBooks", c.ListBooksRequest(), tokens.service("auth", "library", tenant)).code is grpc.StatusCode.OK
    answer = ask("ListBooks", c.ListBooksRequest(), tokens.service("auth", "library"))
    assert (answer.code, answer.reason) == (grpc.StatusCode.PERMISSION_DENIED, "NO_TENANT")


def test_refuses_before_it_looks_at_the_message(ask: Any, c: Any, tokens: Any, tenant: Any) -> None:
    answer = ask("CreateBook", c.CreateBookRequest(), tokens.user(tenant, permissions=[]))
    assert answer.code is grpc.StatusCode.PERMISSION_DENIED


@pytest.mark.parametrize(
    ("method", "make", "fields"),
    [
        ("CreateBook", lambda c: c.CreateBookRequest(), ["book"]),
        ("CreateBook", lambda c: c.CreateBookRequest(book=c.Book()), ["book.title"]),
        (
            "CreateBook",
            lambda c: c.CreateBookRequest(book=c.Book(title="x" * 41, authors=[c.Author(name="a"), c.Author()])),
            ["book.authors[1].name", "book.title"],
        ),
        ("ReadBook", lambda c: c.ReadBookRequest(), ["title"]),
        ("ShelveBooks", lambda c: [c.Book(title="fine"), c.Book()], ["title"]),
    ],
)
def test_names_every_field_at_fault(
    library: Any, ask: Any, c: Any, tokens: Any, tenant: Any, method: str, make: Any, fields: list[str]
) -> None:
    answer = ask(method, make(c), tokens.user(tenant))
    assert answer.code is grpc.StatusCode.INVALID_ARGUMENT
    assert sorted(field for field, _ in answer.violations) == fields
    assert library.servicer.callers == []


def test_gives_the_method_the_verified_caller(library: Any, ask: Any, c: Any, tokens: Any, tenant: Any) -> None:
    ask("ListBooks", c.ListBooksRequest(), (*tokens.user(tenant, permissions=[VIEW]), ("x-request-id", "r-1")))
    caller = library.servicer.callers[0]
    assert (caller.kind, caller.tenant, caller.request_id) == ("USER", tenant, "r-1")
    assert caller.permissions == {VIEW}


def test_ends_the_stream_of_a_host_whose_key_was_revoked(serve_app: Any, c: Any, tokens: Any) -> None:
    from blacklight_library.app import ADMITTED_HOSTS, APP

    running = serve_app(APP, recheck_seconds=0.1)
    ADMITTED_HOSTS.add("key-to-revoke")
    over = threading.Event()
    ongoing = start(running.channel, c.SERVICE.methods_by_name["Attend"], _silent(over), tokens.host("key-to-revoke"))
    assert next(ongoing).text == "welcome host-1"
    ADMITTED_HOSTS.remove("key-to-revoke")
    with pytest.raises(grpc.RpcError) as raised:
        next(ongoing)
    over.set()
    assert raised.value.code() is grpc.StatusCode.UNAUTHENTICATED
    _until(lambda: running.parts.servicers[0].closed_streams == 1)


def _silent(over: threading.Event) -> Iterator[Any]:
    over.wait(20)
    yield from ()


def test_lets_a_host_stay_whose_key_still_holds(serve_app: Any, c: Any, tokens: Any) -> None:
    from blacklight_library.app import APP

    running = serve_app(APP, recheck_seconds=0.01)

    def paced() -> Iterator[Any]:
        for number in range(5):
            time.sleep(0.05)
            yield c.Page(text=f"p{number}")

    answer = call(running.channel, c.SERVICE.methods_by_name["Attend"], paced(), tokens.host("key-of-a-host"))
    assert [page.text for page in answer.messages] == ["welcome host-1", "P0", "P1", "P2", "P3", "P4"]


def test_refuses_an_unknown_method(library: Any) -> None:
    with pytest.raises(grpc.RpcError) as raised:
        library.channel.unary_unary("/library.v1.LibraryService/Burn")(b"", timeout=5)
    assert raised.value.code() is grpc.StatusCode.UNIMPLEMENTED


def test_refuses_to_build_an_rpc_that_says_nothing_of_access() -> None:
    from blacklight_servicekit.access import AccessRule
    from grpc_health.v1 import health_pb2

    method = health_pb2.DESCRIPTOR.services_by_name["Health"].methods_by_name["Check"]
    with pytest.raises(ValueError, match="has no access option"):
        AccessRule.of(method)


def test_a_stop_of_grpc_that_never_ends_is_given_up(make_settings: Any, tokens: Any, monkeypatch: Any) -> None:
    from blacklight_library.app import APP

    monkeypatch.setattr("blacklight_servicekit.server.STOP_SECONDS", 0.1)

    class NeverStopping:
        async def stop(self, grace: float) -> None:
            await asyncio.Event().wait()

    with opened(APP, make_settings(APP), tokens) as (kit, parts, loop):

        async def stop() -> None:
            server = make_server(APP, kit, parts)
            monkeypatch.setattr(server, "_server", NeverStopping())
            await server.stop(0.0)

        loop.run(stop(), timeout=20)
