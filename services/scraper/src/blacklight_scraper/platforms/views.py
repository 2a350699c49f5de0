"""What the service says of a job board. Pure."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PlatformView:
    """A job board."""

    name: str
    display_name: str
    enabled: bool
    priority: int
    etag: str
