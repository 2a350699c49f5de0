"""Many rows at once: COPY into a temporary table, then one INSERT … SELECT by the caller.

COPY straight into a table with row security is refused by PostgreSQL; this way the policies hold and a hundred
thousand rows take about a second.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

import psycopg2
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

_PIECE = 512 * 1024
_WHOLE = "WITH (toast_tuple_target = 8160)"
"""What fits on a page stays on it: to keep it elsewhere would be undone a moment later."""
_ESCAPES = (("\\", "\\\\"), ("\t", "\\t"), ("\n", "\\n"), ("\r", "\\r"), ("\x00", ""))
"""The backslash first: the others bring backslashes."""


def _element(value: Any) -> str:
    if value is None:
        return "NULL"
    return '"' + str(value).replace("\\", "\\\\").replace('"', '\\"') + '"'


def _json(value: dict[str, Any]) -> str:
    text = json.dumps(value)
    return json.dumps(_without_nul(value)) if "\\u0000" in text else text


def _without_nul(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("\x00", "")
    if isinstance(value, dict):
        return {_without_nul(key): _without_nul(each) for key, each in value.items()}
    return [_without_nul(each) for each in value] if isinstance(value, list | tuple) else value


def _bytes(value: Any) -> str:
    return "\\\\x" + bytes(value).hex()


def _moment(value: Any) -> str:
    return str(value.isoformat())


def _uuid(value: Any) -> str:
    digits = f"{value.int:032x}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def _text(value: Any) -> str:
    plain = str(value)
    for char, escaped in _ESCAPES:
        if char in plain:
            plain = plain.replace(char, escaped)
    return plain


def _object(value: Any) -> str:
    return _text(_json(value))


def _array(value: Any) -> str:
    return _text("{" + ",".join(map(_element, value)) + "}")


_FORMS: dict[type, Callable[[Any], str]] = {
    type(None): lambda value: "\\N",
    bool: lambda value: "t" if value else "f",
    int: str,
    float: str,
    UUID: _uuid,
    str: _text,
    datetime: _moment,
    date: _moment,
    bytes: _bytes,
    memoryview: _bytes,
    dict: _object,
    list: _array,
    tuple: _array,
    set: _array,
    frozenset: _array,
}
"""Values as COPY reads them, by type; only texts can hold what COPY escapes."""


def _form(kind: type) -> Callable[[Any], str]:
    """The form of a kind of value that is a kind of a known one, such as an enum's."""
    for known in kind.__mro__:
        if known in _FORMS:
            return _text if known in (int, float) else _FORMS[known]
    raise TypeError(f"cannot copy a {kind.__name__}")


def _line(row: Sequence[Any]) -> str:
    return "\t".join([(_FORMS.get(type(value)) or _form(type(value)))(value) for value in row]) + "\n"


def copy_rows(
    session: Session,
    table: str,
    columns: Sequence[tuple[str, str]],
    rows: Iterable[Sequence[Any]],
    *,
    analyze: bool = True,
    lasting: bool = False,
) -> None:
    """Creates the temporary table `table` with `columns` (name, SQL type) and fills it with `rows`.

    The table is dropped at the end of the transaction. Names and types are the caller's own, never input; NUL
    characters are dropped from texts, as PostgreSQL cannot hold them. Without `analyze` the planner guesses how much
    the table holds, which does for one that is only read from end to end. One that is `lasting` stays until the
    connection ends and is emptied when it is next filled: that costs less, and nothing at the commit, while others may
    wait for it. It always has the same columns.
    """
    make_table(session, table, columns, lasting=lasting)
    data = io.BytesIO("".join([_line(row) for row in rows]).encode())
    names = ", ".join(f'"{name}"' for name, _ in columns)
    copy_in(session, f'COPY "{table}" ({names}) FROM STDIN', data)
    if analyze:
        session.execute(text(f'ANALYZE "{table}"'))


def make_table(session: Session, table: str, columns: Sequence[tuple[str, str]], *, lasting: bool = False) -> None:
    """Creates the temporary table of `copy_rows`, empty."""
    definition = ", ".join(f'"{name}" {sqltype}' for name, sqltype in columns)
    create = f'CREATE TEMPORARY TABLE "{table}" ({definition}) {_WHOLE} ON COMMIT DROP'
    keep = f'CREATE TEMPORARY TABLE IF NOT EXISTS "{table}" ({definition}) {_WHOLE}; TRUNCATE "{table}"'
    session.execute(text(keep if lasting else create))


def copy_in(session: Session, copy: str, data: io.BytesIO) -> None:
    """Runs a `COPY … FROM STDIN` with the data given, which is in the form that the statement says."""
    connection = session.connection().connection.driver_connection
    assert connection is not None
    try:
        with connection.cursor() as cursor:
            cursor.copy_expert(copy, data, _PIECE)
    except psycopg2.Error as error:  # as SQLAlchemy would report it
        raise DBAPIError(copy, None, error, hide_parameters=True) from error
