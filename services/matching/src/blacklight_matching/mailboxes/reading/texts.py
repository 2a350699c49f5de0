"""The text of a mail as its reader sees it: the right part, tables row by row, quotes marked by "> ". Pure."""

from __future__ import annotations

import re
from email.message import EmailMessage
from html.parser import HTMLParser

MOST_PARTS = 50
MOST_TEXT = 200_000
MOST_DEPTH = 3
_LONGEST_LABEL = 40
_COLUMNS = re.compile(
    r"\b(?:title|role|position|location|place|city|rate|pay|salary|budget|duration|type|client|company|skills?|visa|"
    r"remote|work ?mode|req(?:uirement)?)\b",
    re.IGNORECASE,
)
_SILENT = frozenset({"script", "style", "head", "title", "noscript", "template", "svg", "iframe", "object"})
_BLOCKS = frozenset({
    "address", "article", "br", "center", "dd", "div", "dl", "dt", "footer", "form", "h1", "h2", "h3", "h4", "h5",
    "h6", "header", "hr", "li", "main", "nav", "ol", "p", "pre", "section", "ul",
})  # fmt: skip
_VOID = frozenset({"br", "hr", "img", "input", "link", "meta", "area", "base", "col", "embed", "source", "wbr"})
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0|max-height\s*:\s*0", re.IGNORECASE)
_TOO_SHORT = 40


def mail_text(message: EmailMessage, depth: int = 0) -> str:
    """The text of a message: its HTML where it has some, else its plain text; mails inside it follow, as forwarded."""
    plain, markup, inner = _parts(message)
    read = html_text(markup) if markup else ""
    text = read if len(read) >= _TOO_SHORT or not plain else _plain(plain)
    for attached in inner if depth < MOST_DEPTH else []:
        head = "\n".join(f"{name}: {attached.get(name, '')}" for name in ("From", "Date", "Subject", "To"))
        text += f"\n\n---------- Forwarded message ---------\n{head}\n\n{mail_text(attached, depth + 1)}"
    return text[:MOST_TEXT]


def _parts(message: EmailMessage) -> tuple[str, str, list[EmailMessage]]:
    plain: list[str] = []
    markup: list[str] = []
    inner: list[EmailMessage] = []
    waiting: list[EmailMessage] = [message]
    for _ in range(MOST_PARTS):
        if not waiting:
            break
        part = waiting.pop(0)
        kind = part.get_content_type()
        if kind == "message/rfc822":
            inner += [each for each in part.iter_parts() if isinstance(each, EmailMessage)][:1]
        elif part.is_multipart():
            waiting = [each for each in part.iter_parts() if isinstance(each, EmailMessage)] + waiting
        elif kind in ("text/plain", "text/html") and part.get_content_disposition() != "attachment":
            (plain if kind == "text/plain" else markup).append(_content(part))
    return "\n".join(plain), "\n".join(markup), inner


def _content(part: EmailMessage) -> str:
    """The text of a part, even where its character set is unknown or wrong."""
    raw = part.get_payload(decode=True)
    if not isinstance(raw, bytes):
        return ""
    try:
        text = raw.decode(part.get_content_charset() or "utf-8")
    except (LookupError, UnicodeDecodeError):
        text = raw.decode("utf-8", "replace") if b"\xc3" in raw or b"\xe2" in raw else raw.decode("cp1252", "replace")
    text = text.replace("\r\n", "\n")
    return _reflowed(text) if part.get_param("format") == "flowed" else text


def _reflowed(text: str) -> str:
    """Joins lines that were broken softly (RFC 3676)."""
    return re.sub(r"(?<=\S) \n(?![>\s]|-- )", " ", text)


