"""How a paragraph of a DOCX is set: size, bold, heading, list, after its style and its runs."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from docx.document import Document as DocxDocument
from docx.oxml.ns import qn

_W_VAL = qn("w:val")
_MAX_STYLE_CHAIN = 20

Element = Any  # lxml ships no types


@dataclass(frozen=True, slots=True)
class Look:
    """Size in points and left indent in points (None where nothing says), and the marks of a paragraph."""

    size: float | None
    bold: bool
    heading: int
    listed: bool
    indent: float | None


@dataclass(frozen=True, slots=True)
class _Style:
    size: float | None
    bold: bool | None
    heading: int
    listed: bool


class Styles:
    """Paragraph styles of one document, resolved along their chain once each."""

    def __init__(self, document: DocxDocument) -> None:
        root = document.styles.element
        self._elements: dict[str, Element] = {
            style.get(qn("w:styleId")) or "": style for style in root.iterchildren(qn("w:style"))
        }
        self._default = next((k for k, s in self._elements.items() if s.get(qn("w:default")) == "1"), "")
        self._resolved: dict[str, _Style] = {}

    def of(self, paragraph: Element) -> Look:
        """The look of a paragraph; it is bold when all its text is."""
        properties = paragraph.find(qn("w:pPr"))
        named = properties.find(qn("w:pStyle")) if properties is not None else None
        style = self._resolve(named.get(_W_VAL, "") if named is not None else self._default)
        numbered = properties is not None and properties.find(qn("w:numPr")) is not None
        sizes, bolds = self._runs(paragraph, style)
        return Look(
            size=max(sizes) if sizes else style.size,
            bold=bool(bolds) and all(bolds),
            heading=style.heading,
            listed=(numbered or style.listed) and not style.heading,
            indent=_indent(properties),
        )

    def _runs(self, paragraph: Element, style: _Style) -> tuple[list[float], list[bool]]:
        sizes: list[float] = []
        bolds: list[bool] = []
        for run in paragraph.iter(qn("w:r")):
            if not any((text.text or "").strip() for text in run.iterchildren(qn("w:t"))):
                continue
            properties = run.find(qn("w:rPr"))
            size = _size(properties)
            bold = _flag(properties, "w:b")
            if size is not None:
                sizes.append(size)
            bolds.append(bool(style.bold) if bold is None else bold)
        return sizes, bolds

    def _resolve(self, style_id: str) -> _Style:
        if style_id not in self._resolved:
            self._resolved[style_id] = self._along_chain(style_id)
        return self._resolved[style_id]

    def _along_chain(self, style_id: str) -> _Style:
        size: float | None = None
        bold: bool | None = None
        heading, listed = 0, False
        seen: set[str] = set()
        while style_id in self._elements and style_id not in seen and len(seen) < _MAX_STYLE_CHAIN:
            seen.add(style_id)
            element = self._elements[style_id]
            name = element.find(qn("w:name"))
            label = ((name.get(_W_VAL) if name is not None else "") or style_id).lower()
            heading = heading or _level(label)
            listed = listed or label.startswith("list")
            properties = element.find(qn("w:rPr"))
            size = _size(properties) if size is None else size
            bold = _flag(properties, "w:b") if bold is None else bold
            parent = element.find(qn("w:basedOn"))
            style_id = (parent.get(_W_VAL) if parent is not None else "") or ""
        return _Style(size, bold, heading, listed)


def _level(label: str) -> int:
    """1 for 'heading 1' and titles, 2 for 'heading 2' …, 0 for names of other styles."""
    named = re.match(r"heading\s*(\d)", label)
    return int(named.group(1)) or 1 if named else 1 if label.startswith(("title", "subtitle", "heading")) else 0


def _size(properties: Element | None) -> float | None:
    """Half points in the file, points here; None when it is not a number."""
    found = properties.find(qn("w:sz")) if properties is not None else None
    value = (found.get(_W_VAL) or "") if found is not None else ""
    return int(value) / 2 if value.isdecimal() and len(value) < 6 else None


def _flag(properties: Element | None, name: str) -> bool | None:
    found = properties.find(qn(name)) if properties is not None else None
    return None if found is None else found.get(_W_VAL) not in ("0", "false", "off")


def _indent(properties: Element | None) -> float | None:
    """Twentieths of a point in the file, points here."""
    found = properties.find(qn("w:ind")) if properties is not None else None
    value = (found.get(qn("w:left")) or found.get(qn("w:start")) or "") if found is not None else ""
    return int(value) / 20 if value.isdecimal() and len(value) < 8 else None
