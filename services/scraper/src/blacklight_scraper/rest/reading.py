"""Bodies read as JSON: bounded, and with a reason whatever is wrong with them. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final, NoReturn, TypeVar
from uuid import UUID, uuid5

from blacklight_servicekit.errors import Invalid, NotFound, Violation
from blacklight_servicekit.ids import new_id
from pydantic import BaseModel, ValidationError

Body = TypeVar("Body", bound=BaseModel)
MOST_BYTES: Final = 1024 * 1024
MOST_JOB_BYTES: Final = 12 * 1024 * 1024
_CLAIMS: Final = UUID("6ba7b810-9dad-11d1-80b4-00c04fd430c8")


class SessionNotFound(NotFound):
    """No session of that id is this key's."""

    def __init__(self) -> None:
        super().__init__("this key has no session of that id; claim a role to open one", reason="SESSION_NOT_FOUND")


def body_of(kind: type[Body], data: bytes, *, most: int = MOST_BYTES) -> Body:
    """The body as its model. Raises Invalid (BODY_TOO_LARGE, INVALID_JSON, INVALID_BODY) naming what is wrong."""
    try:
        return kind.model_validate(_json(data, most))
    except ValidationError as error:
        found = [
            Violation(".".join(map(str, each["loc"])) or "body", each["msg"], each["type"].upper())
            for each in error.errors(include_url=False, include_context=False, include_input=False)
        ]
        said = f"{found[0].field}: {found[0].description}"
        raise Invalid(said, reason="INVALID_BODY", violations=found) from None


def _json(data: bytes, most: int) -> Mapping[str, Any]:
    if len(data) > most:
        raise Invalid(f"the body may have {most} bytes", reason="BODY_TOO_LARGE")
    try:
        given = json.loads(data.decode("utf-8-sig"), parse_constant=_refuse_constant)
    except (ValueError, RecursionError):  # also a number of thousands of digits, and nesting without end
        raise Invalid("the body is no JSON in UTF-8", reason="INVALID_JSON") from None
    if not isinstance(given, dict):
        raise Invalid("the body must be a JSON object", reason="INVALID_JSON")
    return given


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")


def session_id_of(text: str) -> UUID:
    """A session's id as a host got it; anything else names no session (P-21). Raises Invalid and SessionNotFound."""
    if not text:
        raise Invalid("session_id is missing", reason="SESSION_ID_MISSING", field="session_id")
    try:
        return UUID(text)
    except ValueError:
        raise SessionNotFound from None


def claim_id_of(text: str) -> UUID:
    """A claim's id: the host's own, whatever it looks like, or a new one."""
    if not text:
        return new_id()
    try:
        return UUID(text)
    except ValueError:
        return uuid5(_CLAIMS, text)


def platforms_of(text: str) -> frozenset[str]:
    """Platforms written one after another with commas; none = all."""
    return frozenset(name for each in text.split(",") if (name := each.strip().lower()))


def cookies_of(given: Any) -> str:
    """Cookies as their JSON text. Raises Invalid (COOKIES_MISSING)."""
    text = given if isinstance(given, str) else json.dumps(given) if given else ""
    if not text.strip():
        raise Invalid("cookies is missing", reason="COOKIES_MISSING", field="cookies")
    return text.replace("\x00", "")
