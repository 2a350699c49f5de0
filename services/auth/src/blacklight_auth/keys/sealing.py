"""Signing keys at rest: encrypted with AES-256-GCM under a key that only the deployment knows. Pure but for chance.

The key id is authenticated with the ciphertext, so a sealed key moved to another row does not open.
"""

from __future__ import annotations

import base64
import hashlib
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NONCE_BYTES = 12


class SealBroken(RuntimeError):
    """A stored signing key does not open: the key encryption key is another one than it was sealed with."""


def key_id(public: Ed25519PublicKey) -> str:
    """The id of a key: its JWK thumbprint (RFC 7638), 43 URL-safe characters."""
    canonical = f'{{"crv":"Ed25519","kty":"OKP","x":"{public_x(public)}"}}'
    return _base64url(hashlib.sha256(canonical.encode()).digest())


def public_x(public: Ed25519PublicKey) -> str:
    """The public key as `x` of a JWK (RFC 8037)."""
    return _base64url(public.public_bytes_raw())


def seal(encryption_key: bytes, kid: str, private: Ed25519PrivateKey) -> bytes:
    """Nonce and ciphertext of a private key."""
    nonce = os.urandom(NONCE_BYTES)
    return nonce + AESGCM(encryption_key).encrypt(nonce, private.private_bytes_raw(), kid.encode())


def unseal(encryption_key: bytes, kid: str, sealed: bytes) -> Ed25519PrivateKey:
    """The private key again. Raises SealBroken under another encryption key, or when it was tampered with."""
    nonce, ciphertext = sealed[:NONCE_BYTES], sealed[NONCE_BYTES:]
    try:
        raw = AESGCM(encryption_key).decrypt(nonce, ciphertext, kid.encode())
    except InvalidTag as error:
        raise SealBroken(
            f"signing key {kid} does not open with BLACKLIGHT_KEY_ENCRYPTION_KEY; was that value changed?"
        ) from error
    return Ed25519PrivateKey.from_private_bytes(raw)


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
