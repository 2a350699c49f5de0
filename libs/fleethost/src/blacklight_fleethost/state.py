"""How a running host is, as far as no event tells. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from blacklight_fleethost.spool import Depth


@dataclass(frozen=True, slots=True)
class HostState:
    """What is not acknowledged, what the platform has paused, and which boards rest for which reason."""

    depth: Depth
    paused: list[str]
    """`host`, names of platforms, ids of sessions."""
    resting: dict[str, str]
