"""Tokens for tests, signed with keys that the service under test is told to trust."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from uuid import UUID

import jwt
from blacklight.options.v1 import options_pb2
from blacklight_servicekit.clock import utc_now
from blacklight_servicekit.identity import AUDIENCE, ISSUER, ServiceTokens, SessionAccess
from blacklight_servicekit.ids import new_id
from blacklight_servicekit.settings import SERVICES
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

Metadata = tuple[tuple[str, str], ...]
KID = "test"


def all_permissions() -> frozenset[str]:
    """Every permission of the contract."""
    values = options_pb2.Permission.DESCRIPTOR.values
    names = (value.GetOptions().Extensions[options_pb2.grant].name for value in values)
    return frozenset(name for name in names if name)


class Tokens:
    """Builds call metadata: `user`, `platform_admin`, `service`, `host`."""

    def __init__(self, folder: Path) -> None:
        self._key = Ed25519PrivateKey.generate()
        self._services: dict[str, Ed25519PrivateKey] = {}
        self._access: dict[str, SessionAccess] = {}
        self.service_keys_file = folder / "service-keys.json"
        self._folder = folder
        for name in SERVICES:
            self.service_key_file(name)

    def service_key_file(self, service: str) -> Path:
        """Where a service's own key is; one not met before gets a key, known to those that start afterwards."""
        file = self._folder / f"{service}.pem"
        if service not in self._services:
            key = self._services[service] = Ed25519PrivateKey.generate()
            file.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
            public = {
                name: known.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
                for name, known in self._services.items()
            }
            self.service_keys_file.write_text(json.dumps(public))
        return file

    async def keys(self) -> Mapping[str, Ed25519PublicKey]:
        """The key source of the service under test."""
        return {KID: self._key.public_key()}

    async def access(self, session_id: str) -> SessionAccess:
        """The session access of the service under test."""
        return self._access.get(session_id, SessionAccess(False, frozenset()))

    def user(
        self,
        tenant_id: UUID,
        *,
        permissions: Iterable[str] | None = None,
        user_id: UUID | None = None,
        expires_in: float = 600,
    ) -> Metadata:
        """A portal user; by default with every permission."""
        held = all_permissions() if permissions is None else frozenset(permissions)
        claims = {"kind": "user", "tenant_id": str(tenant_id)}
        return self._person(claims, held, user_id or new_id(), expires_in)

    def platform_admin(self, *, expires_in: float = 600) -> Metadata:
        """An administrator of the platform."""
        return self._person({"kind": "platform_admin"}, frozenset(), new_id(), expires_in)

    def service(self, name: str, audience: str, tenant_id: UUID | None = None) -> Metadata:
        """Another service."""
        return _bearer(ServiceTokens(name, self._services[name], utc_now).token(audience, tenant_id))

    def host(self, api_key: str) -> Metadata:
        """A scraper host."""
        return (("x-scraper-api-key", api_key),)

    def revoke_all(self) -> None:
        """Ends every session."""
        self._access.clear()

    def _person(self, claims: dict[str, str], held: frozenset[str], subject: UUID, expires_in: float) -> Metadata:
        session_id = str(new_id())
        self._access[session_id] = SessionAccess(True, held)
        now = time.time()
        body = {
            **claims,
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": str(subject),
            "sid": session_id,
            "iat": int(now),
            "exp": int(now + expires_in),
            "jti": new_id().hex,
        }
        return _bearer(jwt.encode(body, self._key, algorithm="EdDSA", headers={"kid": KID}))


def _bearer(token: str) -> Metadata:
    return (("authorization", f"Bearer {token}"),)
