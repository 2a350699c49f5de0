"""One page of a file: so many rows from where the last page ended. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field

from blacklight_matching.imports.files.csv_rows import csv_rows
from blacklight_matching.imports.files.detecting import CSV, JSON, FileFault
from blacklight_matching.imports.files.json_rows import array_rows, line_rows
from blacklight_matching.imports.files.raw_row import RawRow
from blacklight_matching.imports.files.source import Source

ROWS_A_PAGE = 500
BYTES_A_PAGE = 4_000_000


@dataclass(slots=True)
class FilePage:
    """Rows, the byte at which the next page begins, and whether there is none."""

    end: int
    rows: list[RawRow] = field(default_factory=list)
    is_last: bool = True


def take_page(source: Source, file_format: str, start: int) -> FilePage:
    """The rows from `start`, which is 0 or the end of a page before.

    Raises FileFault where the file can't be read on; the rows before that place are a page of their own.
    """
    read = {JSON: array_rows, CSV: csv_rows}.get(file_format, line_rows)
    page = FilePage(start)
    try:
        for row, end in read(source, start):
            page.rows.append(row)
            page.end = end
            if len(page.rows) == ROWS_A_PAGE or end - start >= BYTES_A_PAGE:
                page.is_last = False
                break
    except FileFault:
        if not page.rows:
            raise
        page.is_last = False
    return page
