from datetime import UTC, datetime, timedelta

import pytest
from blacklight_auth.keys.schedule import Term, published, retirement, signing
from blacklight_auth.keys.sealing import SealBroken, key_id, public_x, seal, unseal
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
KEK = bytes(range(32))


def test_opens_what_it_sealed() -> None:
    private = Ed25519PrivateKey.generate()
    sealed = seal(KEK, "kid", private)
    assert private.private_bytes_raw() not in sealed
    assert unseal(KEK, "kid", sealed).private_bytes_raw() == private.private_bytes_raw()


@pytest.mark.parametrize("change", ["key", "kid", "bytes"])
def test_refuses_another_encryption_key_row_or_ciphertext(change: str) -> None:
    sealed = seal(KEK, "kid", Ed25519PrivateKey.generate())
    with pytest.raises(SealBroken):
        unseal(
            bytes(32) if change == "key" else KEK,
            "other" if change == "kid" else "kid",
            sealed[:-1] + bytes([sealed[-1] ^ 1]) if change == "bytes" else sealed,
        )


def test_names_a_key_by_its_jwk_thumbprint() -> None:
    # RFC 8037, appendix A.1 and A.3
    raw = bytes.fromhex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")
    public = Ed25519PublicKey.from_public_bytes(raw)
    assert public_x(public) == "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
    assert key_id(public) == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"


def test_publishes_a_new_key_before_it_signs_and_the_old_one_until_its_tokens_end() -> None:
    sign_time = NOW + timedelta(minutes=10)
    old, new = Term("old", NOW - timedelta(days=1), retirement(sign_time)), Term("new", sign_time)
    terms = [old, new]
    assert signing(terms, NOW) == old
    assert published(terms, NOW) == [new, old]
    assert signing(terms, sign_time) == new
    assert published(terms, sign_time + timedelta(minutes=15)) == [new, old]
    assert published(terms, sign_time + timedelta(minutes=20)) == [new]


def test_signs_with_the_first_key_even_where_the_clock_lags_behind_its_makers() -> None:
    assert signing([Term("first", NOW + timedelta(seconds=1))], NOW) == Term("first", NOW + timedelta(seconds=1))
    assert signing([], NOW) is None
