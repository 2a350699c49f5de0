"""What a host and this server agree on: the protocol's version, and what both can do. Pure."""

from __future__ import annotations

from collections.abc import Iterable

OLDEST = 1
NEWEST = 1
"""The versions that this server speaks."""

LEASES = "leases"
DIRECTIVES = "directives"
CAPABILITIES = frozenset({LEASES, DIRECTIVES})


def agree(oldest: int, newest: int) -> int | None:
    """The newest version that both speak; None without any. A host that leaves its bounds out speaks version 1."""
    agreed = min(newest or 1, NEWEST)
    return agreed if agreed >= max(oldest or 1, OLDEST) else None


def shared(capabilities: Iterable[str]) -> tuple[str, ...]:
    """What both can do, sorted; names that this server does not know are left out."""
    return tuple(sorted(CAPABILITIES.intersection(capabilities)))
