"""bcrypt, in a small pool of threads of its own: a burst of sign-ins must not occupy every worker of the service."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import bcrypt
from blacklight_servicekit.errors import Exhausted


class PasswordHasher:
    """Hashes and compares passwords; `rounds` is the exponent of bcrypt's cost (12: about a quarter of a second).

    At most `places` callers are inside at once, `threads` of them at work; the next one is refused at once, so that
    whoever floods sign-in does not stop the rest of the service.
    """

    def __init__(self, rounds: int, *, threads: int, places: int) -> None:
        self._rounds = rounds
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="bcrypt")
        self._places = threading.BoundedSemaphore(places)
        self._decoy = bcrypt.hashpw(b"nobody's password", bcrypt.gensalt(rounds)).decode()

    def hash(self, password: bytes) -> str:
        """The bcrypt hash. Raises Exhausted (SIGN_IN_BUSY) when too many others wait."""
        with self._place():
            return self._pool.submit(bcrypt.hashpw, password, bcrypt.gensalt(self._rounds)).result().decode()

    def matches(self, password: bytes, hashed: str | None) -> bool:
        """Whether the password is the hashed one. Without a hash it takes as long and says no (P-14).

        Raises Exhausted (SIGN_IN_BUSY) when too many others wait.
        """
        with self._place():
            same = self._pool.submit(bcrypt.checkpw, password, (hashed or self._decoy).encode()).result()
        return same and hashed is not None

    @contextmanager
    def _place(self) -> Iterator[None]:
        if not self._places.acquire(blocking=False):
            raise Exhausted("too many people are signing in at once; try again", reason="SIGN_IN_BUSY")
        try:
            yield
        finally:
            self._places.release()

    def close(self) -> None:
        """Ends the threads."""
        self._pool.shutdown(wait=False, cancel_futures=True)
