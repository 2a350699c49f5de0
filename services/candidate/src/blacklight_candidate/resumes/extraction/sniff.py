"""What a file is, told by its content and never by its name (P-60)."""

from __future__ import annotations

import io
import zipfile
from enum import StrEnum

_IMAGE_MAGIC = (
    b"\x89PNG\r\n",
    b"\xff\xd8\xff",
    b"GIF87a",
    b"GIF89a",
    b"BM",
    b"II*\x00",
    b"MM\x00*",
)
_OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED_PACKAGE = "EncryptedPackage".encode("utf-16-le")
_PDF_HEADER_WINDOW = 1024


class FileKind(StrEnum):
    """Kinds of file told apart; only PDF and DOCX are accepted."""

    PDF = "PDF"
    DOCX = "DOCX"
    ENCRYPTED_OFFICE = "password-protected Office document"
    DOC = "Word 97-2003 document (.doc)"
    RTF = "rich text (.rtf)"
    ZIP = "ZIP archive"
    IMAGE = "image"
    TEXT = "plain text"
    UNKNOWN = "unknown binary data"
    EMPTY = "empty file"


def sniff(data: bytes) -> FileKind:
    """Tell the kind of a file from its bytes."""
    if not data.strip(b"\x00 \t\r\n"):
        return FileKind.EMPTY
    if b"%PDF-" in data[:_PDF_HEADER_WINDOW]:
        return FileKind.PDF
    if data.startswith(b"PK"):
        return _kind_of_zip(data)
    if data.startswith(_OLE_MAGIC):
        return FileKind.ENCRYPTED_OFFICE if _ENCRYPTED_PACKAGE in data else FileKind.DOC
    if data.startswith(b"{\\rtf"):
        return FileKind.RTF
    if data.startswith(_IMAGE_MAGIC) or (data.startswith(b"RIFF") and data[8:12] == b"WEBP"):
        return FileKind.IMAGE
    return FileKind.TEXT if _is_text(data) else FileKind.UNKNOWN


def _kind_of_zip(data: bytes) -> FileKind:
    """A DOCX is a ZIP with a Word part; a cut-off one still starts with the parts Word writes first."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError, EOFError):
        head = data[:4096]
        looks_like_word = b"[Content_Types].xml" in head or b"word/" in data or b"_rels/.rels" in head
        return FileKind.DOCX if looks_like_word else FileKind.ZIP
    return FileKind.DOCX if any(name.startswith("word/") for name in names) else FileKind.ZIP


def _is_text(data: bytes) -> bool:
    sample = data[:4096]
    if b"\x00" in sample:
        return False
    control = sum(1 for byte in sample if byte < 32 and byte not in b"\t\r\n\x0c\x1b")
    return control <= len(sample) // 100
