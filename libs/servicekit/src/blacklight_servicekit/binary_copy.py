"""Large values to and from a table without row security, by COPY in PostgreSQL's binary format.

As a parameter of a statement, a value of a megabyte would be written as two megabytes of digits, several times over on
both sides; this way it goes as it is, in pieces.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg2
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

PIECE_BYTES = 64 * 1024
_HEAD = b"PGCOPY\n\xff\r\n\x00" + bytes(8)
_END = b"\xff\xff"
_NULL = struct.pack(">i", -1)
_INT2_OID = 21
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def _int2_array(values: Sequence[int]) -> bytes:
    head = struct.pack(">iiIii", 1, 0, _INT2_OID, len(values), 1) if values else struct.pack(">iiI", 0, 0, _INT2_OID)
    return head + b"".join([struct.pack(">ih", 2, value) for value in values])


_FORMS: Mapping[str, Callable[[Any], bytes]] = {
    "uuid": lambda value: bytes(value.bytes),
    "text": lambda value: str(value).encode(),
    "bytea": bytes,
    "int2": struct.Struct(">h").pack,
    "int4": struct.Struct(">i").pack,
    "int8": struct.Struct(">q").pack,
    "timestamptz": lambda value: struct.pack(">q", (value - _EPOCH) // _MICROSECOND),
    "int2[]": _int2_array,
}


def insert_rows(
    session: Session, table: str, columns: Sequence[tuple[str, str]], rows: Iterable[Sequence[Any]]
) -> None:
    """Inserts rows into `columns` (name, SQL type) of a table. Names are the caller's own, never input.

    Raises DBAPIError, as an INSERT would, and KeyError for a type it does not know.
    """
    forms = [_FORMS[kind] for _, kind in columns]
    names = ", ".join(f'"{name}"' for name, _ in columns)
    copy = f'COPY "{table}" ({names}) FROM STDIN (FORMAT binary)'
    _run(session, copy, lambda cursor: cursor.copy_expert(copy, _Reader(_pieces(forms, rows)), PIECE_BYTES))


def find_value(session: Session, query: str) -> bytes | None:
    """The one `bytea` that the query selects; None when it finds no row. The query holds no input but ids."""
    answer = io.BytesIO()
    copy = f"COPY ({query}) TO STDOUT (FORMAT binary)"
    _run(session, copy, lambda cursor: cursor.copy_expert(copy, answer))
    with answer.getbuffer() as view:
        start = len(_HEAD)
        fields, length = struct.unpack_from(">hi", view, start) if view[start : start + 2] != _END else (0, -1)
        return bytes(view[start + 6 : start + 6 + length]) if fields == 1 and length >= 0 else None


def _run(session: Session, copy: str, run: Callable[[Any], None]) -> None:
    connection = session.connection().connection.driver_connection
    assert connection is not None
    try:
        with connection.cursor() as cursor:
            run(cursor)
    except psycopg2.Error as error:  # as SQLAlchemy would report it
        raise DBAPIError.instance(copy, None, error, psycopg2.Error, hide_parameters=True) from error


def _pieces(forms: Sequence[Callable[[Any], bytes]], rows: Iterable[Sequence[Any]]) -> Iterator[bytes]:
    """The data in pieces of bounded size; a large value is never copied as a whole."""
    yield _HEAD
    small = bytearray()
    for row in rows:
        small += struct.pack(">h", len(forms))
        for form, value in zip(forms, row, strict=True):
            data = None if value is None else form(value)
            small += _NULL if data is None else struct.pack(">i", len(data))
            if data is not None and len(data) < PIECE_BYTES:
                small += data
            if len(small) >= PIECE_BYTES // 2 or (data is not None and len(data) >= PIECE_BYTES):
                yield bytes(small)
                small.clear()
            if data is not None and len(data) >= PIECE_BYTES:
                yield from (data[start : start + PIECE_BYTES] for start in range(0, len(data), PIECE_BYTES))
    yield bytes(small + _END)


class _Reader:
    """What psycopg2 reads from: a piece at a time; the empty one is the end."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces

    def read(self, size: int) -> bytes:
        """The next piece, which is never longer than `PIECE_BYTES`."""
        return next(self._pieces, b"")
