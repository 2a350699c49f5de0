"""Who calls: users and administrators by EdDSA JWT, services by tokens of their own, hosts by API key."""

from __future__ import annotations

import hashlib
import json
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Protocol
from uuid import UUID

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

from blacklight_servicekit.cache import Cache, cached
from blacklight_servicekit.caller import PUBLIC, Caller, CallerKind
from blacklight_servicekit.clock import Clock
from blacklight_servicekit.errors import Unauthenticated

ISSUER = "blacklight-auth"
AUDIENCE = "blacklight"
SERVICE_TOKEN_SECONDS = 60
API_KEY_METADATA = "x-scraper-api-key"
VERIFIED_TOKENS = 10_000
ACCESS_TTL = timedelta(seconds=10)
KEYS_TTL = timedelta(seconds=60)

KeySource = Callable[[], Awaitable[Mapping[str, Ed25519PublicKey]]]
HostAuthenticator = Callable[[str], Awaitable[Caller | None]]


@dataclass(frozen=True, slots=True)
class SessionAccess:
    """What the holder of a session may do now."""

    active: bool
    permissions: frozenset[str]


SessionAccessSource = Callable[[str], Awaitable[SessionAccess]]


class AuthLookups(Protocol):
    """The two questions a service asks `auth`."""

    async def jwks(self) -> list[dict[str, str]]:
        """The public keys, as JSON Web Keys."""

    async def session_access(self, session_id: str) -> dict[str, Any]:
        """`{"active": bool, "permissions": [str]}`."""


class CachedAuth:
    """The questions to `auth`, cached for seconds and shared between the processes of a service."""

    def __init__(self, cache: Cache, lookups: AuthLookups) -> None:
        self.cache = cache
        self._lookups = lookups

    @cached(ttl=KEYS_TTL, key=lambda self: "jwks:v1")
    async def _jwks(self) -> list[dict[str, str]]:
        return await self._lookups.jwks()

    @cached(ttl=ACCESS_TTL, key=lambda self, session_id: f"access:v1:{session_id}")
    async def _access(self, session_id: str) -> dict[str, Any]:
        return await self._lookups.session_access(session_id)

    async def keys(self) -> Mapping[str, Ed25519PublicKey]:
        """The public keys by id."""
        return {jwk["kid"]: public_key_of(jwk) for jwk in await self._jwks()}

    async def access(self, session_id: str) -> SessionAccess:
        """What the holder of the session may do."""
        found = await self._access(session_id)
        return SessionAccess(found["active"], frozenset(found["permissions"]))


def public_key_of(jwk: Mapping[str, str]) -> Ed25519PublicKey:
    """The Ed25519 key of a JSON Web Key (RFC 8037)."""
    return Ed25519PublicKey.from_public_bytes(jwt.utils.base64url_decode(jwk["x"]))


def load_private_key(path: Path) -> Ed25519PrivateKey:
    """A service's own key from a PEM file."""
    key = load_pem_private_key(path.read_bytes(), password=None)
    if not isinstance(key, Ed25519PrivateKey):
        raise ValueError(f"{path.name} holds no Ed25519 private key")
    return key


def load_service_keys(path: Path) -> dict[str, Ed25519PublicKey]:
    """The services' public keys by name, from the file that the deployment gives."""
    keys: dict[str, Ed25519PublicKey] = {}
    for name, pem in json.loads(path.read_text()).items():
        key = load_pem_public_key(pem.encode())
        if not isinstance(key, Ed25519PublicKey):
            raise ValueError(f"{path.name}: the key of {name} is no Ed25519 public key")
        keys[name] = key
    return keys


class ServiceTokens:
    """Signs this service's calls; a token is used for half its life and then made anew."""

    def __init__(self, name: str, key: Ed25519PrivateKey, clock: Clock) -> None:
        self.name = name
        self._key = key
        self._clock = clock
        self._made: OrderedDict[tuple[str, UUID | None], tuple[float, str]] = OrderedDict()

    def token(self, audience: str, tenant_id: UUID | None) -> str:
        """A token for calls to `audience` in this tenant."""
        now = self._clock().timestamp()
        made = self._made.get((audience, tenant_id))
        if made and now - made[0] < SERVICE_TOKEN_SECONDS / 2:
            return made[1]
        claims: dict[str, Any] = {
            "iss": f"service:{self.name}",
            "aud": audience,
            "iat": int(now),
            "exp": int(now) + SERVICE_TOKEN_SECONDS,
        }
        if tenant_id:
            claims["tenant_id"] = str(tenant_id)
        text = jwt.encode(claims, self._key, algorithm="EdDSA")
        self._made[audience, tenant_id] = (now, text)
        while len(self._made) > 1_000:
            self._made.popitem(last=False)
        return text


