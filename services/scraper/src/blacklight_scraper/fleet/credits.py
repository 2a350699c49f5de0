"""How much a host may have on the way, given how many deliver at once. Pure.

The bytes on the way of all hosts together are bounded by a budget of the process; when more hosts deliver than it
has full windows for, each gets a half, a quarter and so on. Halves, so that the window does not change all the time.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Window:
    """Batches, and bytes of their drafts, without acknowledgement on the way at once; one batch always may."""

    batches: int
    bytes: int


def share(full: Window, budget: int, hosts: int) -> Window:
    """The window of each of so many hosts that deliver, out of a budget in bytes."""
    granted = full.bytes
    while granted * hosts > budget and granted > 1:
        granted //= 2
    return replace(full, bytes=granted)


class Host(Protocol):
    """A stream, as far as its window goes."""

    def grant(self, window: Window) -> None:
        """From now on it may have so much on the way; the same again changes nothing."""


class Crediting:
    """Shares the budget among the hosts that deliver: those that sent a batch within the last `rest` seconds."""

    def __init__(self, full: Window, budget: int, rest: float) -> None:
        self._full = full
        self._budget = budget
        self._rest = rest
        self._last: dict[Host, float] = {}
        self.window = full
        """What each of them may have now."""

    def delivers(self, host: Host, now: float) -> None:
        """A batch of a host has come."""
        begins = host not in self._last
        self._last[host] = now
        if begins:
            self._share()
            host.grant(self.window)

    def gone(self, host: Host) -> None:
        """The host's stream has ended."""
        if self._last.pop(host, None) is not None:
            self._share()

    def settle(self, now: float) -> None:
        """Hosts that have come to rest leave their share to the others."""
        for host in [host for host, last in self._last.items() if now - last > self._rest]:
            del self._last[host]
        self._share()

    def _share(self) -> None:
        window = share(self._full, self._budget, len(self._last))
        if window != self.window:
            self.window = window
            for host in self._last:
                host.grant(window)
