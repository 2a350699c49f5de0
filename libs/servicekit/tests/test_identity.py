"""Which tokens and keys are believed, tried on the running library."""

from __future__ import annotations

import time
from typing import Any
from uuid import uuid4

import grpc
import jwt
import pytest
from blacklight_servicekit.identity import ServiceTokens
from blacklight_testkit.calling import Answer, call
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey


@pytest.fixture
def listed(library: Any) -> Any:
    """`listed(metadata)`: how listing books ends for this caller."""
    from blacklight_library import contract

    def ask(metadata: Any) -> Answer:
        return call(
            library.channel, contract.SERVICE.methods_by_name["ListBooks"], contract.ListBooksRequest(), metadata
        )

    return ask


def _bearer(text: str) -> tuple[tuple[str, str], ...]:
    return (("authorization", f"Bearer {text}"),)


def _claims(metadata: Any) -> dict[str, Any]:
    return jwt.decode(metadata[0][1].split()[1], options={"verify_signature": False})


def _refused(answer: Answer, reason: str) -> bool:
    return (answer.code, answer.reason) == (grpc.StatusCode.UNAUTHENTICATED, reason)


def test_believes_a_token_of_auth(listed: Any, tokens: Any, tenant: Any) -> None:
    assert listed(tokens.user(tenant)).code is grpc.StatusCode.OK


def test_refuses_an_expired_token_with_a_reason_of_its_own(listed: Any, tokens: Any, tenant: Any) -> None:
    assert _refused(listed(tokens.user(tenant, expires_in=-1)), "TOKEN_EXPIRED")


