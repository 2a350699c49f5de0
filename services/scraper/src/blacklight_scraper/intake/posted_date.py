"""Whether a board's date of posting can be read (F-17). Pure."""

from __future__ import annotations

import re
from datetime import date, datetime

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_TIME = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}.*")


def is_iso_date(text: str) -> bool:
    """True for an ISO 8601 date or time such as `2026-03-14` or `2026-03-14T09:26:53Z` that exists."""
    try:
        if _DATE.fullmatch(text):
            date.fromisoformat(text)
            return True
        if _TIME.fullmatch(text):
            datetime.fromisoformat(text)
            return True
    except ValueError:
        return False
    return False
