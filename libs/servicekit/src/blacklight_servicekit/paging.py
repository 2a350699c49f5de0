"""Keyset paging with opaque tokens that are bound to their query (AIP-158). Pure."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from blacklight_servicekit.errors import Invalid

DEFAULT_SIZE = 50
MAX_SIZE = 200

Row = TypeVar("Row")
Key = str | int | datetime | UUID | None


def _dump(value: Key) -> Any:
    if isinstance(value, datetime):
        return {"t": value.isoformat()}
    return {"u": value.hex} if isinstance(value, UUID) else value


def _load(value: Any) -> Key:
    if not isinstance(value, dict):
        if value is not None and not isinstance(value, str | int):
            raise ValueError("unknown key")
        return value
    return datetime.fromisoformat(value["t"]) if "t" in value else UUID(hex=value["u"])


def _digest(query: Mapping[str, object]) -> str:
    text = json.dumps({name: str(value) for name, value in query.items()}, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class PageRequest:
    """A page asked for: at most `size` rows after the key `after` (None = from the start)."""

    size: int
    after: tuple[Key, ...] | None
    query: str

    @classmethod
    def of(cls, page_size: int, page_token: str, query: Mapping[str, object]) -> PageRequest:
        """Reads a page request. `query` is everything that selects or orders the rows, the tenant included.

        Raises Invalid for a token that is damaged or belongs to another query.
        """
        digest = _digest(query)
        size = min(page_size or DEFAULT_SIZE, MAX_SIZE)
        if not page_token:
            return cls(size, None, digest)
        try:
            padded = page_token + "=" * (-len(page_token) % 4)
            token = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
            bound, keys = token["q"], tuple(_load(key) for key in token["k"])
        except (binascii.Error, ValueError, KeyError, TypeError, RecursionError) as error:
            raise Invalid(
                "page_token is not one that this API gave; leave it empty to begin at the first page",
                reason="PAGE_TOKEN_INVALID",
                field="page_token",
            ) from error
        if bound != digest:
            raise Invalid(
                "page_token belongs to another query; repeat the query it came from, or leave it empty",
                reason="PAGE_TOKEN_MISMATCH",
                field="page_token",
            )
        return cls(size, keys, digest)

    def next_token(self, last_key: tuple[Key, ...]) -> str:
        """The token of the page after the row with this key."""
        text = json.dumps({"q": self.query, "k": [_dump(key) for key in last_key]}, separators=(",", ":"))
        return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")

    def cut(self, rows: Sequence[Row], key: Callable[[Row], tuple[Key, ...]]) -> tuple[Sequence[Row], str]:
        """The page and the next token, from up to `size + 1` rows selected."""
        if len(rows) <= self.size:
            return rows, ""
        page = rows[: self.size]
        return page, self.next_token(key(page[-1]))
