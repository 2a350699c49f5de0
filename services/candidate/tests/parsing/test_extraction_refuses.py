"""Files that are no readable résumé are refused with a reason a person can act on."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
from blacklight_candidate.resumes.extraction import FileKind, UnreadableResume, extract, sniff
from hypothesis import given, settings
from hypothesis import strategies as st

DATA = Path(__file__).resolve().parents[1] / "data" / "jsonresume"
PDF = (DATA / "pdf" / "even__johndoe.pdf").read_bytes()
DOCX = (DATA / "docx" / "pandoc_even__johndoe.docx").read_bytes()

WORD_PART = "word/document.xml"
EMPTY_PDF = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF"
)


def pdf_of_pages(count: int) -> bytes:
    kids = b" ".join(b"%d 0 R" % (number + 3) for number in range(count))
    pages = b"".join(
        b"%d 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]>>endobj\n" % (n + 3) for n in range(count)
    )
    head = b"%%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[%b]/Count %d>>endobj\n"
    return head % (kids, count) + pages + b"trailer<</Root 1 0 R>>\n%%EOF"


def zipped(parts: dict[str, bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return target.getvalue()


def reads_or_refuses(data: bytes) -> bool:
    """True when the file is read or refused with a reason; any other exception goes through."""
    try:
        return bool(extract(data).text)
    except UnreadableResume as refused:
        return refused.reason.isupper() and bool(refused.message)


def reason_of(data: bytes) -> str:
    with pytest.raises(UnreadableResume) as refused:
        extract(data)
    assert refused.value.message
    return refused.value.reason


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (PDF, FileKind.PDF),
        (b"\n\n" + PDF, FileKind.PDF),
        (DOCX, FileKind.DOCX),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600, FileKind.DOC),
        (b"{\\rtf1 hello}", FileKind.RTF),
        (zipped({"photo.txt": b"x"}), FileKind.ZIP),
        (b"\x89PNG\r\n\x1a\n" + b"\x00" * 20, FileKind.IMAGE),
        (b"\xff\xd8\xff\xe0abc", FileKind.IMAGE),
        (b"Jane Doe\nresume", FileKind.TEXT),
        (bytes(range(256)) * 4, FileKind.UNKNOWN),
        (b"", FileKind.EMPTY),
        (b" \n\x00", FileKind.EMPTY),
    ],
)
def test_tells_a_file_by_its_content(data: bytes, kind: FileKind) -> None:
    assert sniff(data) is kind


def test_refuses_an_empty_file() -> None:
    assert reason_of(b"") == "EMPTY_FILE"


def test_refuses_other_types_and_says_what_it_found_and_takes() -> None:
    with pytest.raises(UnreadableResume, match=r"\.doc.*PDF or DOCX") as refused:
        extract(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600)
    assert refused.value.reason == "UNSUPPORTED_TYPE"
    assert reason_of(b"only text") == "UNSUPPORTED_TYPE"


def test_refuses_a_pdf_with_a_password() -> None:
    encrypted = (
        b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\n"
        b"4 0 obj<</Filter/Standard/V 1/R 2/Length 40/P -4/O(" + b"A" * 32 + b")/U(" + b"B" * 32 + b")>>endobj\n"
        b"trailer<</Root 1 0 R/Encrypt 4 0 R/ID[<0123456789ABCDEF><0123456789ABCDEF>]>>\n%%EOF"
    )
    assert reason_of(encrypted) == "ENCRYPTED"


def test_refuses_an_office_document_with_a_password() -> None:
    name = "EncryptedPackage".encode("utf-16-le")
    assert reason_of(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600 + name) == "ENCRYPTED"


@pytest.mark.parametrize("data", [b"%PDF-1.7\nnothing", DOCX[: len(DOCX) // 2], zipped({WORD_PART: b"<not xml"})])
def test_refuses_a_damaged_file(data: bytes) -> None:
    assert reason_of(data) == "DAMAGED"


def test_refuses_a_pdf_without_text() -> None:
    assert reason_of(EMPTY_PDF) == "NO_TEXT"


def test_refuses_too_many_pages() -> None:
    assert reason_of(pdf_of_pages(51)) == "TOO_MANY_PAGES"
    assert reason_of(pdf_of_pages(50)) == "NO_TEXT"


def test_refuses_a_document_that_unpacks_to_too_much() -> None:
    assert reason_of(zipped({WORD_PART: b"\x00" * (65 * 1024 * 1024)})) == "TOO_LARGE_UNPACKED"
    assert reason_of(zipped({f"word/{number}": b"" for number in range(2_001)})) == "TOO_LARGE_UNPACKED"


@settings(max_examples=60, deadline=None)
@given(st.integers(0, len(PDF)), st.binary(max_size=40))
def test_survives_any_cut_or_overwritten_pdf(cut: int, noise: bytes) -> None:
    assert reads_or_refuses(PDF[:cut] + noise + PDF[cut + len(noise) * 3 :])


@settings(max_examples=60, deadline=None)
@given(st.integers(0, len(DOCX)), st.binary(max_size=40))
def test_survives_any_cut_or_overwritten_docx(cut: int, noise: bytes) -> None:
    assert reads_or_refuses(DOCX[:cut] + noise + DOCX[cut + len(noise) :])


@settings(max_examples=80, deadline=None)
@given(
    st.binary(max_size=400), st.sampled_from([b"", b"%PDF-1.4\n", b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"])
)
def test_survives_any_bytes(data: bytes, head: bytes) -> None:
    assert reads_or_refuses(head + data)
