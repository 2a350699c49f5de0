"""Text of résumé files: what a file is, its text in reading order, and why it could not be read."""

from __future__ import annotations

from .errors import Unreadable, UnreadableResume
from .extract import extract
from .sniff import FileKind, sniff
from .text import MAX_CHARACTERS, ExtractedText, LayoutLine

__all__ = [
    "MAX_CHARACTERS",
    "ExtractedText",
    "FileKind",
    "LayoutLine",
    "Unreadable",
    "UnreadableResume",
    "extract",
    "sniff",
]
