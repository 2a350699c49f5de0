"""What a client hears when a call fails, and what the log does not."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import grpc
import psycopg2
import pytest
from blacklight_servicekit import errors
from blacklight_servicekit.clients import AuthClient
from blacklight_servicekit.identity import CachedAuth
from blacklight_testkit.calling import Answer, call
from sqlalchemy.engine import make_url
from structlog.testing import capture_logs

CANARY = "canary-Ludmila-Okonkwo"


@pytest.fixture
def misbehave(library: Any, tokens: Any, tenant: Any) -> Any:
    """`misbehave(how, **fields)`: the answer of a call that goes wrong in that way."""
    from blacklight_library import contract

    def ask(how: str, *, timeout: float = 20, **fields: Any) -> Answer:
        method = contract.SERVICE.methods_by_name["Misbehave"]
        request = contract.MisbehaveRequest(how=how, **fields)
        return call(library.channel, method, request, (*tokens.user(tenant), ("x-request-id", "r-7")), timeout)

    return ask


@pytest.mark.parametrize("kind", errors.ServiceError.__subclasses__(), ids=lambda kind: kind.__name__)
def test_answers_each_error_with_its_status_reason_and_field(misbehave: Any, kind: type[errors.ServiceError]) -> None:
    answer = misbehave(kind.__name__)
    assert answer.code is getattr(grpc.StatusCode, kind.code)
    assert answer.message == "words for people"
    assert (answer.reason, answer.metadata) == ("A_REASON", {"shelf": "7", "request_id": "r-7"})
    assert answer.violations == (("how", "A_REASON"),)


def test_covers_every_error_that_interface_promises() -> None:
    promised = {
        "NotFound": "NOT_FOUND",
        "AlreadyExists": "ALREADY_EXISTS",
        "Conflict": "ABORTED",
        "FailedPrecondition": "FAILED_PRECONDITION",
        "Denied": "PERMISSION_DENIED",
        "Unauthenticated": "UNAUTHENTICATED",
        "Invalid": "INVALID_ARGUMENT",
        "Exhausted": "RESOURCE_EXHAUSTED",
        "Unavailable": "UNAVAILABLE",
    }
    assert {kind.__name__: kind.code for kind in errors.ServiceError.__subclasses__()} == promised


@pytest.mark.parametrize("how", ["unexpected", "chained", "foreign_key"])
def test_answers_internal_without_the_text_of_an_unexpected_exception(misbehave: Any, how: str) -> None:
    with capture_logs() as logged:
        answer = misbehave(how, words=CANARY)
    assert answer.code is grpc.StatusCode.INTERNAL
    assert answer.message == "something went wrong on our side; request id r-7"
    assert "rpc.unexpected" in {entry["event"] for entry in logged}
    assert CANARY not in repr(logged)


def test_refuses_a_nul_character_that_no_text_column_can_hold(misbehave: Any) -> None:
    answer = misbehave("foreign_key", words="a\x00b")
    assert (answer.code, answer.reason) == (grpc.StatusCode.INVALID_ARGUMENT, "NUL_CHARACTER")


def test_ends_a_statement_when_the_time_of_the_call_is_up(library: Any, misbehave: Any) -> None:
    with capture_logs() as logged:
        answer = misbehave("sleep", seconds=30, timeout=0.4)
        assert answer.code is grpc.StatusCode.DEADLINE_EXCEEDED
        # The pool is free again: the statement has ended, not only the call.
        assert [misbehave("sleep", seconds=0).code for _ in range(library.database.pool_size + 1)] == [
            grpc.StatusCode.OK
        ] * (library.database.pool_size + 1)
    assert "rpc.unexpected" not in {entry["event"] for entry in logged}


def test_answers_deadline_exceeded_for_a_statement_that_ran_out_of_time(
    library: Any, tokens: Any, tenant: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from blacklight_library import contract
    from blacklight_servicekit import deadline

    monkeypatch.setattr(deadline, "DEFAULT_SECONDS", 0.2)
    method = contract.SERVICE.methods_by_name["Misbehave"]
    request = contract.MisbehaveRequest(how="sleep", seconds=30)
    answer = call(library.channel, method, request, tokens.user(tenant), timeout=20)
    assert answer.code is grpc.StatusCode.DEADLINE_EXCEEDED
    assert answer.message == "the time for this call was up"


def test_gives_the_statements_of_a_call_the_time_its_client_left(misbehave: Any) -> None:
    limit = misbehave("sleep", seconds=0, timeout=5).only.statement_timeout_ms
    assert 3_000 < limit <= 5_000
    assert misbehave("sleep", seconds=0, timeout=300).only.statement_timeout_ms == 30_000


def test_answers_unavailable_while_the_database_is_away_and_well_when_it_is_back(
    library: Any, misbehave: Any, postgres_server: Any
) -> None:
    assert misbehave("sleep").code is grpc.StatusCode.OK
    url = make_url(library.kit.settings.app_database_url.get_secret_value())
    admin = make_url(postgres_server.url())
    connection = psycopg2.connect(host=admin.query["host"], user=admin.username, dbname="postgres")
    connection.autocommit = True
    try:
        with connection.cursor() as cursor:
            cursor.execute(f'ALTER DATABASE "{url.database}" ALLOW_CONNECTIONS false')
            cursor.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (url.database,))
            away = misbehave("sleep")
            cursor.execute(f'ALTER DATABASE "{url.database}" ALLOW_CONNECTIONS true')
    finally:
        connection.close()
    assert (away.code, away.reason) == (grpc.StatusCode.UNAVAILABLE, "DATABASE_UNAVAILABLE")
    assert misbehave("sleep").code is grpc.StatusCode.OK


def test_answers_unavailable_while_the_database_breaks_off_mid_call(
    library: Any, misbehave: Any, postgres_server: Any
) -> None:
    from concurrent.futures import ThreadPoolExecutor

    admin = make_url(postgres_server.url())
    name = make_url(library.kit.settings.app_database_url.get_secret_value()).database
    connection = psycopg2.connect(host=admin.query["host"], user=admin.username, dbname="postgres")
    connection.autocommit = True
    sleeping = "SELECT pid FROM pg_stat_activity WHERE datname = %s AND query LIKE '%%pg_sleep%%' AND state = 'active'"
    try:
        with ThreadPoolExecutor(1) as pool, connection.cursor() as cursor:
            asked = pool.submit(misbehave, "sleep", seconds=20)
            while not cursor.rowcount or cursor.rowcount < 1:
                cursor.execute(sleeping, (name,))
            cursor.execute(f"SELECT pg_terminate_backend(pid) FROM ({sleeping}) AS found", (name,))
            answer = asked.result()
    finally:
        connection.close()
    assert (answer.code, answer.reason) == (grpc.StatusCode.UNAVAILABLE, "DATABASE_UNAVAILABLE")


def test_answers_unavailable_while_auth_does_not_answer(serve_app: Any, tokens: Any, tenant: Any) -> None:
    from blacklight_library import contract
    from blacklight_library.app import APP, build

    def asking_auth(kit: Any) -> Any:
        auth = CachedAuth(kit.cache, AuthClient(kit.clients))
        return replace(build(kit), key_source=auth.keys, session_access=auth.access)

    running = serve_app(replace(APP, build=asking_auth))
    method = contract.SERVICE.methods_by_name["ListBooks"]
    answer = call(running.channel, method, contract.ListBooksRequest(), tokens.user(tenant))
    assert (answer.code, answer.reason) == (grpc.StatusCode.UNAVAILABLE, "DEPENDENCY_UNAVAILABLE")


def test_keeps_texts_of_exceptions_out_of_the_log_whoever_logs_them(tmp_path: Any) -> None:
    import subprocess
    import sys

    program = f"""
import logging
from blacklight_servicekit import logs
logs.configure("library", "serve", "info")
try:
    try:
        raise KeyError("{CANARY}")
    except KeyError as error:
        raise RuntimeError("{CANARY}") from error
except RuntimeError:
    logging.getLogger("somebody.else").exception("it failed")
    logs.get("ours").exception("ours.failed")
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    theirs, ours = map(json.loads, done.stderr.splitlines())
    assert (theirs["event"], ours["event"]) == ("it failed", "ours.failed")
    assert "RuntimeError" in theirs["exception"]
    assert "RuntimeError" in ours["exception"]
    assert CANARY not in done.stderr.replace(f'RuntimeError("{CANARY}")', "")