class Identity:
    """Turns a call's metadata into a Caller. Raises Unauthenticated with a reason."""

    def __init__(
        self,
        service: str,
        service_keys: Mapping[str, Ed25519PublicKey],
        keys: KeySource,
        access: SessionAccessSource,
        hosts: HostAuthenticator | None,
    ) -> None:
        self._service = service
        self._service_keys = service_keys
        self._keys = keys
        self._access = access
        self._hosts = hosts
        self._verified: OrderedDict[bytes, tuple[float, dict[str, Any]]] = OrderedDict()

    async def identify(self, metadata: Mapping[str, str], request_id: str) -> Caller:
        """The caller; PUBLIC when there is neither token nor key."""
        caller = await self._caller(metadata)
        return replace(caller, request_id=request_id)

    async def _caller(self, metadata: Mapping[str, str]) -> Caller:
        api_key = metadata.get(API_KEY_METADATA, "")
        if api_key and self._hosts is not None:
            host = await self._hosts(api_key)
            if host is None:
                raise Unauthenticated("the API key is unknown or revoked", reason="API_KEY_INVALID")
            return host
        scheme, _, token = metadata.get("authorization", "").partition(" ")
        if not token:
            return PUBLIC
        if scheme.lower() != "bearer":
            raise Unauthenticated("authorization must be `Bearer` and a token", reason="TOKEN_INVALID")
        claims = await self._claims(token.strip())
        if str(claims["iss"]).startswith("service:"):
            tenant = claims.get("tenant_id")
            return Caller.service(str(claims["iss"])[8:], UUID(tenant) if tenant else None)
        return await self._person(claims)

    async def _person(self, claims: Mapping[str, Any]) -> Caller:
        access = await self._access(str(claims["sid"]))
        if not access.active:
            raise Unauthenticated("the session has ended; sign in again", reason="SESSION_ENDED")
        admin = claims["kind"] == "platform_admin"
        return Caller(
            CallerKind.PLATFORM_ADMIN if admin else CallerKind.USER,
            str(claims["sub"]),
            None if admin else UUID(claims["tenant_id"]),
            access.permissions,
            session_id=str(claims["sid"]),
        )

    async def _claims(self, token: str) -> dict[str, Any]:
        """Verified claims; a token seen before is not verified again until it ends."""
        digest = hashlib.sha256(token.encode()).digest()
        known = self._verified.get(digest)
        if known and known[0] > time.time():
            return known[1]
        try:
            claims = await self._verify(token)
        except jwt.ExpiredSignatureError as error:
            raise Unauthenticated("the token has expired; refresh it", reason="TOKEN_EXPIRED") from error
        except (jwt.PyJWTError, KeyError, ValueError) as error:
            raise Unauthenticated("the token does not hold", reason="TOKEN_INVALID") from error
        self._verified[digest] = (float(claims["exp"]), claims)
        while len(self._verified) > VERIFIED_TOKENS:
            self._verified.popitem(last=False)
        return claims

    async def _verify(self, token: str) -> dict[str, Any]:
        unverified = jwt.decode(token, options={"verify_signature": False})
        issuer = str(unverified.get("iss", ""))
        required = ["exp", "iss", "aud"]
        if issuer.startswith("service:"):
            key, audience = self._service_keys[issuer[8:]], self._service
        else:
            kid = str(jwt.get_unverified_header(token)["kid"])
            key, audience = (await self._keys())[kid], AUDIENCE
            issuer, required = ISSUER, [*required, "sub", "sid", "kind"]
        claims: dict[str, Any] = jwt.decode(
            token, key, algorithms=["EdDSA"], audience=audience, issuer=issuer, options={"require": required}
        )
        if "kind" in required and claims["kind"] not in ("user", "platform_admin"):
            raise jwt.InvalidTokenError("unknown kind")
        if claims.get("kind") == "user" or "tenant_id" in claims:
            UUID(str(claims["tenant_id"]))
        return claims
