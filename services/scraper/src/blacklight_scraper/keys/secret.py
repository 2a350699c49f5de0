"""The form of an API key's secret. Pure."""

from __future__ import annotations

import base64
import hashlib
import re

PREFIX = "blk_"
RANDOM_BYTES = 32
SHOWN = 12
_FORM = re.compile(r"blk_[A-Za-z0-9_-]{43}")


def secret_of(random: bytes) -> str:
    """The secret made of 32 random bytes: `blk_` and 43 characters of URL-safe base64."""
    if len(random) != RANDOM_BYTES:
        raise ValueError(f"a secret is made of {RANDOM_BYTES} random bytes")
    return PREFIX + base64.urlsafe_b64encode(random).decode().rstrip("=")


def looks_like_secret(text: str) -> bool:
    """Whether it is worth looking the text up at all."""
    return _FORM.fullmatch(text) is not None


def hash_of(secret: str) -> bytes:
    """SHA-256, what is stored. The secret has 256 random bits, so a slow hash would add nothing."""
    return hashlib.sha256(secret.encode()).digest()


def shown_prefix(secret: str) -> str:
    """The first characters, which tell keys apart in a list."""
    return secret[:SHOWN]
