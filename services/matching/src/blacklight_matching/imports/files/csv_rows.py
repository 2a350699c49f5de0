"""Rows of CSV as spreadsheets write them: any of four separators, quoted line ends, a `sep=` line. Pure."""

from __future__ import annotations

import csv
from collections.abc import Iterator

from blacklight_matching.imports.files.detecting import FileFault
from blacklight_matching.imports.files.raw_row import RawRow, no_row
from blacklight_matching.imports.files.source import LONGEST_ROW, Source

_SEPARATORS = ",;\t|"
csv.field_size_limit(LONGEST_ROW)


class _Lines:
    """Lines as text for the reader of the standard library, which takes no more than it needs; and where it is."""

    def __init__(self, source: Source, start: int) -> None:
        self._source = source
        self._lines = source.lines(start)
        self.end = start
        self.are_out = False

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        self.are_out = True
        line, self.end = next(self._lines)
        self.are_out = False
        return self._source.decode(line.replace(b"\x00", b""))


def csv_rows(source: Source, start: int) -> Iterator[tuple[RawRow, int]]:
    """The records from `start` on, each with the byte after it; the first line names the columns."""
    names, separator, first = _header(source)
    lines = _Lines(source, max(start, first))
    reader = csv.reader(lines, delimiter=separator)
    while True:
        try:
            record = next(reader)
        except StopIteration:
            return
        except csv.Error:
            yield no_row("NOT_CSV", "this row is no CSV"), lines.end
            continue
        if lines.are_out:  # the reader asked for more of this record
            yield no_row("CUT_IN_QUOTES", "a quoted cell of this row has no end; the file may be cut off"), lines.end
        elif any(cell.strip() for cell in record):
            yield _row(names, record), lines.end


def _header(source: Source) -> tuple[list[str], str, int]:
    """Names of the columns, the separator, and where the records begin."""
    lines = _Lines(source, source.text_start())
    told = ""
    for line in lines:
        text = line.strip()
        if text.lower().startswith("sep=") and len(text) == 5 and not told:
            told = text[-1]
        elif text:
            separator = told or max(_SEPARATORS, key=line.count)
            return next(csv.reader([line], delimiter=separator)), separator, lines.end
    raise FileFault("FILE_EMPTY", "the file holds no row")


def _row(names: list[str], record: list[str]) -> RawRow:
    if len(record) > len(names) and any(cell.strip() for cell in record[len(names) :]):
        return no_row("TOO_MANY_CELLS", f"this row has {len(record)} cells and the first line names {len(names)}")
    return RawRow(dict(zip(names, record, strict=False)))
