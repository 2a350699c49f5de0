"""A file that is kept in pieces, read from any byte on. Pure: how a piece is fetched is the caller's."""

from __future__ import annotations

from collections.abc import Callable, Iterator

UTF8_MARK = b"\xef\xbb\xbf"
LONGEST_ROW = 2_000_000
"""Bytes; far above what a posting may hold."""
READ_AT_ONCE = 256 * 1024

Fetch = Callable[[int], bytes]
"""The bytes from an offset to the end of their piece; none at the end of the file."""


class Source:
    """A file in a charset."""

    def __init__(self, fetch: Fetch, charset: str, *, at_once: int = READ_AT_ONCE) -> None:
        self._fetch = fetch
        self._at_once = at_once
        self.charset = charset or "utf-8"

    def pieces(self, start: int) -> Iterator[bytes]:
        """The bytes from `start` on, piece by piece; small ones are joined, as each is looked through anew."""
        joined = b""
        while piece := self._fetch(start):
            joined += piece
            start += len(piece)
            if len(joined) >= self._at_once:
                yield joined
                joined = b""
        if joined:
            yield joined

    def lines(self, start: int) -> Iterator[tuple[bytes, int]]:
        """Lines with their end and the byte after it; of one that is too long, only its beginning."""
        line, end = b"", start
        for piece in self.pieces(start):
            for part in _split(piece):
                end += len(part)
                line = (line + part)[:LONGEST_ROW]
                if part.endswith(b"\n"):
                    yield line if line.endswith(b"\n") else line + b"\n", end
                    line = b""
        if line:
            yield line, end

    def text_start(self) -> int:
        """Where the text begins: after the mark that Excel and others put in front of UTF-8."""
        return len(UTF8_MARK) if self.head(len(UTF8_MARK)) == UTF8_MARK else 0

    def head(self, length: int) -> bytes:
        """The first bytes."""
        found = b""
        for piece in self.pieces(0):
            found += piece
            if len(found) >= length:
                break
        return found[:length]

    def decode(self, data: bytes) -> str:
        """Text; bytes that are none in the charset become signs that `rows` recognises and refuses."""
        return data.decode(self.charset, "surrogateescape")


def _split(piece: bytes) -> list[bytes]:
    """At line feeds only: a carriage return may stand in a field, or at the end of one piece before its line feed."""
    parts = [part + b"\n" for part in piece.split(b"\n")]
    parts[-1] = parts[-1][:-1]
    return [part for part in parts if part]
