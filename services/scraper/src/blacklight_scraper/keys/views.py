"""What the service says of a key. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class ApiKeyView:
    """A key without anything that could be used in its stead."""

    api_key_id: UUID
    name: str
    platforms: tuple[str, ...]
    prefix: str
    create_time: datetime
    last_used_time: datetime | None
    revoke_time: datetime | None
