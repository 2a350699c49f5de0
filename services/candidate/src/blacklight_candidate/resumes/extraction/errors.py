"""Why a file could not be read as a résumé."""

from __future__ import annotations

from enum import StrEnum


class Unreadable(StrEnum):
    """Reasons a file yields no text; the value is what callers and clients see."""

    EMPTY_FILE = "EMPTY_FILE"
    UNSUPPORTED_TYPE = "UNSUPPORTED_TYPE"
    ENCRYPTED = "ENCRYPTED"
    DAMAGED = "DAMAGED"
    NO_TEXT = "NO_TEXT"
    TOO_MANY_PAGES = "TOO_MANY_PAGES"
    TOO_LARGE_UNPACKED = "TOO_LARGE_UNPACKED"


class UnreadableResume(Exception):
    """The file cannot be turned into text. `reason` is stable, `message` is for the person who uploaded it."""

    def __init__(self, reason: Unreadable, message: str) -> None:
        super().__init__(f"{reason.value}: {message}")
        self.reason: str = reason.value
        self.message = message

    def __reduce__(self) -> tuple[type[UnreadableResume], tuple[Unreadable, str]]:
        return (UnreadableResume, (Unreadable(self.reason), self.message))
