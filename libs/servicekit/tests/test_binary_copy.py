"""Large values by COPY: what goes in comes out, and what is refused is told as of any statement."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from blacklight_servicekit.binary_copy import PIECE_BYTES, find_value, insert_rows
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import DataError, IntegrityError

COLUMNS = [
    ("n", "int4"),
    ("u", "uuid"),
    ("t", "text"),
    ("b", "bytea"),
    ("s", "int2"),
    ("i", "int8"),
    ("m", "timestamptz"),
    ("a", "int2[]"),
]
SMALL = st.integers(-(2**15), 2**15 - 1)
ROWS = st.lists(
    st.tuples(
        st.none() | st.uuids(),
        st.none() | st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=40),
        st.none() | st.binary(max_size=20) | st.builds(bytes, st.integers(PIECE_BYTES - 2, 3 * PIECE_BYTES)),
        st.none() | SMALL,
        st.none() | st.integers(-(2**63), 2**63 - 1),
        st.none() | st.datetimes(datetime(1, 1, 3), timezones=st.just(UTC)),
        st.none() | st.lists(SMALL, max_size=4),
    ),
    max_size=4,
)
EDGES: tuple[Any, ...] = (UUID(int=0), "", b"", -1, 0, datetime(1999, 12, 31, 23, 59, 59, 999999, UTC), [])


def _create(session: Any) -> None:
    columns = ", ".join(f"{name} {kind}" for name, kind in COLUMNS)
    session.execute(text(f"CREATE TEMPORARY TABLE copied ({columns}, UNIQUE (n)) ON COMMIT DROP"))


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(rows=ROWS)
@example(rows=[EDGES, (None,) * 7])
def test_what_goes_in_comes_out(library_database: Any, rows: list[tuple[Any, ...]]) -> None:
    with library_database.platform_transaction() as session:
        _create(session)
        insert_rows(session, "copied", COLUMNS, [(number, *row) for number, row in enumerate(rows)])
        found = session.execute(text("SELECT u, t, b, s, i, m, a FROM copied ORDER BY n")).all()
        assert [(*row[:2], None if row.b is None else bytes(row.b), *row[3:]) for row in found] == rows
        for number, row in enumerate(rows):
            assert find_value(session, f"SELECT b FROM copied WHERE n = {number}") == row[2]
        assert find_value(session, "SELECT b FROM copied WHERE n = -1") is None


def test_a_row_that_the_table_refuses_is_an_integrity_error_and_says_nothing_of_it(library_database: Any) -> None:
    with library_database.platform_transaction() as session:
        _create(session)
        with pytest.raises(IntegrityError) as refused, session.begin_nested():
            insert_rows(session, "copied", COLUMNS[:3], [(1, uuid4(), "secret"), (1, uuid4(), "secret")])
        assert "secret" not in str(refused.value)


def test_a_text_that_postgresql_cannot_hold_is_a_data_error(library_database: Any) -> None:
    with library_database.platform_transaction() as session:
        _create(session)
        with pytest.raises(DataError), session.begin_nested():
            insert_rows(session, "copied", COLUMNS[:3], [(1, uuid4(), "a\x00b")])
