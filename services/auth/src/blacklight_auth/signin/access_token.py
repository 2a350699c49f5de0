"""Access tokens: EdDSA JWTs that any service verifies with the published keys. Pure.

Permissions are not in them: services ask for the access of the session, so that a change is felt within seconds.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

ISSUER = "blacklight-auth"
AUDIENCE = "blacklight"


def claims_of(
    *,
    account_id: UUID,
    tenant_id: UUID | None,
    session_id: UUID,
    token_id: UUID,
    issue_time: datetime,
    expire_time: datetime,
) -> dict[str, Any]:
    """The claims of a token; an account without a tenant is an administrator of the platform."""
    claims: dict[str, Any] = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": str(account_id),
        "sid": str(session_id),
        "kind": "platform_admin" if tenant_id is None else "user",
        "iat": int(issue_time.timestamp()),
        "exp": int(expire_time.timestamp()),
        "jti": str(token_id),
    }
    if tenant_id is not None:
        claims["tenant_id"] = str(tenant_id)
    return claims


def sign(claims: dict[str, Any], *, kid: str, key: Ed25519PrivateKey) -> str:
    """The compact JWT, signed."""
    return jwt.encode(claims, key, algorithm="EdDSA", headers={"kid": kid})
