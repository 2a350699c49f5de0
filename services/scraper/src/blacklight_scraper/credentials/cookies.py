"""Cookies of a browser that is signed in, as JSON in the forms that browsers and their tools write. Pure.

Known forms: a list of `{"name", "value", …}`, the same under `"cookies"` (a storage state), and `{name: value}`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from blacklight_servicekit.errors import Invalid

MOST_BYTES = 64 * 1024
SHORTEST_SECRET = 4


def check_cookies(text: str, session_cookie: str, *, field: str) -> None:
    """Raises Invalid unless the text is JSON of at most 64 KiB and holds the platform's session cookie, where one is
    named: cookies without it sign nobody in (F-27). The error quotes nothing of the text.
    """
    if len(text.encode()) > MOST_BYTES:
        raise Invalid(f"cookies may have {MOST_BYTES} bytes", reason="COOKIES_TOO_LARGE", field=field)
    try:
        told = json.loads(text)
    except (ValueError, RecursionError):
        told = None
    if not isinstance(told, list | dict):
        raise Invalid("cookies must be a JSON list or object", reason="COOKIES_NOT_JSON", field=field)
    if session_cookie and not any(name == session_cookie and value for name, value in _pairs(told)):
        raise Invalid(
            f"these cookies lack the session cookie {session_cookie!r}; sign in and export them again",
            reason="SESSION_COOKIE_MISSING",
            field=field,
        )


def cookie_values(text: str) -> list[str]:
    """The values of cookies worth hiding; none when the text is not JSON."""
    try:
        told = json.loads(text)
    except (ValueError, RecursionError):
        return []
    return [value for _, value in _pairs(told) if len(value) >= SHORTEST_SECRET]


def _pairs(told: Any) -> Iterator[tuple[str, str]]:
    if isinstance(told, dict) and isinstance(told.get("cookies"), list):
        told = told["cookies"]
    if isinstance(told, dict):
        yield from ((name, value) for name, value in told.items() if isinstance(value, str))
    elif isinstance(told, list):
        for each in told:
            if isinstance(each, dict) and isinstance(each.get("name"), str) and isinstance(each.get("value"), str):
                yield each["name"], each["value"]
