"""Secrets of a local stack: made at random on the first start, kept in files of mode 0600, never built in."""

from __future__ import annotations

import base64
import json
import os
import secrets
from collections.abc import Callable, Sequence
from pathlib import Path

from cryptography.fernet import Fernet
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)


class Credentials:
    """Secrets in `folder`; each is made when first asked for and the same ever after."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def password(self, name: str) -> str:
        """A password of 32 URL-safe bytes."""
        return self._text(name, lambda: secrets.token_urlsafe(32))

    def encryption_key(self, name: str) -> str:
        """32 random bytes in base64."""
        return self._text(name, lambda: base64.b64encode(secrets.token_bytes(32)).decode())

    def fernet_key(self, name: str) -> str:
        """A key of `cryptography.fernet`."""
        return self._text(name, lambda: Fernet.generate_key().decode())

    def service_key(self, service: str) -> Path:
        """The file of a service's private Ed25519 key (PEM, PKCS 8)."""
        self._text(f"{service}.key.pem", _new_private_key)
        return self._folder / f"{service}.key.pem"

    def public_keys(self, services: Sequence[str]) -> Path:
        """The file by which services know each other: a JSON object of public keys (PEM) by service."""
        keys = {service: _public_key(self.service_key(service).read_bytes()) for service in services}
        path = self._folder / "service-keys.json"
        _write_private(path, json.dumps(keys, indent=1, sort_keys=True))
        return path

    def environment(self, service: str, variables: dict[str, str]) -> Path:
        """Write a service's settings as a shell file, to run it by hand."""
        path = self._folder / f"{service}.env"
        _write_private(path, "".join(f"export {name}='{value}'\n" for name, value in sorted(variables.items())))
        return path

    def _text(self, name: str, make: Callable[[], str]) -> str:
        path = self._folder / name
        if not path.exists():
            _write_private(path, make())
        return path.read_text()


def _write_private(path: Path, text: str) -> None:
    """Whole or not at all, and never readable by others, not even for a moment."""
    scratch = path.with_name(f"{path.name}.new")
    scratch.unlink(missing_ok=True)
    with os.fdopen(os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    scratch.rename(path)


def _new_private_key() -> str:
    key = Ed25519PrivateKey.generate()
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def _public_key(private: bytes) -> str:
    key = load_pem_private_key(private, None).public_key()
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
