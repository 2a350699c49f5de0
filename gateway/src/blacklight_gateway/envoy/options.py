"""What a deployment says about its gateway."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class GatewayOptions:
    """Addresses are `host:port`. `services` names where auth, candidate, matching and scraper listen."""

    listen: str
    admin: str
    services: Mapping[str, str]
    cors_origins: Sequence[str] = ()
    # Above the services' own limit of 10 MB, so that it is they who name the field; this only stops a flood.
    upload_bytes: int = 12 * 1024 * 1024
    body_bytes: int = 1024 * 1024
    access_log: str = "/dev/stdout"


def split(address: str) -> tuple[str, int]:
    """`host:port` as host and number."""
    host, _, port = address.rpartition(":")
    return host, int(port)
