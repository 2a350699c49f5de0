"""Imports on the wire."""

from __future__ import annotations

from dataclasses import asdict

from blacklight.matching.v1 import posting_import_pb2
from blacklight_servicekit.errors import Invalid

from blacklight_matching.imports.view import ImportRowView, ImportView
from blacklight_matching.runs.encoding import encode_run

_CHARSETS = {
    posting_import_pb2.POSTING_FILE_CHARSET_UNSPECIFIED: "utf-8",
    posting_import_pb2.POSTING_FILE_CHARSET_UTF_8: "utf-8",
    posting_import_pb2.POSTING_FILE_CHARSET_LATIN_1: "latin-1",
    posting_import_pb2.POSTING_FILE_CHARSET_WINDOWS_1252: "cp1252",
}
_NAMES = {name: number for number, name in _CHARSETS.items()}


def charset_of(charset: posting_import_pb2.PostingFileCharset.ValueType) -> str:
    """The charset as the standard library calls it."""
    return _CHARSETS[charset]


def check_media_type(media_type: str) -> None:
    """Refuses a form, of which the file would be only a part. Raises Invalid (FORM_NOT_TAKEN)."""
    if media_type.lower().lstrip().startswith("multipart/"):
        raise Invalid(
            "send the bytes of the file as the body, not a form (curl: --data-binary @FILE)",
            reason="FORM_NOT_TAKEN",
            field="file",
        )


def encode_import(found: ImportView) -> posting_import_pb2.PostingImport:
    """An import with its run."""
    file_format = found.file_format or "UNSPECIFIED"
    return posting_import_pb2.PostingImport(
        import_id=str(found.import_id),
        platform=found.platform,
        file_name=found.file_name,
        file_format=posting_import_pb2.PostingFileFormat.Value(f"POSTING_FILE_FORMAT_{file_format}"),
        charset=_NAMES[found.charset],
        update_existing=found.update_existing,
        received_bytes=found.received_bytes,
        run=encode_run(found.run),
        **asdict(found.counts),
    )


def encode_row(row: ImportRowView) -> posting_import_pb2.PostingImportRow:
    """What became of one row."""
    return posting_import_pb2.PostingImportRow(
        row_number=row.row_number,
        outcome=posting_import_pb2.PostingImportOutcome.Value(f"POSTING_IMPORT_OUTCOME_{row.outcome}"),
        posting_id="" if row.posting_id is None else str(row.posting_id),
        reason=row.reason,
        field=row.field,
        message=row.message,
    )
