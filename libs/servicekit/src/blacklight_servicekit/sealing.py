"""Secrets at rest: Fernet (AES-128-CBC with HMAC-SHA256) under keys that only the deployment knows.

The first key encrypts, every key decrypts, so keys are rotated by putting a new one first, sealing everything anew,
and then dropping the old one. The id of its owner is sealed with a secret: what was moved to another row does not
open. Pure but for chance.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, Generic, TypeVar
from uuid import UUID

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

HOW_TO_MAKE = "make one with python -c 'from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())'"


Secret = TypeVar("Secret")


class SecretUnreadable(Exception):
    """No key opens the secret, or it is another owner's."""


def split_keys(text: str) -> tuple[str, ...]:
    """The keys of `BLACKLIGHT_CREDENTIAL_KEYS`, the current one first. Raises ValueError, never quoting them."""
    keys = tuple(part.strip() for part in text.split(",") if part.strip())
    if not keys:
        raise ValueError(f"is not set: Fernet keys separated by commas, the current one first; {HOW_TO_MAKE}")
    try:
        for key in keys:
            Fernet(key)
    except ValueError as error:
        raise ValueError(f"holds something that is no Fernet key; {HOW_TO_MAKE}") from error
    return keys


class Vault(Generic[Secret]):
    """Seals and opens secrets of one kind, a dataclass of plain values."""

    def __init__(self, keys: Sequence[str], kind: type[Secret]) -> None:
        self._kind = kind
        self._current = Fernet(keys[0])
        self._fingerprint_key = hashlib.sha256(b"fingerprint of a secret\0" + keys[0].encode()).digest()
        self._any = MultiFernet([Fernet(key) for key in keys])

    def seal(self, owner_id: UUID, secret: Secret) -> bytes:
        """The secret of this owner, encrypted with the current key."""
        text = json.dumps({"owner_id": str(owner_id), **_fields(secret)}, separators=(",", ":"))
        return self._current.encrypt(text.encode())

    def open(self, owner_id: UUID, sealed: bytes) -> Secret:
        """The secret again. Raises SecretUnreadable."""
        try:
            fields = json.loads(self._any.decrypt(sealed))
        except InvalidToken as error:
            raise SecretUnreadable from error
        if fields.pop("owner_id") != str(owner_id):
            raise SecretUnreadable
        return self._kind(**fields)

    def fingerprint(self, secret: Secret) -> str:
        """Tells secrets apart without saying what they are, nor letting them be guessed from it (HMAC-SHA256)."""
        text = json.dumps(_fields(secret), separators=(",", ":"))
        return hmac.new(self._fingerprint_key, text.encode(), hashlib.sha256).hexdigest()

    def is_current(self, sealed: bytes) -> bool:
        """Whether it was encrypted with the current key."""
        try:
            self._current.decrypt(sealed)
        except InvalidToken:
            return False
        return True


def _fields(secret: Any) -> dict[str, Any]:
    return asdict(secret)
