"""`request_id`: the same request again has one effect and one answer."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID

import grpc
import pytest
from blacklight_servicekit import request_log
from blacklight_servicekit.caller import Caller, CallerKind
from blacklight_servicekit.clock import utc_now
from blacklight_servicekit.errors import Conflict
from blacklight_testkit.calling import call
from sqlalchemy import text


@pytest.fixture
def books(library_database: Any) -> Any:
    """The rules of the library, on a fresh database."""
    from blacklight_library.books import Books

    return Books(library_database, utc_now)


def _caller(tenant: UUID, name: str = "u") -> Caller:
    return Caller(CallerKind.USER, name, tenant)


def _request(title: str, request_id: str = "same") -> Any:
    from blacklight_library.contract import Book, CreateBookRequest

    return CreateBookRequest(book=Book(title=title), request_id=request_id)


def _count(database: Any, tenant: UUID, table: str = "books") -> int:
    with database.transaction(tenant) as session:
        return int(session.scalar(text(f"SELECT count(*) FROM {table}")) or 0)


def test_has_one_effect_and_one_answer_for_fifty_callers_at_once(
    library: Any, library_database: Any, tokens: Any, tenant: UUID
) -> None:
    from blacklight_library import contract

    user = tokens.user(tenant)
    method = contract.SERVICE.methods_by_name["CreateBook"]
    with ThreadPoolExecutor(50) as pool:
        answers = list(pool.map(lambda _: call(library.channel, method, _request("Emma"), user), range(50)))
    assert {(answer.code, answer.only.title) for answer in answers} == {(grpc.StatusCode.OK, "Emma")}
    assert _count(library.database, tenant) == 1
    with library.database.platform_transaction() as session:
        assert session.scalar(text("SELECT count(*) FROM outbox")) == 1


def test_refuses_another_request_under_the_same_id(books: Any, tenant: UUID) -> None:
    books.create(_caller(tenant), _request("Emma"))
    with pytest.raises(Conflict) as raised:
        books.create(_caller(tenant), _request("Persuasion"))
    assert (raised.value.reason, raised.value.violations[0].field) == ("REQUEST_ID_REUSED", "request_id")


def test_frees_the_id_when_the_transaction_rolls_back(books: Any, library_database: Any, tenant: UUID) -> None:
    class Lost(Exception):
        pass

    def fail() -> Any:
        raise Lost

    from blacklight_library.contract import Book

    def attempt() -> None:
        with library_database.transaction(tenant) as session:
            request_log.once(
                session,
                _caller(tenant),
                request_id="same",
                method="CreateBook",
                request=_request("Emma"),
                answer=Book,
                make=fail,
            )

    for _ in range(2):
        with pytest.raises(Lost):
            attempt()
    assert books.create(_caller(tenant), _request("Emma")).title == "Emma"
    assert books.made == 1


def test_lets_a_waiting_caller_do_it_when_the_first_one_fails(books: Any, library_database: Any, tenant: UUID) -> None:
    from blacklight_library.contract import Book

    with ThreadPoolExecutor(1) as pool:

        def fail() -> Any:
            second = pool.submit(books.create, _caller(tenant), _request("Emma"))
            with library_database.platform_transaction() as session:
                for _ in range(2_000):
                    if session.scalar(text("SELECT count(*) FROM pg_locks WHERE NOT granted")):
                        break
            raise ZeroDivisionError(second)

        with pytest.raises(ZeroDivisionError) as raised, library_database.transaction(tenant) as session:
            request_log.once(
                session,
                _caller(tenant),
                request_id="same",
                method="CreateBook",
                request=_request("Emma"),
                answer=Book,
                make=fail,
            )
        assert raised.value.args[0].result(20).title == "Emma"
    assert books.made == 1


def test_keeps_callers_tenants_and_ids_apart(books: Any, tenant: UUID, other_tenant: UUID) -> None:
    books.create(_caller(tenant), _request("a"))
    books.create(_caller(tenant, "another user"), _request("b"))
    books.create(_caller(other_tenant), _request("a"))
    books.create(_caller(tenant), _request("c", "another id"))
    books.create(_caller(tenant), _request("d", ""))
    books.create(_caller(tenant), _request("e", ""))
    assert books.made == 6


def test_works_for_the_platform_as_well(library_database: Any) -> None:
    from blacklight_library.contract import Book

    made: list[int] = []

    def make() -> Any:
        made.append(1)
        return Book(title="shared")

    for _ in range(3):
        with library_database.platform_transaction() as session:
            answer = request_log.once(
                session,
                Caller(CallerKind.PLATFORM_ADMIN, "admin"),
                request_id="same",
                method="CreateBook",
                request=_request("shared"),
                answer=Book,
                make=make,
            )
            assert answer.title == "shared"
    assert made == [1]


def test_forgets_an_id_after_a_day(books: Any, library_database: Any, tenant: UUID) -> None:
    books.create(_caller(tenant), _request("Emma"))
    with library_database.platform_transaction() as session:
        request_log.forget(session)
    assert _count(library_database, tenant, "request_log") == 1
    with library_database.platform_transaction() as session:
        session.execute(text("UPDATE request_log SET create_time = now() - interval '25 hours'"))
        request_log.forget(session)
    assert _count(library_database, tenant, "request_log") == 0
