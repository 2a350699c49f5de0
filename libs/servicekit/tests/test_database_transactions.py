"""Transactions: whose rows they see, when they roll back, what they send and what they leave behind."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
import structlog
from blacklight_servicekit.ids import new_id
from sqlalchemy import event, insert, select, text, update
from sqlalchemy.exc import DBAPIError

NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def rows() -> Any:
    """The table of books."""
    from blacklight_library.models import BookRow

    return BookRow


def _add(database: Any, rows: Any, tenant: UUID, title: str) -> UUID:
    made = new_id()
    with database.transaction(tenant) as session:
        session.add(rows(id=made, tenant_id=tenant, title=title, create_time=NOW))
    return made


def _titles(database: Any, rows: Any, tenant: UUID) -> list[str]:
    with database.transaction(tenant) as session:
        return sorted(session.scalars(select(rows.title)))


def test_shows_a_tenant_its_own_rows_only(library_database: Any, rows: Any, tenant: UUID, other_tenant: UUID) -> None:
    _add(library_database, rows, tenant, "ours")
    _add(library_database, rows, other_tenant, "theirs")
    assert _titles(library_database, rows, tenant) == ["ours"]
    assert _titles(library_database, rows, other_tenant) == ["theirs"]
    assert _titles(library_database, rows, uuid4()) == []


def test_changes_no_row_of_another_tenant(library_database: Any, rows: Any, tenant: UUID, other_tenant: UUID) -> None:
    theirs = _add(library_database, rows, other_tenant, "theirs")
    with library_database.transaction(tenant) as session:
        assert session.execute(update(rows).where(rows.id == theirs).values(title="x")).rowcount == 0
        assert session.execute(text("DELETE FROM books WHERE id = :id"), {"id": theirs}).rowcount == 0
    with pytest.raises(DBAPIError, match="row-level security"):
        _forge(library_database, rows, tenant, other_tenant)
    assert _titles(library_database, rows, other_tenant) == ["theirs"]


def _forge(database: Any, rows: Any, tenant: UUID, other_tenant: UUID) -> None:
    with database.transaction(tenant) as session:
        session.add(rows(id=new_id(), tenant_id=other_tenant, title="forged", create_time=NOW))


def test_shows_the_platform_every_row_but_lets_it_write_only_where_granted(
    library_database: Any, rows: Any, tenant: UUID, other_tenant: UUID
) -> None:
    _add(library_database, rows, tenant, "ours")
    _add(library_database, rows, other_tenant, "theirs")
    with library_database.platform_transaction() as session:
        assert sorted(session.scalars(select(rows.title))) == ["ours", "theirs"]
    with pytest.raises(DBAPIError, match="permission denied"), library_database.platform_transaction() as session:
        session.execute(text("DELETE FROM books"))
    with pytest.raises(DBAPIError, match="permission denied"), library_database.platform_transaction() as session:
        session.execute(text("SELECT * FROM loans"))
    with pytest.raises(DBAPIError, match="permission denied"), library_database.transaction(tenant) as session:
        session.execute(text("SELECT * FROM outbox"))


def test_rolls_back_when_left_by_an_exception(library_database: Any, rows: Any, tenant: UUID) -> None:
    class Change(Exception):
        pass

    def fail() -> None:
        with library_database.transaction(tenant) as session:
            session.add(rows(id=new_id(), tenant_id=tenant, title="never", create_time=NOW))
            session.flush()
            raise Change

    with pytest.raises(Change):
        fail()
    assert _titles(library_database, rows, tenant) == []


def _sent(database: Any, work: Callable[[Any], None], tenant: UUID) -> list[str]:
    """Every statement that reaches the driver in one transaction."""
    sent: list[str] = []

    def note(cursor: Any, statement: str, parameters: Any, context: Any) -> None:
        sent.append(statement)

    event.listen(database._app, "do_execute", note)
    with database.transaction(tenant) as session:
        work(session)
    event.remove(database._app, "do_execute", note)
    return sent


def test_sends_the_settings_of_a_transaction_with_its_first_statement(
    library_database: Any, rows: Any, tenant: UUID
) -> None:
    def work(session: Any) -> None:
        session.execute(select(rows.title))
        session.execute(select(rows.id))

    _sent(library_database, work, tenant)  # the first connection asks the server who it is
    first, second = _sent(library_database, work, tenant)
    assert first.startswith(f"SET LOCAL app.tenant_id = '{tenant}'; SET LOCAL statement_timeout = 30000; SELECT")
    assert second.startswith("SELECT")


@pytest.mark.parametrize("first", ["insert_many", "update_many", "stream", "savepoint", "orm_add", "orm_add_many"])
def test_is_inside_the_tenant_whatever_the_first_statement_is(
    library_database: Any, rows: Any, tenant: UUID, first: str
) -> None:
    _add(library_database, rows, tenant, "old")
    made = [{"id": new_id(), "tenant_id": tenant, "title": f"book {n}", "create_time": NOW} for n in range(3)]
    with library_database.transaction(tenant) as session:
        if first == "insert_many":
            session.connection().execute(insert(rows.__table__), made)
        if first == "update_many":
            ids = [{"old": "old", "new": "new"}, {"old": "none", "new": "none"}]
            session.connection().execute(text("UPDATE books SET title = :new WHERE title = :old"), ids)
        if first == "stream":
            found = session.execute(select(rows.title).execution_options(yield_per=1))
            assert list(found.scalars()) == ["old"]
        if first == "savepoint":
            with session.begin_nested():
                session.execute(insert(rows), made[:1])
        if first == "orm_add":
            session.add(rows(**made[0]))
        if first == "orm_add_many":
            session.add_all([rows(**values) for values in made])
        session.flush()
        assert session.scalar(text("SELECT current_setting('app.tenant_id')")) == str(tenant)
    expected = {"insert_many": 4, "update_many": 1, "stream": 1, "savepoint": 2, "orm_add": 2, "orm_add_many": 4}
    titles = _titles(library_database, rows, tenant)
    assert len(titles) == expected[first]
    assert ("new" in titles) == (first == "update_many")


@pytest.mark.parametrize("end", ["commit", "rollback", "nothing"])
def test_never_leaves_its_tenant_on_a_pooled_connection(
    service_database: Any, database_urls: Any, rows: Any, tenant: UUID, other_tenant: UUID, end: str
) -> None:
    from blacklight_library.app import APP
    from blacklight_servicekit.database import Database

    urls = database_urls(APP)
    database = Database(urls.app, urls.platform, pool_size=1)
    try:
        _add(database, rows, tenant, "ours")
        with contextlib.suppress(ZeroDivisionError), database.transaction(tenant) as session:
            if end != "nothing":
                session.execute(select(rows.title))
            if end == "rollback":
                raise ZeroDivisionError
        with database._app.connect() as bare:  # the same connection, without the settings of a transaction
            assert bare.execute(text("SELECT coalesce(current_setting('app.tenant_id', true), '')")).scalar() == ""
            assert bare.execute(text("SELECT count(*) FROM books")).scalar() == 0
        assert _titles(database, rows, other_tenant) == []
        assert _titles(database, rows, tenant) == ["ours"]
    finally:
        database.dispose()


def test_runs_in_no_tenant_when_the_platform_works(library_database: Any) -> None:
    with library_database.platform_transaction() as session:
        assert session.scalar(text("SELECT current_setting('app.tenant_id')")) == ""


def test_logs_and_raises_a_rollback_that_fails(library_database: Any) -> None:
    """The server ends the connection behind the pool's back, so that the rollback meets a dead one."""
    with structlog.testing.capture_logs() as logged, pytest.raises(DBAPIError) as caught:
        _break_off(library_database)
    assert isinstance(caught.value.__context__, ValueError), "what led to the rollback is kept"
    assert [entry["event"] for entry in logged] == ["database.rollback_failed"]


def _break_off(database: Any) -> None:
    with database.platform_transaction() as session:
        session.execute(text("SELECT 1"))
        session.connection().connection.driver_connection.close()
        raise ValueError("a rule was broken")
