"""Opaque secrets that are shown once and kept as a hash: one-time tokens and refresh tokens. Pure but for chance.

A fast hash is enough: 256 random bits can't be guessed, so there is nothing for a slow one to slow down.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable

NewSecret = Callable[[], str]


def new_secret() -> str:
    """256 random bits as 64 hexadecimal digits: safe in addresses, shells and mails."""
    return secrets.token_hex(32)


def fingerprint(secret: str) -> bytes:
    """SHA-256 of a secret: what is stored and looked up."""
    return hashlib.sha256(secret.encode()).digest()
