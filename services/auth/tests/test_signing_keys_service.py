"""Signing keys in the database: made once, sealed, kept over a restart, rotated."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from blacklight.auth.v1 import auth_service_pb2
from blacklight_auth.app import APP
from blacklight_auth.keys.sealing import SealBroken
from blacklight_auth.keys.service import SigningKeys
from blacklight_servicekit.clock import utc_now

KEK = bytes(range(32))


@pytest.fixture
def database(service_database: Any) -> Any:
    return service_database(APP)


def _raw(database: Any, column: str) -> list[bytes]:
    from sqlalchemy import text

    with database.platform_transaction() as session:
        return [bytes(value) for value in session.scalars(text(f"SELECT {column} FROM signing_keys"))]


def test_makes_one_key_when_many_processes_start_at_once(database: Any) -> None:
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: SigningKeys(database, KEK, utc_now).signer().kid, range(8)))
    assert len(set(made)) == 1
    assert len(_raw(database, "public_key")) == 1


def test_keeps_the_key_over_a_restart_sealed(database: Any) -> None:
    first = SigningKeys(database, KEK, utc_now).signer()
    second = SigningKeys(database, KEK, utc_now).signer()
    assert second.private_key.private_bytes_raw() == first.private_key.private_bytes_raw()
    assert first.private_key.private_bytes_raw() not in _raw(database, "sealed_private_key")[0]


def test_refuses_keys_sealed_under_another_encryption_key(database: Any) -> None:
    SigningKeys(database, KEK, utc_now).signer()
    with pytest.raises(SealBroken, match="BLACKLIGHT_KEY_ENCRYPTION_KEY"):
        SigningKeys(database, bytes(32), utc_now).signer()


def test_admits_after_a_restart_who_signed_in_before_it(serve_app: Any, auth_settings: Any, platform: Any) -> None:
    admin = platform.tenant_admin()
    restarted = serve_app(APP, settings=auth_settings)
    me = auth_service_pb2.GetMeRequest()
    stub = type(platform)(restarted, platform.clock, platform.tokens).auth
    assert stub.GetMe(me, metadata=admin.bearer).email == admin.email


def test_publishes_a_rotated_key_before_it_signs_and_the_old_one_while_its_tokens_hold(platform: Any) -> None:
    admin = platform.tenant_admin()
    old = platform.auth.GetJwks(auth_service_pb2.GetJwksRequest()).keys[0].kid
    status, new, _ = platform.command("rotate-keys")
    assert status == 0

    def published() -> list[str]:
        return [key.kid for key in platform.auth.GetJwks(auth_service_pb2.GetJwksRequest()).keys]

    platform.clock.advance(timedelta(minutes=1))
    assert published() == [new, old]
    assert _kid(platform.refresh(admin.pair.refresh_token)) == old
    platform.clock.advance(timedelta(minutes=10))
    assert _kid(platform.login(admin.email)) == new
    assert published() == [new, old]
    platform.clock.advance(timedelta(minutes=20))
    assert published() == [new]


def test_shows_public_keys_only(platform: Any) -> None:
    [key] = platform.auth.GetJwks(auth_service_pb2.GetJwksRequest()).keys
    assert (key.kty, key.crv, key.alg, key.use, len(key.x)) == ("OKP", "Ed25519", "EdDSA", "sig", 43)


def _kid(pair: Any) -> str:
    import jwt

    return str(jwt.get_unverified_header(pair.access_token)["kid"])
