"""From the bytes of an uploaded file to its text."""

from __future__ import annotations

from .docx import extract_docx
from .errors import Unreadable, UnreadableResume
from .pdf import extract_pdf
from .sniff import FileKind, sniff
from .text import ExtractedText


def extract(data: bytes) -> ExtractedText:
    """Text of a PDF or DOCX in reading order. Raises UnreadableResume, and nothing else, on any input."""
    kind = sniff(data)
    if kind is FileKind.EMPTY:
        raise UnreadableResume(Unreadable.EMPTY_FILE, "The file is empty.")
    if kind is FileKind.PDF:
        return extract_pdf(data)
    if kind is FileKind.DOCX:
        return extract_docx(data)
    if kind is FileKind.ENCRYPTED_OFFICE:
        raise UnreadableResume(
            Unreadable.ENCRYPTED, "The document is protected by a password. Save it without one and upload it again."
        )
    raise UnreadableResume(
        Unreadable.UNSUPPORTED_TYPE, f"The file is not a PDF or DOCX but {_a(kind)}. Upload the résumé as PDF or DOCX."
    )


def _a(kind: FileKind) -> str:
    if kind in (FileKind.TEXT, FileKind.UNKNOWN, FileKind.RTF):
        return kind.value
    return f"an {kind.value}" if kind.value[0] in "aeiou" else f"a {kind.value}"
