"""Loopback ports: the preferred one, or another that is free, never the same for two launchers.

Between choosing a port and the server binding it somebody else could take it. Two things prevent that: a
listening socket holds the port until the moment the server starts, and a claim (an abstract unix socket
named after the port, which the kernel drops when this process ends) tells every other launcher on the
machine to keep off, also while neither we nor our server are bound to it. Ports are sought below the
kernel's ephemeral range, so that no outgoing connection gets one by chance.
"""

from __future__ import annotations

import errno
import random
import socket
import sys
from collections.abc import Iterator

HOST = "127.0.0.1"
_SEARCHED = range(18000, 32000)


class PortTaken(RuntimeError):
    """No free port was found."""


class Port:
    """A port of ours. `let_go()` just before the server binds it; `free()` when the server is gone."""

    def __init__(self, number: int, preferred: int | None, holder: socket.socket, claim: socket.socket | None) -> None:
        self.number = number
        self.preferred = preferred
        self._holder = holder
        self._claim = claim

    @property
    def address(self) -> str:
        """`host:port`, as clients write it."""
        return f"{HOST}:{self.number}"

    @property
    def notice(self) -> str | None:
        """What to tell the user when it is not the port preferred."""
        if self.preferred is None or self.preferred == self.number:
            return None
        return f"port {self.preferred} is taken; using {self.number}"

    def let_go(self) -> None:
        """Close the listening socket that holds the port; the claim stays."""
        self._holder.close()

    def free(self) -> None:
        """Give the port back altogether."""
        self._holder.close()
        if self._claim is not None:
            self._claim.close()


def pick_port(preferred: int | None = None) -> Port:
    """The preferred port if it is free, else the next free one after it; without preference a random one.

    Raises PortTaken when a thousand candidates are taken.
    """
    for number in _candidates(preferred):
        port = _take(number, preferred)
        if port is not None:
            return port
    raise PortTaken(f"no free port near {preferred}" if preferred else "no free port")


def _candidates(preferred: int | None) -> Iterator[int]:
    if preferred is None:
        # Not a decision of any rule: spreading keeps parallel test runs from trying the same numbers.
        yield from random.sample(_SEARCHED, 1000)
        return
    yield preferred
    yield from range(preferred + 1, min(preferred + 1000, 65535))


def _take(number: int, preferred: int | None) -> Port | None:
    claim = _claim(number)
    if claim is None and sys.platform == "linux":
        return None
    holder = _hold(number)
    if holder is None:
        if claim is not None:
            claim.close()
        return None
    return Port(number, preferred, holder, claim)


def _claim(number: int) -> socket.socket | None:
    if sys.platform != "linux":
        return None
    claim = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        claim.bind(f"\0blacklight-port-{number}")
    except OSError as error:
        claim.close()
        if error.errno != errno.EADDRINUSE:
            raise
        return None
    return claim


def _hold(number: int) -> socket.socket | None:
    holder = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    # Without it a port our last run used a minute ago looks taken (TIME_WAIT); a listener still refuses us.
    holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        holder.bind((HOST, number))
        holder.listen(1)
    except OSError as error:
        holder.close()
        if error.errno not in (errno.EADDRINUSE, errno.EACCES):
            raise
        return None
    return holder
