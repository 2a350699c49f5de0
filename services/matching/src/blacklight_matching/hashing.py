"""Content hashes: when two readings of a text, or two states of a profile, are the same. Pure."""

from __future__ import annotations

import hashlib
import json


def content_hash(*parts: object) -> bytes:
    """16 bytes over the parts (strings, numbers, None, bytes and lists of them)."""
    text = json.dumps(parts, default=lambda value: value.hex(), ensure_ascii=False, separators=(",", ":"))
    return hashlib.blake2b(text.encode(), digest_size=16).digest()
