"""A circuit breaker for each host: one that fails time after time is left alone for a while (spec 3.22). Pure.

Kept by each worker for itself: mailboxes back off by their own workflows anyway, so what would be gained by sharing
it is a few tries a worker.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass

FAILURES = 5
OPEN_SECONDS = 300.0
MOST_HOSTS = 10_000


@dataclass
class _Circuit:
    failures: int = 0
    open_until: float = 0.0


class Breaker:
    """Times are seconds of a clock that only goes on."""

    def __init__(self) -> None:
        self._circuits: dict[str, _Circuit] = {}
        self._lock = threading.Lock()

    def wait(self, host: str, now: float) -> float:
        """Seconds until the host may be tried; zero lets this one caller try."""
        with self._lock:
            circuit = self._circuits.get(host)
            if circuit is None or circuit.failures < FAILURES:
                return 0.0
            if now < circuit.open_until:
                return circuit.open_until - now
            # Half open: one tries, the others wait for what comes of it.
            circuit.open_until = now + OPEN_SECONDS
            return 0.0

    def succeeded(self, host: str) -> None:
        """The host answered."""
        with self._lock:
            self._circuits.pop(host, None)

    def failed(self, host: str, now: float) -> None:
        """The host did not answer as it should."""
        with self._lock:
            if len(self._circuits) >= MOST_HOSTS:
                self._circuits.clear()
            circuit = self._circuits.setdefault(host, _Circuit())
            circuit.failures += 1
            if circuit.failures >= FAILURES:
                circuit.open_until = now + OPEN_SECONDS
