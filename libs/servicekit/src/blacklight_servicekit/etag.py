"""Etags: what guards an update against one in between (AIP-154). Pure."""

from __future__ import annotations

import hashlib

from blacklight_servicekit.errors import Conflict


def etag_of(*parts: object) -> str:
    """An opaque tag of the parts, e.g. id and version; 16 hexadecimal digits."""
    return hashlib.sha256("\x1f".join(map(str, parts)).encode()).hexdigest()[:16]


def check_etag(given: str, current: str) -> None:
    """Raises Conflict (ETAG_MISMATCH) unless `given` is empty or equals `current`."""
    if given and given != current:
        raise Conflict(
            "it has changed since you read it; read it again and repeat the change on what you find",
            reason="ETAG_MISMATCH",
            field="etag",
        )
