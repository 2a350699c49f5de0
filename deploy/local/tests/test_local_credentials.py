"""Secrets of a local stack: random, stable, private."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from blacklight_local.credentials import Credentials
from cryptography.exceptions import InvalidSignature
from cryptography.fernet import Fernet
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key


def test_differ_between_folders_and_stay_within_one(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    first = Credentials(tmp_path / "a").password("app")
    assert Credentials(tmp_path / "a").password("app") == first
    assert Credentials(tmp_path / "b").password("app") != first
    assert len(first) >= 32


def test_can_be_read_by_nobody_else(tmp_path: Path) -> None:
    credentials = Credentials(tmp_path)
    credentials.password("app")
    credentials.encryption_key("key")
    credentials.fernet_key("fernet-key")
    credentials.public_keys(["auth", "candidate"])
    credentials.environment("auth", {"BLACKLIGHT_LISTEN": "127.0.0.1:1"})
    modes = {path.name: path.stat().st_mode & 0o777 for path in tmp_path.iterdir()}
    assert len(modes) == 7
    assert set(modes.values()) == {0o600}


def test_makes_a_fernet_key_once(tmp_path: Path) -> None:
    key = Credentials(tmp_path).fernet_key("fernet-key")
    assert Fernet(key).decrypt(Fernet(key).encrypt(b"secret")) == b"secret"
    assert Credentials(tmp_path).fernet_key("fernet-key") == key


def test_public_keys_are_those_of_the_private_ones(tmp_path: Path) -> None:
    credentials = Credentials(tmp_path)
    keys = json.loads(credentials.public_keys(["auth", "candidate"]).read_text())
    private = load_pem_private_key(credentials.service_key("auth").read_bytes(), None)
    assert isinstance(private, Ed25519PrivateKey)
    signature = private.sign(b"message")
    right, other = (load_pem_public_key(keys[name].encode()) for name in ("auth", "candidate"))
    assert isinstance(right, Ed25519PublicKey)
    assert isinstance(other, Ed25519PublicKey)
    right.verify(signature, b"message")
    with pytest.raises(InvalidSignature):
        other.verify(signature, b"message")
