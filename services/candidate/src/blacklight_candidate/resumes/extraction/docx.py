"""Text of a DOCX in document order: header, paragraphs, tables, text boxes, footer."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterator
from typing import Any

import docx
from docx.document import Document as DocxDocument
from docx.opc.exceptions import PackageNotFoundError
from docx.oxml.ns import qn
from lxml import etree

from .docx_styles import Styles
from .errors import Unreadable, UnreadableResume
from .fragments import normalised
from .text import DraftLine, ExtractedText, assemble

MAX_UNPACKED_BYTES = 64 * 1024 * 1024
MAX_ENTRIES = 2_000
MAX_DEPTH = 60

_P, _TBL, _TR, _TC, _R = (qn(f"w:{name}") for name in ("p", "tbl", "tr", "tc", "r"))
_T, _TAB, _BR, _CR, _NO_BREAK = (qn(f"w:{name}") for name in ("t", "tab", "br", "cr", "noBreakHyphen"))
_TEXT_BOX, _DELETED, _INSTRUCTION = (qn(f"w:{name}") for name in ("txbxContent", "del", "instrText"))
_PPR, _RPR = qn("w:pPr"), qn("w:rPr")
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"

Element = Any  # lxml ships no types

# What zipfile, lxml and python-docx raise on archives that are cut off, forged or no Word documents: the last
# assumes well-formed parts and answers others with the errors of plain Python.
_MALFORMED = (
    PackageNotFoundError,
    zipfile.BadZipFile,
    zipfile.LargeZipFile,
    zlib.error,
    etree.XMLSyntaxError,
    AttributeError,
    EOFError,
    LookupError,
    NotImplementedError,
    OSError,
    RuntimeError,
    TypeError,
    ValueError,
)


def extract_docx(data: bytes) -> ExtractedText:
    """Text of a DOCX. Raises UnreadableResume."""
    _refuse_bombs(data)
    try:
        document = docx.Document(io.BytesIO(data))
        drafts = list(_squeezed(_drafts(document)))
    except _MALFORMED as error:
        raise _damaged() from error
    if not any(draft.text.strip() for draft in drafts):
        raise UnreadableResume(
            Unreadable.NO_TEXT, "The document holds no text, perhaps only a picture. Upload one with selectable text."
        )
    return assemble(drafts, kind="DOCX", pages=0)


def _damaged() -> UnreadableResume:
    return UnreadableResume(
        Unreadable.DAMAGED, "The Word document is damaged or cut off and cannot be opened. Save it again and upload it."
    )


def _refuse_bombs(data: bytes) -> None:
    """Look at the directory of the archive before anything is unpacked."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError, EOFError) as error:
        raise _damaged() from error
    if any(entry.flag_bits & 1 for entry in entries):
        raise UnreadableResume(Unreadable.ENCRYPTED, "The document is encrypted. Save it without a password.")
    if len(entries) > MAX_ENTRIES or sum(entry.file_size for entry in entries) > MAX_UNPACKED_BYTES:
        limit = MAX_UNPACKED_BYTES // 1024 // 1024
        raise UnreadableResume(
            Unreadable.TOO_LARGE_UNPACKED,
            f"Unpacked, the document is larger than {limit} MB or has more than {MAX_ENTRIES} parts.",
        )


def _drafts(document: DocxDocument) -> Iterator[DraftLine]:
    styles = Styles(document)
    yield from _edges(document, styles, "header")
    yield from _block(document.element.body, styles, MAX_DEPTH)
    yield from _edges(document, styles, "footer")


def _edges(document: DocxDocument, styles: Styles, which: str) -> Iterator[DraftLine]:
    """Headers or footers of all sections, each text once."""
    seen: set[str] = set()
    for section in document.sections:
        for name in (f"first_page_{which}", which):
            part = getattr(section, name)
            if part.is_linked_to_previous:
                continue
            for draft in _block(part._element, styles, MAX_DEPTH):
                if draft.text.strip() and draft.text not in seen:
                    seen.add(draft.text)
                    yield draft


def _block(parent: Element, styles: Styles, depth: int) -> Iterator[DraftLine]:
    if depth <= 0:
        return
    for child in parent.iterchildren():
        if child.tag == _P:
            yield from _paragraph(child, styles, depth)
        elif child.tag == _TBL:
            yield from _table(child, styles, depth)
        elif isinstance(child.tag, str) and child.tag not in (_DELETED, _FALLBACK):
            yield from _block(child, styles, depth - 1)  # content controls and other wrappers


def _table(table: Element, styles: Styles, depth: int) -> Iterator[DraftLine]:
    """A row of short cells is one line with tabs; a cell of several lines is read as a block of its own."""
    yield DraftLine("")
    for row in table.iter(_TR):
        if row.getparent() is not table:
            continue
        cells = [list(_squeezed(_block(cell, styles, depth - 1))) for cell in row.iterchildren(_TC)]
        cells = [[draft for draft in cell if draft.text] for cell in cells]
        cells = [cell for cell in cells if cell]
        if cells and all(len(cell) == 1 for cell in cells):
            first = cells[0][0]
            text = "\t".join(cell[0].text for cell in cells)
            yield DraftLine(text, 0, None, first.size, first.bold, first.heading if len(cells) == 1 else 0)
        else:
            for cell in cells:
                yield from cell
                yield DraftLine("")
    yield DraftLine("")


def _paragraph(paragraph: Element, styles: Styles, depth: int) -> Iterator[DraftLine]:
    look = styles.of(paragraph)
    lines: list[list[str]] = [[]]
    boxes: list[Element] = []
    _collect(paragraph, lines, boxes, depth)
    for box in boxes:
        yield from _block(box, styles, depth - 1)
        yield DraftLine("")
    for index, pieces in enumerate(lines):
        text = _tidy("".join(pieces))
        if text and look.listed and index == 0 and text[0] not in "•●▪■◦○":
            text = f"• {text}"
        yield DraftLine(text, 0, look.indent, look.size, look.bold, look.heading)


def _collect(element: Element, lines: list[list[str]], boxes: list[Element], depth: int) -> None:
    """Text of a paragraph's runs; text boxes are set aside, deleted text and fallbacks are not read."""
    if depth <= 0:
        return
    for child in element.iterchildren():
        tag = child.tag
        if tag == _T:
            lines[-1].append("".join(map(normalised, child.text or "")))
        elif tag == _TAB:
            lines[-1].append("\t")
        elif tag in (_BR, _CR):
            lines.append([])
        elif tag == _NO_BREAK:
            lines[-1].append("-")
        elif tag == _TEXT_BOX:
            boxes.append(child)
        elif isinstance(tag, str) and tag not in (_DELETED, _FALLBACK, _INSTRUCTION, _PPR, _RPR):
            _collect(child, lines, boxes, depth - 1)


def _tidy(text: str) -> str:
    """Runs of tabs are one; spaces round them and at the ends are dropped."""
    cells = [cell.strip(" ") for cell in text.split("\t")]
    return "\t".join(cell for cell in cells if cell)


def _squeezed(drafts: Iterator[DraftLine]) -> Iterator[DraftLine]:
    """At most one blank line in a row, none at the start."""
    blank = True
    for draft in drafts:
        if draft.text:
            blank = False
            yield draft
        elif not blank:
            blank = True
            yield draft
