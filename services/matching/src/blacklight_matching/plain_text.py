"""Plain text out of what boards send: HTML, half-escaped HTML, or text already.

Never executes or fetches anything, never fails on broken markup, and is linear in the input.
"""

from __future__ import annotations

import html
import re
from html.parser import HTMLParser

_BLOCKS = frozenset({
    "address", "article", "aside", "blockquote", "br", "dd", "div", "dl", "dt", "fieldset", "footer",
    "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main", "nav", "ol", "p", "pre",
    "section", "table", "td", "th", "tr", "ul",
})  # fmt: skip
_SILENT = frozenset({"script", "style", "head", "title", "noscript", "template", "svg", "iframe", "object"})
_LOOKS_LIKE_HTML = re.compile(r"<\s{0,3}/?\s{0,3}[a-zA-Z!][^<>]*>")
_ESCAPED_HTML = re.compile(r"&lt;\s{0,3}/?\s{0,3}(?:p|br|div|ul|li|b|strong|span|h[1-6])\b", re.IGNORECASE)
_CONTROLS = re.compile(r"[\x00-\x09\x0b-\x1f]")
_BLANKS = ("  ", " \n", "\n ")
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2028\u2029\u202a-\u202e\u2060\ufeff]")
_MANY_LINES = re.compile(r"\n{3,}")


def plain_text(raw: str) -> str:
    """The text a reader sees, one line a paragraph, list items on lines of their own starting with "- "."""
    text = without_markup(raw)
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if not text.isascii():
        text = _INVISIBLE.sub("", text)
    text = _CONTROLS.sub(" ", text)
    if not text.isascii() or any(blanks in text for blanks in _BLANKS):
        text = "\n".join([" ".join(line.split()) for line in text.split("\n")])
    return (_MANY_LINES.sub("\n\n", text) if "\n\n\n" in text else text).strip()


def without_markup(raw: str) -> str:
    """The text without tags and escapes, its blanks and line feeds as they come."""
    # Most postings hold no markup: what is looked for needs a character that is looked for first.
    if "&" in raw and _ESCAPED_HTML.search(raw):
        raw = html.unescape(raw)
    return _read(raw) if "<" in raw and _LOOKS_LIKE_HTML.search(raw) else html.unescape(raw)


def _read(raw: str) -> str:
    reader = _Reader()
    reader.feed(raw)
    reader.close()
    return "".join(reader.pieces)


class _Reader(HTMLParser):
    """Collects text, a line feed at each block, nothing of scripts and styles."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self._silent: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self._silent is None and tag in _SILENT:
            self._silent = tag
        if tag in _BLOCKS:
            self.pieces.append("\n- " if tag == "li" else "\n")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _BLOCKS:
            self.pieces.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag == self._silent:
            self._silent = None
        if tag in _BLOCKS:
            self.pieces.append("\n")

    def handle_data(self, data: str) -> None:
        if self._silent is None:
            self.pieces.append(data)
