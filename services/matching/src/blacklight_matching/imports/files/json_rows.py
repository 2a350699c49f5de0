"""Rows of JSON: the elements of one array, or one object a line. A broken one is a row like any other. Pure.

A file that was cut off gives the rows before the cut, and then FileFault (FILE_CUT_OFF).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from blacklight_matching.imports.files.detecting import FileFault
from blacklight_matching.imports.files.raw_row import RawRow, no_row
from blacklight_matching.imports.files.source import LONGEST_ROW, Source

_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*+(?:(?P<closed>")|\\?\Z)|[\[\]{},]', re.DOTALL)
_LONGEST_NUMBER = 18
_BEFORE_THE_CUT = "the rows before are imported, and the whole file can be imported again"


def array_rows(source: Source, start: int) -> Iterator[tuple[RawRow, int]]:
    """The elements from `start` on, each with the byte at which the next one begins."""
    begin = start or source.text_start()
    buffer, at_start = b"", start == 0
    for piece in source.pieces(begin):
        buffer += piece
        if at_start and not buffer.strip():
            continue
        if at_start:
            skipped = len(buffer) - len(buffer.lstrip()) + 1  # white space and the bracket
            buffer, begin, at_start = buffer[skipped:], begin + skipped, False
        while (end := _end_of_element(buffer)) is not None:
            element, last = buffer[:end], buffer[end : end + 1] == b"]"
            buffer, begin = buffer[end + 1 :], begin + end + 1
            if element.strip() or not last:
                yield _parsed(source, element), begin - last  # the bracket is met again: the file has its end
            if last:
                return
        if len(buffer) > LONGEST_ROW:
            raise FileFault(
                "ROW_TOO_LONG", "a row is longer than 2 MB, or a text in it has no end; nothing after it was read"
            )
    if (row := _parsed(source, buffer)).values:
        yield row, begin + len(buffer)
    raise FileFault("FILE_CUT_OFF", f"the file ends before the bracket that closes its array; {_BEFORE_THE_CUT}")


def line_rows(source: Source, start: int) -> Iterator[tuple[RawRow, int]]:
    """The lines from `start` on that hold something, each with the byte after it."""
    for line, end in source.lines(start or source.text_start()):
        if not line.strip():
            continue
        row = _parsed(source, line)
        if row.reason == "NOT_JSON" and not line.endswith(b"\n"):
            raise FileFault("FILE_CUT_OFF", f"the file ends inside a row; {_BEFORE_THE_CUT}")
        yield row, end


def _end_of_element(buffer: bytes) -> int | None:
    """Where the first element ends: at a comma or the array's bracket; None when more of the file is needed."""
    depth = 0
    for token in _TOKEN.finditer(buffer):
        sign = token.group()[:1]
        if sign == b'"':
            if token["closed"] is None:
                return None
        elif sign in b"[{":
            depth += 1
        elif depth == 0 and sign in b",]":
            return token.start()
        elif sign in b"]}":
            depth = max(0, depth - 1)
    return None


def _parsed(source: Source, data: bytes) -> RawRow:
    try:
        value = json.loads(source.decode(data), parse_int=_number)
    except (ValueError, RecursionError):
        return no_row("NOT_JSON", "this row is no JSON")
    if not isinstance(value, dict):
        return no_row("NOT_AN_OBJECT", "this row is no object with names and values")
    return RawRow(value)


def _number(digits: str) -> int | float:
    return int(digits) if len(digits) <= _LONGEST_NUMBER else float(digits)
