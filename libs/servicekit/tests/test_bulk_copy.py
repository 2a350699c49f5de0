"""Bulk: what is copied arrives unchanged, whatever it holds."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from blacklight_servicekit.bulk import copy_rows
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

NASTY = "\\N \\. \t \n \r \\t \\\\ \" ' {} , NULL \b \f \v \x01 \u2028 \U0001f600 é"
texts = st.text(st.characters(codec="utf-8"), max_size=40)
row = st.tuples(
    st.one_of(st.none(), texts),
    st.one_of(st.none(), st.integers(-(2**63), 2**63 - 1)),
    st.floats(allow_nan=False),
    st.booleans(),
    st.one_of(st.none(), st.binary(max_size=20)),
    st.lists(st.one_of(st.none(), texts), max_size=4),
    st.dictionaries(texts, st.one_of(st.none(), st.integers(), texts), max_size=3),
    st.datetimes(timezones=st.just(UTC)),
    st.dates(),
    st.uuids(),
)
TYPES = ["text", "bigint", "float8", "boolean", "bytea", "text[]", "jsonb", "timestamptz", "date", "uuid"]
COLUMNS = [(f"c{number}", sqltype) for number, sqltype in enumerate(TYPES)]


def _clean(value: Any) -> Any:
    """PostgreSQL cannot hold NUL: it is dropped."""
    if isinstance(value, str):
        return value.replace("\x00", "")
    if isinstance(value, list):
        return [_clean(each) for each in value]
    if isinstance(value, dict):
        return {_clean(key): _clean(each) for key, each in value.items()}
    return bytes(value) if isinstance(value, memoryview) else value


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(rows=st.lists(row, max_size=5))
@example(
    rows=[
        (
            NASTY,
            0,
            0.1,
            True,
            b"\\x\x00\t",
            [NASTY, "", "NULL", None],
            {NASTY: NASTY},
            datetime(1, 1, 1, tzinfo=UTC),
            date(9999, 12, 31),
            UUID(int=0),
        ),
        (
            None,
            None,
            1e308,
            False,
            None,
            [],
            {"a\x00b": "\x00"},
            datetime(9999, 12, 31, tzinfo=UTC),
            date(1, 1, 1),
            UUID(int=1),
        ),
    ]
)
def test_brings_every_value_back_unchanged(library_database: Any, rows: list[tuple[Any, ...]]) -> None:
    numbered = [(number, *values) for number, values in enumerate(rows)]
    with library_database.platform_transaction() as session:
        copy_rows(session, "arrivals", [("n", "int"), *COLUMNS], numbered)
        found = session.execute(text("SELECT * FROM arrivals ORDER BY n")).all()
    assert [[_clean(value) for value in each] for each in found] == [
        [_clean(value) for value in each] for each in numbered
    ]


def test_leaves_nothing_behind_and_can_be_repeated(library_database: Any, tenant: UUID) -> None:
    for _ in range(2):
        with library_database.transaction(tenant) as session:
            copy_rows(session, "arrivals", [("n", "int")], [(1,)])
    with library_database.transaction(tenant) as session:
        assert session.scalar(text("SELECT to_regclass('arrivals')")) is None


def test_a_lasting_table_is_emptied_before_it_is_filled_again(library_database: Any, tenant: UUID) -> None:
    for number in range(3):
        with library_database.transaction(tenant) as session:
            copy_rows(session, "lasting_arrivals", [("n", "int")], [(number,)], lasting=True)
            assert session.scalars(text("SELECT n FROM lasting_arrivals")).all() == [number]


def test_is_held_by_the_walls_of_the_table_it_is_inserted_into(library_database: Any, tenant: UUID) -> None:
    from sqlalchemy.exc import DBAPIError

    def smuggle() -> None:
        with library_database.transaction(tenant) as session:
            copy_rows(session, "arrivals", [("t", "uuid"), ("id", "uuid")], [(uuid4(), uuid4())])
            session.execute(text("INSERT INTO books SELECT id, t, 'smuggled', now() FROM arrivals"))

    with pytest.raises(DBAPIError, match="row-level security"):
        smuggle()


def test_refuses_what_it_does_not_know(library_database: Any, tenant: UUID) -> None:
    with pytest.raises(TypeError, match="cannot copy a object"), library_database.transaction(tenant) as session:
        copy_rows(session, "arrivals", [("n", "text")], [(object(),)])


def test_copies_nested_lists_and_json_lists(library_database: Any, tenant: UUID) -> None:
    with library_database.transaction(tenant) as session:
        copy_rows(session, "arrivals", [("n", "int[]"), ("j", "jsonb")], [([1, None, 3], json.dumps([1, {"a": None}]))])
        assert session.execute(text("SELECT n, j FROM arrivals")).one() == ([1, None, 3], [1, {"a": None}])
