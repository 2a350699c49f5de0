"""Asks an authorisation server for tokens: bounded in time and size, without following it anywhere else.

Its addresses come from the deployment's settings, never from a user.
"""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from http.client import HTTPException, HTTPMessage
from typing import IO, Any
from urllib.parse import urlencode

from blacklight_matching.mailboxes.rules import OAuthProvider
from blacklight_matching.mailboxes.states import FailureKind, MailFailure

ANSWER_SECONDS = 10.0
MOST_ANSWER = 64 * 1024
LEAST_LIFE, MOST_LIFE = 60, 24 * 3600


@dataclass(frozen=True, slots=True)
class Tokens:
    """What a server gives; `refresh_token` is empty where the one before stays good; `life` in seconds."""

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    life: int


class _Nowhere(urllib.request.HTTPRedirectHandler):
    """Follows no redirection: it would carry secrets elsewhere."""

    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> None:
        return None


_opener = urllib.request.build_opener(_Nowhere)


def exchange(provider: OAuthProvider, *, code: str, verifier: str, redirect_url: str) -> Tokens:
    """Tokens for a code. Raises MailFailure."""
    grant = {"grant_type": "authorization_code", "code": code, "code_verifier": verifier, "redirect_uri": redirect_url}
    return _tokens(_ask(provider, provider.token_url, grant))


def refresh(provider: OAuthProvider, refresh_token: str) -> Tokens:
    """New tokens for old. Raises MailFailure: AUTHENTICATION where the owner must sign in again."""
    return _tokens(_ask(provider, provider.token_url, {"grant_type": "refresh_token", "refresh_token": refresh_token}))


def revoke(provider: OAuthProvider, token: str) -> None:
    """Ends a token's life, where the provider offers to. Raises MailFailure."""
    if provider.revoke_url:
        _ask(provider, provider.revoke_url, {"token": token})


def _ask(provider: OAuthProvider, url: str, fields: dict[str, str]) -> dict[str, Any]:
    client = {"client_id": provider.client_id, "client_secret": provider.client_secret}
    body = urlencode({**fields, **{name: value for name, value in client.items() if value}}).encode()
    request = urllib.request.Request(url, body, {"Accept": "application/json"})
    try:
        with _opener.open(request, timeout=ANSWER_SECONDS) as answer:
            return _object(answer.read(MOST_ANSWER))
    except urllib.error.HTTPError as error:
        raise _refusal(error) from None
    except (OSError, HTTPException) as error:
        raise MailFailure(FailureKind.NETWORK, "the authorisation server does not answer") from error


def _refusal(error: urllib.error.HTTPError) -> MailFailure:
    """Only what the owner can mend is the owner's matter (RFC 6749 5.2), not our secret, nor a server's trouble."""
    if error.code == 429:
        return MailFailure(FailureKind.QUOTA, "the authorisation server asks to come back later")
    said = str(_object(error.read(MOST_ANSWER)).get("error", "")) if error.code in (400, 401, 403) else ""
    if said in ("invalid_grant", "access_denied", "interaction_required", "consent_required", "login_required"):
        return MailFailure(FailureKind.AUTHENTICATION, "the authorisation was withdrawn or has ended")
    if said in ("invalid_client", "unauthorized_client", "invalid_scope", "unsupported_grant_type", "invalid_request"):
        return MailFailure(FailureKind.OURS, "the authorisation server does not accept this platform as a client")
    return MailFailure(FailureKind.PROVIDER, "the authorisation server is in trouble")


def _object(raw: bytes) -> dict[str, Any]:
    try:
        found = json.loads(raw or b"{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _tokens(answer: dict[str, Any]) -> Tokens:
    access, again, life = answer.get("access_token"), answer.get("refresh_token") or "", answer.get("expires_in")
    if not isinstance(access, str) or not access or not isinstance(again, str):
        raise MailFailure(FailureKind.PROVIDER, "the authorisation server gives no token")
    seconds = int(life) if isinstance(life, int | float) or (isinstance(life, str) and life.isdigit()) else 3600
    return Tokens(access, again, min(max(seconds, LEAST_LIFE), MOST_LIFE))
