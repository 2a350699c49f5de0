"""What may be uploaded and what is told to who uploads something else. Pure."""

from __future__ import annotations

import unicodedata
from urllib.parse import quote

from blacklight_servicekit.errors import Invalid

from blacklight_candidate.resumes.extraction import FileKind, sniff

MAX_BYTES = 10 * 1024 * 1024
"""Spec 6.18."""

CONTENT_TYPES = {
    FileKind.PDF: "application/pdf",
    FileKind.DOCX: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}
_ACCEPTED = "PDF and DOCX (without a password) are accepted"


class Incoming:
    """The pieces of one upload, refused as soon as they can't become a resume."""

    def __init__(self, candidate_id: str, content_type: str) -> None:
        self._candidate_id = candidate_id
        self._data = bytearray()
        if content_type.strip().lower().startswith("multipart/"):
            raise Invalid(
                "the body is multipart; send the file itself as the body: " + curl_line(candidate_id),
                reason="MULTIPART_BODY",
                field="file",
            )

    def add(self, piece: bytes) -> None:
        """Takes a piece. Raises Invalid (FILE_TOO_LARGE)."""
        if len(self._data) + len(piece) > MAX_BYTES:
            raise Invalid(
                f"the file is larger than {MAX_BYTES // 1024 // 1024} MB; save it smaller, without pictures",
                reason="FILE_TOO_LARGE",
                field="file",
            )
        self._data += piece

    def whole(self) -> bytes:
        """The file. Raises Invalid (EMPTY_FILE)."""
        if not self._data:
            raise Invalid(
                "the body is empty; send the file as the body: " + curl_line(self._candidate_id),
                reason="EMPTY_FILE",
                field="file",
            )
        return bytes(self._data)


def content_type_of(data: bytes) -> str:
    """The media type by content, whatever name and type came with it (P-60). Raises Invalid (UNSUPPORTED_TYPE)."""
    kind = sniff(data)
    if kind not in CONTENT_TYPES:
        raise Invalid(
            f"the file is not a resume by its content but: {kind.value}; {_ACCEPTED}",
            reason="UNSUPPORTED_TYPE",
            field="file",
        )
    return CONTENT_TYPES[kind]


def clean_file_name(name: str) -> str:
    """The last part of a file's name, on one line. Raises Invalid (FILE_NAME_MISSING)."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    clean = "".join(char for char in last if unicodedata.category(char) not in ("Cc", "Cs", "Cf")).strip()
    if clean in ("", ".", ".."):
        raise Invalid(
            "file_name is missing; name the file, e.g. ?file_name=resume.pdf",
            reason="FILE_NAME_MISSING",
            field="file_name",
        )
    return clean


def disposition(file_name: str) -> str:
    """A Content-Disposition that downloads under this name (RFC 6266, RFC 5987)."""
    plain = unicodedata.normalize("NFKD", file_name).encode("ascii", "ignore").decode()
    quoted = "".join(char for char in plain if char.isprintable() and char not in '"\\%').strip() or "resume"
    return f"attachment; filename=\"{quoted}\"; filename*=UTF-8''{quote(file_name, safe='')}"


def curl_line(candidate_id: str) -> str:
    """How a resume is uploaded from a shell."""
    return (
        "curl -X POST --data-binary @resume.pdf -H 'Content-Type: application/pdf' "
        f"-H 'Authorization: Bearer …' '…/v1/candidates/{candidate_id or 'ID'}/resumes?file_name=resume.pdf'"
    )
