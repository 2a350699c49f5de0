from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import Any

import pytest
from blacklight_auth.accounts.hashing import PasswordHasher
from blacklight_servicekit.errors import Exhausted


@pytest.fixture
def hasher() -> Any:
    made = PasswordHasher(4, threads=1, places=2)
    yield made
    made.close()


def test_knows_the_password_it_hashed(hasher: Any) -> None:
    hashed = hasher.hash(b"correct horse battery")
    assert hashed.startswith("$2b$04$")
    assert hasher.matches(b"correct horse battery", hashed)
    assert not hasher.matches(b"wrong horse battery!", hashed)


def test_never_matches_without_a_hash(hasher: Any) -> None:
    assert not hasher.matches(b"nobody's password", None)


def test_compares_as_many_rounds_without_a_hash_as_with_one(hasher: Any, monkeypatch: Any) -> None:
    import bcrypt

    seen = []
    real = bcrypt.checkpw

    def watched(word: bytes, hashed: bytes) -> bool:
        seen.append(hashed[:7])
        return real(word, hashed)

    monkeypatch.setattr(bcrypt, "checkpw", watched)
    hasher.matches(b"x", hasher.hash(b"x"))
    hasher.matches(b"x", None)
    assert seen == [b"$2b$04$", b"$2b$04$"]


def test_refuses_at_once_when_every_place_is_taken(hasher: Any, monkeypatch: Any) -> None:
    import bcrypt

    go = Event()
    started = Event()

    def slow(word: bytes, hashed: bytes) -> bool:
        started.set()
        return go.wait(10)

    monkeypatch.setattr(bcrypt, "checkpw", slow)
    with ThreadPoolExecutor(2) as pool:
        inside = [pool.submit(hasher.matches, b"x", "$2b$04$x") for _ in range(2)]
        started.wait(10)
        while hasher._places._value:
            pass
        with pytest.raises(Exhausted) as caught:
            hasher.matches(b"x", None)
        go.set()
        assert all(each.result() for each in inside)
    assert caught.value.reason == "SIGN_IN_BUSY"
