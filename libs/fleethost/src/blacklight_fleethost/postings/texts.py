"""Texts, dates and marks of remote work, as boards write them. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

_INSIDE = ("name", "legalName", "title", "label", "value", "rendered", "text", "url", "@id")
_ISO = re.compile(r"\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}\S*)?")
_LONGEST_DATE = 32
_MILLISECONDS_FROM = 100_000_000_000
_EARLIEST = datetime(1990, 1, 1, tzinfo=UTC).timestamp()
_REMOTE = frozenset({"true", "yes", "1", "remote", "fully remote", "telecommute", "fully_remote"})
_ON_SITE = frozenset({"false", "no", "0", "onsite", "on-site", "on_site", "on site", "in office"})


def text_of(value: Any) -> str:
    """A value as text that UTF-8 can hold (JSON may carry halves of surrogate pairs).

    A list is its parts joined by commas; an object is its name, value or text, whichever it has first.
    """
    if value is None:
        return ""
    if isinstance(value, Mapping):
        return next((found for name in _INSIDE if (found := text_of(value.get(name)))), "")
    if isinstance(value, list | tuple):
        return ", ".join(found for part in value if (found := text_of(part)))
    return str(value).encode("utf-8", "replace").decode()


def date_of(value: Any) -> str:
    """A date or time in ISO 8601, at most 32 characters, with its time of day where it has one (F-17).

    Understands ISO 8601, RFC 822 (feeds), and seconds or milliseconds since 1970; empty for anything else, as a date
    that can't be read is no reason to lose the posting.
    """
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _epoch(float(value))
    text = text_of(value).strip()
    if _ISO.fullmatch(text):
        return text if len(text) <= _LONGEST_DATE and _exists(text) else ""
    try:
        return parsedate_to_datetime(text).isoformat()
    except (ValueError, TypeError, IndexError, OverflowError):
        return ""


def _epoch(number: float) -> str:
    seconds = number / 1000 if number > _MILLISECONDS_FROM else number
    if not _EARLIEST <= seconds <= _MILLISECONDS_FROM:
        return ""
    return datetime.fromtimestamp(int(seconds), UTC).isoformat()


def _exists(text: str) -> bool:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def remote_of(value: Any) -> bool | None:
    """What is said about working from anywhere; None when nothing is said, or neither."""
    if isinstance(value, bool):
        return value
    for part in text_of(value).casefold().split(", "):
        if part.strip() in _REMOTE:
            return True
        if part.strip() in _ON_SITE:
            return False
    return None