def _plain(text: str) -> str:
    lines = (" ".join(line.replace("\x00", " ").split()) for line in text.replace("\r", "\n").split("\n"))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def html_text(markup: str) -> str:
    """The text of HTML; rows of tables become lines, and what is quoted begins with "> "."""
    reader = _Reader()
    reader.feed(markup[: 4 * MOST_TEXT])
    reader.close()
    lines = [" ".join(line.split()) for line in reader.text().split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


class _Reader(HTMLParser):
    """Collects text into a stack of tables and rows."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._out: list[list[str]] = [[]]
        self._tables: list[_Table] = []
        self._hidden: list[str] = []

    def text(self) -> str:
        while self._tables:
            self._end_table()
        return "".join(self._out[0])

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self._hidden:
            if tag not in _VOID:
                self._hidden.append(tag)
            return
        if tag in _SILENT or (tag not in _VOID and _HIDDEN.search(dict(attrs).get("style") or "")):
            self._hidden.append(tag)
        elif tag == "table" and len(self._tables) < 20:
            self._tables.append(_Table())
        elif tag == "tr" and self._tables:
            self._tables[-1].begin_row()
        elif tag in ("td", "th") and self._tables:
            self._tables[-1].begin_cell()
        elif tag == "blockquote":
            self._write("\n")
            self._out.append([])
        elif tag in _BLOCKS:
            self._write("\n- " if tag == "li" else "\n")

    def handle_endtag(self, tag: str) -> None:
        if self._hidden:
            if tag in self._hidden:
                while self._hidden.pop() != tag:
                    pass
        elif tag == "table" and self._tables:
            self._end_table()
        elif tag == "blockquote" and len(self._out) > 1:
            inner = "".join(self._out.pop())
            quoted = "\n".join(f"> {' '.join(line.split())}" for line in inner.strip().split("\n"))
            self._write(f"\n{quoted}\n")
        elif tag in _BLOCKS:
            self._write("\n")

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self._write(data.replace("\n", " ").replace("\x00", " "))

    def _write(self, text: str) -> None:
        if self._tables and self._tables[-1].cell is not None and len(self._out) == 1:
            self._tables[-1].cell.append(text)
        else:
            self._out[-1].append(text)

    def _end_table(self) -> None:
        self._write_after(self._tables.pop())

    def _write_after(self, table: _Table) -> None:
        self._write(f"\n{table.text()}\n")


class _Table:
    """Rows of cells."""

    def __init__(self) -> None:
        self.rows: list[list[list[str]]] = []
        self.cell: list[str] | None = None

    def begin_row(self) -> None:
        self.rows.append([])
        self.cell = None

    def begin_cell(self) -> None:
        if not self.rows:
            self.rows.append([])
        self.cell = []
        self.rows[-1].append(self.cell)

    def text(self) -> str:
        """A table with a head row: each row as a paragraph of labels; one of pairs: "label: value"; else its cells."""
        rows = [[_cell(cell) for cell in row] for row in self.rows]
        rows = [row for row in rows if any(row)]
        if _has_head(rows):
            head = rows[0]
            told = ("\n".join(f"{name}: {value}" for name, value in zip(head, row, strict=False)) for row in rows[1:])
            return "\n\n".join(told)
        return "\n".join(map(_row, rows))


def _has_head(rows: list[list[str]]) -> bool:
    if len(rows) < 2 or len(rows[0]) < 2 or any(len(row) != len(rows[0]) for row in rows):
        return False
    named = [cell for cell in rows[0] if _COLUMNS.search(cell)]
    below = [row for row in rows[1:] if _COLUMNS.search(row[0]) and len(row[0]) <= _LONGEST_LABEL and len(row) == 2]
    short = all(cell and len(cell) <= _LONGEST_LABEL and "\n" not in cell for cell in rows[0])
    return short and len(named) >= 2 and len(named) * 2 >= len(rows[0]) and len(below) < len(rows) - 1


def _row(row: list[str]) -> str:
    cells = [cell for cell in row if cell]
    if len(cells) == 2 and len(cells[0]) <= _LONGEST_LABEL and "\n" not in cells[0] and "\n" not in cells[1]:
        return f"{cells[0].rstrip(' :')}: {cells[1].lstrip(': ')}"
    return "\n".join(cells) if any("\n" in cell or len(cell) > 100 for cell in cells) else " | ".join(cells)


def _cell(pieces: list[str]) -> str:
    lines = (" ".join(line.split()) for line in "".join(pieces).split("\n"))
    return "\n".join(line for line in lines if line)
