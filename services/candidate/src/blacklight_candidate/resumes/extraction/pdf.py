"""Text of a PDF by pdfium, with the geometry that reading order needs."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from ctypes import byref, c_double, c_int, create_string_buffer

import pypdfium2 as pdfium
import pypdfium2.raw as raw

from .errors import Unreadable, UnreadableResume
from .fragments import Glyph, fragments_of, normalised
from .reading_order import Row, reading_order
from .text import MAX_CHARACTERS, DraftLine, ExtractedText, assemble

MAX_PAGES = 50
MAX_GLYPHS_PER_PAGE = 60_000

_PASSWORD = 4
_BOLD_FONT = re.compile(r"bold|black|heavy|semibold|demi", re.IGNORECASE)
_PAGE_NUMBER = re.compile(r"^(?:page\s*)?\d{1,3}(?:\s*(?:/|of)\s*\d{1,3})?$", re.IGNORECASE)


def extract_pdf(data: bytes) -> ExtractedText:
    """Text of a PDF. Raises UnreadableResume."""
    try:
        document = pdfium.PdfDocument(data)
    except pdfium.PdfiumError as error:
        raise _refusal(error) from error
    try:
        return _text_of(document)
    finally:
        document.close()


def _refusal(error: pdfium.PdfiumError) -> UnreadableResume:
    if getattr(error, "err_code", None) == _PASSWORD or "password" in str(error).lower():
        return UnreadableResume(
            Unreadable.ENCRYPTED, "The PDF is protected by a password. Save it without one and upload it again."
        )
    return UnreadableResume(
        Unreadable.DAMAGED, "The PDF is damaged or cut off and cannot be opened. Export it again and upload it."
    )


def _text_of(document: pdfium.PdfDocument) -> ExtractedText:
    count = len(document)
    if count == 0:
        raise UnreadableResume(Unreadable.DAMAGED, "The PDF has no pages.")
    if count > MAX_PAGES:
        raise UnreadableResume(
            Unreadable.TOO_MANY_PAGES, f"The PDF has {count} pages; a résumé may have at most {MAX_PAGES}."
        )
    pages: list[list[Row]] = []
    characters = 0
    for index in range(count):
        rows = _rows_of_page(document, index)
        characters += sum(len(row.text) for row in rows)
        pages.append(rows)
        if characters > MAX_CHARACTERS:
            break
    if not any(row.text.strip() for rows in pages for row in rows):
        raise UnreadableResume(
            Unreadable.NO_TEXT,
            "The PDF holds no text, probably because it is a scan or a picture. Upload one with selectable text.",
        )
    return assemble(_drafts(pages), kind="PDF", pages=count)


def _rows_of_page(document: pdfium.PdfDocument, index: int) -> list[Row]:
    try:
        page = document[index]
        textpage = page.get_textpage()
    except pdfium.PdfiumError as error:
        raise UnreadableResume(Unreadable.DAMAGED, f"Page {index + 1} of the PDF is damaged.") from error
    try:
        return reading_order(fragments_of(_glyphs(textpage, page.get_height())))
    finally:
        textpage.close()
        page.close()


def _glyphs(textpage: pdfium.PdfTextPage, page_height: float) -> Iterator[Glyph]:
    """Printed characters with their boxes. The loose box spans the whole advance and line height of the font."""
    box = raw.FS_RECTF()
    x, y = c_double(), c_double()
    fonts = _Fonts(textpage)
    last: Glyph | None = None
    fresh = True  # the next character begins a word, perhaps in another font
    box_at, x_at, y_at = byref(box), byref(x), byref(y)
    for index in range(min(textpage.count_chars(), MAX_GLYPHS_PER_PAGE)):
        char = normalised(chr(raw.FPDFText_GetUnicode(textpage, index) or 32))
        if char == " " and last is not None and raw.FPDFText_IsGenerated(textpage, index) == 1:
            yield last._replace(char=" ", x0=last.x1)  # pdfium saw a gap here that prints as a space
            fresh = True
            continue
        if not char or not raw.FPDFText_GetLooseCharBox(textpage, index, box_at):
            fresh = True
            continue
        raw.FPDFText_GetCharOrigin(textpage, index, x_at, y_at)
        height = abs(box.top - box.bottom)
        if height <= 0.5:
            continue
        moved = last is None or abs(page_height - y.value - last.y) > 0.5 or abs(height - last.height) > 0.1
        bold = fonts.is_bold(index) if last is None or fresh or moved else last.bold
        fresh = char == " "
        x0, x1 = min(box.left, box.right), max(box.left, box.right)
        last = Glyph(char, x0, x1, page_height - y.value, height, bold)
        yield last


class _Fonts:
    """Whether the font of a character is bold; asked once a word, as it costs two calls."""

    def __init__(self, textpage: pdfium.PdfTextPage) -> None:
        self._textpage = textpage
        self._buffer = create_string_buffer(128)
        self._flags = c_int()

    def is_bold(self, index: int) -> bool:
        if raw.FPDFText_GetFontWeight(self._textpage, index) >= 600:
            return True
        length = raw.FPDFText_GetFontInfo(self._textpage, index, self._buffer, 128, byref(self._flags))
        return bool(length) and _BOLD_FONT.search(self._buffer.value.decode("utf-8", "replace")) is not None


def _drafts(pages: list[list[Row]]) -> Iterator[DraftLine]:
    """Lines of all pages; page numbers and lines repeated on every page are left out after the first."""
    repeated = _repeated(pages)
    seen: set[str] = set()
    for number, rows in enumerate(pages, start=1):
        if number > 1:
            yield DraftLine("", page=number)
        for position, row in enumerate(rows):
            edge = position < 2 or position >= len(rows) - 2
            if edge and _PAGE_NUMBER.match(row.text.strip()):
                continue
            if edge and row.text in repeated:
                if row.text in seen:
                    continue
                seen.add(row.text)
            if row.gap_above and position:
                yield DraftLine("", page=number)
            first = row.fragments[0]
            yield DraftLine(row.text, number, first.x0, round(first.height, 2), first.bold, x_end=row.fragments[-1].x1)


def _repeated(pages: list[list[Row]]) -> set[str]:
    """Texts that stand at the top or bottom of most pages: running headers and footers."""
    if len(pages) < 2:
        return set()
    edges = Counter(text for rows in pages for text in {row.text for row in (*rows[:2], *rows[-2:])})
    return {text for text, count in edges.items() if count >= max(2, (2 * len(pages) + 2) // 3)}
