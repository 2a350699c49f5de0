"""OAuth 2.0 with PKCE (RFC 6749, 7636): what is sent to a provider, and states that nobody can forge. Pure.

A state names a sign-in that is kept here, and is signed for the person who began it: whoever brings it back must be
that person, signed in. So nobody can have a mailbox connected to somebody else (P-07).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
from urllib.parse import urlencode
from uuid import UUID

from blacklight_matching.mailboxes.rules import OAuthProvider

_STATE = re.compile(r"(?P<id>[0-9a-f]{32})\.(?P<seal>[0-9a-f]{64})")


def new_verifier() -> str:
    """A PKCE code verifier: 43 characters of chance."""
    return secrets.token_urlsafe(32)


def challenge_of(verifier: str) -> str:
    """Its S256 challenge."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def state_of(key: bytes, sign_in_id: UUID, tenant_id: UUID, user_id: str) -> str:
    """The state of a sign-in, signed for its user."""
    return f"{sign_in_id.hex}.{_seal(key, sign_in_id, tenant_id, user_id)}"


def sign_in_of(key: bytes, state: str, tenant_id: UUID, user_id: str) -> UUID | None:
    """The sign-in that a state names, or None where it was not made for this user."""
    match = _STATE.fullmatch(state)
    if match is None:
        return None
    sign_in_id = UUID(hex=match["id"])
    seal = _seal(key, sign_in_id, tenant_id, user_id)
    return sign_in_id if hmac.compare_digest(seal, match["seal"]) else None


def _seal(key: bytes, sign_in_id: UUID, tenant_id: UUID, user_id: str) -> str:
    said = f"{sign_in_id.hex}\0{tenant_id}\0{user_id}".encode()
    return hmac.new(key, said, hashlib.sha256).hexdigest()


def authorization_url(provider: OAuthProvider, *, redirect_url: str, state: str, verifier: str, address: str) -> str:
    """Where the person goes to allow the access; offline, so that reading goes on without them."""
    asked = {
        "response_type": "code",
        "client_id": provider.client_id,
        "redirect_uri": redirect_url,
        "scope": provider.scope,
        "state": state,
        "code_challenge": challenge_of(verifier),
        "code_challenge_method": "S256",
        "login_hint": address,
        "access_type": "offline",
        "prompt": "consent",
    }
    return f"{provider.authorize_url}?{urlencode(asked)}"
