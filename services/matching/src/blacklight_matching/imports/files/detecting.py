"""What kind of file it is, by its content. Pure."""

from __future__ import annotations

from blacklight_matching.imports.files.source import UTF8_MARK, Source

JSON, JSON_LINES, CSV = "JSON", "JSON_LINES", "CSV"

_NO_TEXT = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"%PDF", b"\x1f\x8b", b"\xff\xfe", b"\xfe\xff")
"""Spreadsheets, documents, archives, UTF-16."""
_LOOKED_AT = 4096


class FileFault(ValueError):
    """A file that can't be read on; `reason` is UPPER_SNAKE."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


def detect_format(source: Source) -> str:
    """JSON (an array), JSON_LINES or CSV. Raises FileFault (FILE_EMPTY, FILE_NOT_TEXT)."""
    head = source.head(_LOOKED_AT)
    if head.startswith(_NO_TEXT) or b"\x00" in head:
        raise FileFault("FILE_NOT_TEXT", "the file is no text; save it as CSV in UTF-8, or as JSON")
    text = head.removeprefix(UTF8_MARK).lstrip()
    if not text:
        raise FileFault("FILE_EMPTY", "the file holds no row")
    return {b"[": JSON, b"{": JSON_LINES}.get(text[:1], CSV)
