"""What the service says of a key. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from blacklight_scraper.keys.states import KeyState


@dataclass(frozen=True, slots=True)
class ApiKeyView:
    """A key without anything that could be used in its stead; `posting_count` only where one key is read."""

    api_key_id: UUID
    name: str
    platforms: tuple[str, ...]
    prefix: str
    state: KeyState
    create_time: datetime
    last_used_time: datetime | None
    revoke_time: datetime | None
    description: str
    rate_limit_per_minute: int
    expire_time: datetime | None
    created_by: str
    revoked_by: str
    usage_count: int
    previous_secret_expire_time: datetime | None
    etag: str
    posting_count: int = 0


@dataclass(frozen=True, slots=True)
class KeyDraft:
    """A key to be made."""

    name: str
    platforms: tuple[str, ...]
    description: str
    rate_limit_per_minute: int
    expire_time: datetime | None
