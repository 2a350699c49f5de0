"""Many rows at once: COPY into a temporary table, then one INSERT … SELECT by the caller.

COPY straight into a table with row security is refused by PostgreSQL; this way the policies hold and a hundred
thousand rows take about a second.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

import psycopg2
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r", "\x00": ""})


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


def _plain(value: Any) -> str:
    """The value in PostgreSQL's input form, before COPY's own escapes."""
    if isinstance(value, bool):
        return "t" if value else "f"
    if isinstance(value, str | int | float | UUID):
        return str(value)
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, bytes | memoryview):
        return "\\x" + bytes(value).hex()
    if isinstance(value, dict):
        return _json(value)
    if isinstance(value, list | tuple | set | frozenset):
        return "{" + ",".join(map(_element, value)) + "}"
    raise TypeError(f"cannot copy a {type(value).__name__}")


def _line(row: Sequence[Any]) -> str:
    return "\t".join("\\N" if value is None else _plain(value).translate(_ESCAPES) for value in row) + "\n"


def copy_rows(session: Session, table: str, columns: Sequence[tuple[str, str]], rows: Iterable[Sequence[Any]]) -> None:
    """Creates the temporary table `table` with `columns` (name, SQL type) and fills it with `rows`.

    The table is dropped at the end of the transaction. Names and types are the caller's own, never input; NUL
    characters are dropped from texts, as PostgreSQL cannot hold them.
    """
    definition = ", ".join(f'"{name}" {sqltype}' for name, sqltype in columns)
    session.execute(text(f'CREATE TEMPORARY TABLE "{table}" ({definition}) ON COMMIT DROP'))
    data = io.StringIO()
    data.writelines(_line(row) for row in rows)
    data.seek(0)
    names = ", ".join(f'"{name}"' for name, _ in columns)
    connection = session.connection().connection.driver_connection
    assert connection is not None
    copy = f'COPY "{table}" ({names}) FROM STDIN'
    try:
        with connection.cursor() as cursor:
            cursor.copy_expert(copy, data)
    except psycopg2.Error as error:  # as SQLAlchemy would report it
        raise DBAPIError(copy, None, error, hide_parameters=True) from error
    session.execute(text(f'ANALYZE "{table}"'))