def test_refuses_a_token_that_expires_after_it_was_believed(
    listed: Any, tokens: Any, tenant: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    metadata = tokens.user(tenant, expires_in=2)
    assert listed(metadata).code is grpc.StatusCode.OK
    while time.time() <= _claims(metadata)["exp"]:
        time.sleep(0.05)
    assert _refused(listed(metadata), "TOKEN_EXPIRED")


@pytest.mark.parametrize("part", [0, 1, 2], ids=["header", "claims", "signature"])
def test_refuses_a_tampered_token(listed: Any, tokens: Any, tenant: Any, part: int) -> None:
    parts = tokens.user(tenant)[0][1].split()[1].split(".")
    swapped = "A" if parts[part][10] != "A" else "B"
    parts[part] = parts[part][:10] + swapped + parts[part][11:]
    assert _refused(listed(_bearer(".".join(parts))), "TOKEN_INVALID")


def test_refuses_a_token_moved_to_another_tenant(listed: Any, tokens: Any, tenant: Any, other_tenant: Any) -> None:
    head, _, signature = tokens.user(tenant)[0][1].split()[1].split(".")
    claims = {**_claims(tokens.user(tenant)), "tenant_id": str(other_tenant)}
    forged = jwt.encode(claims, "x" * 32, algorithm="HS256").split(".")[1]
    assert _refused(listed(_bearer(f"{head}.{forged}.{signature}")), "TOKEN_INVALID")


@pytest.mark.parametrize(
    "change",
    [
        {"aud": "elsewhere"},
        {"iss": "somebody"},
        {"kind": "emperor"},
        {"tenant_id": "no-uuid"},
        {"tenant_id": 7},
        {"sid": None},
        {"exp": None},
        {"sub": None},
    ],
    ids=str,
)
def test_refuses_a_well_signed_token_that_says_something_else(
    listed: Any, tokens: Any, tenant: Any, change: dict[str, Any]
) -> None:
    claims = {**_claims(tokens.user(tenant)), **change}
    signed = jwt.encode(
        {name: value for name, value in claims.items() if value is not None},
        tokens._key,
        algorithm="EdDSA",
        headers={"kid": "test"},
    )
    assert _refused(listed(_bearer(signed)), "TOKEN_INVALID")


@pytest.mark.parametrize("kid", ["unknown", None])
def test_refuses_a_token_of_an_unknown_key(listed: Any, tokens: Any, tenant: Any, kid: str | None) -> None:
    headers = {"kid": kid} if kid else {}
    signed = jwt.encode(_claims(tokens.user(tenant)), tokens._key, algorithm="EdDSA", headers=headers)
    assert _refused(listed(_bearer(signed)), "TOKEN_INVALID")


def test_refuses_a_token_signed_by_somebody_else_under_a_known_key_id(listed: Any, tokens: Any, tenant: Any) -> None:
    key = Ed25519PrivateKey.generate()
    signed = jwt.encode(_claims(tokens.user(tenant)), key, algorithm="EdDSA", headers={"kid": "test"})
    assert _refused(listed(_bearer(signed)), "TOKEN_INVALID")


@pytest.mark.parametrize("algorithm", ["none", "HS256"])
def test_refuses_another_algorithm(listed: Any, tokens: Any, tenant: Any, algorithm: str) -> None:
    secret = None if algorithm == "none" else "x" * 32
    signed = jwt.encode(_claims(tokens.user(tenant)), secret, algorithm=algorithm, headers={"kid": "test"})
    assert _refused(listed(_bearer(signed)), "TOKEN_INVALID")


@pytest.mark.parametrize("header", ["Bearer", "Bearer ", "Basic eDp5", "Bearer x.y.z", "nonsense here"])
def test_refuses_what_is_no_token(listed: Any, header: str) -> None:
    assert listed((("authorization", header),)).code is grpc.StatusCode.UNAUTHENTICATED


def test_refuses_the_holder_of_an_ended_session(listed: Any, tokens: Any, tenant: Any) -> None:
    metadata = tokens.user(tenant)
    assert listed(metadata).code is grpc.StatusCode.OK
    tokens.revoke_all()
    assert _refused(listed(metadata), "SESSION_ENDED")


def test_believes_the_token_of_another_service_for_this_one(listed: Any, tokens: Any, tenant: Any) -> None:
    assert listed(tokens.service("auth", "library", tenant)).code is grpc.StatusCode.OK


def test_refuses_a_service_token_for_another_service(listed: Any, tokens: Any, tenant: Any) -> None:
    assert _refused(listed(tokens.service("auth", "candidate", tenant)), "TOKEN_INVALID")


def test_refuses_a_service_token_signed_by_another_service(listed: Any, tokens: Any, tenant: Any) -> None:
    from blacklight_servicekit.clock import utc_now

    forged = ServiceTokens("auth", tokens._services["matching"], utc_now).token("library", tenant)
    assert _refused(listed(_bearer(forged)), "TOKEN_INVALID")


def test_refuses_a_service_nobody_knows(listed: Any, tenant: Any) -> None:
    from blacklight_servicekit.clock import utc_now

    forged = ServiceTokens("stranger", Ed25519PrivateKey.generate(), utc_now).token("library", tenant)
    assert _refused(listed(_bearer(forged)), "TOKEN_INVALID")


def test_refuses_auths_own_service_key_for_the_token_of_a_user(listed: Any, tokens: Any, tenant: Any) -> None:
    claims = {**_claims(tokens.user(tenant)), "iss": "service:auth"}
    signed = jwt.encode(claims, tokens._services["auth"], algorithm="EdDSA")
    assert _refused(listed(_bearer(signed)), "TOKEN_INVALID")


def test_refuses_an_unknown_api_key(library: Any, tokens: Any) -> None:
    from blacklight_library import contract

    method = contract.SERVICE.methods_by_name["Attend"]
    assert _refused(call(library.channel, method, [], tokens.host("guess")), "API_KEY_INVALID")


def test_makes_a_service_token_anew_before_it_ends() -> None:
    from datetime import UTC, datetime, timedelta

    now = [datetime(2026, 1, 1, tzinfo=UTC)]
    signer = ServiceTokens("library", Ed25519PrivateKey.generate(), lambda: now[0])
    tenant = uuid4()
    first = signer.token("auth", tenant)
    now[0] += timedelta(seconds=29)
    assert signer.token("auth", tenant) == first
    assert signer.token("auth", None) != first
    assert signer.token("matching", tenant) != first
    now[0] += timedelta(seconds=2)
    second = signer.token("auth", tenant)
    expiry = jwt.decode(second, options={"verify_signature": False})["exp"]
    assert (second != first, expiry) == (True, int(now[0].timestamp()) + 60)
