"""What the service says of accounts. Secrets are never part of a `repr`, which ends up in logs. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from blacklight_scraper.credentials.states import CredentialState


@dataclass(frozen=True, slots=True)
class Secret:
    """What an account signs in with; empty texts are absent. `cookies` is JSON, `proxy` may hold a password."""

    username: str = field(default="", repr=False)
    password: str = field(default="", repr=False)
    cookies: str = field(default="", repr=False)
    proxy: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class LeaseView:
    """An account held for a session; the token proves who holds it."""

    credential_id: UUID
    platform: str
    session_id: UUID
    lease_token: UUID = field(repr=False)
    name: str
    profile_key: str
    proxy: str = field(repr=False)
    username: str = field(repr=False)
    password: str = field(repr=False)
    cookies: str = field(repr=False)
    expire_time: datetime


@dataclass(frozen=True, slots=True)
class LeaseStanding:
    """Whether the host still holds the account, and until when without another sign of life."""

    held: bool
    expire_time: datetime | None


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds an account, without the proof of it."""

    api_key_id: UUID
    session_id: UUID
    start_time: datetime
    heartbeat_time: datetime
    expire_time: datetime


@dataclass(frozen=True, slots=True)
class CredentialView:
    """An account as administrators see it; `state` is judged at the time of asking."""

    credential_id: UUID
    platform: str
    name: str
    profile_key: str
    notes: str
    state: CredentialState
    failure_count: int
    reap_count: int
    success_count: int
    last_success_time: datetime | None
    last_failure_time: datetime | None
    last_failure_reason: int
    last_failure_message: str
    cooldown_end_time: datetime | None
    holder: Holder | None
    has_proxy: bool
    create_time: datetime
    update_time: datetime
    etag: str


@dataclass(frozen=True, slots=True)
class Counts:
    """How many accounts of a platform stand where."""

    platform: str
    available: int
    in_use: int
    cooldown: int
    failed: int
    needs_relogin: int
    disabled: int


@dataclass(frozen=True, slots=True)
class Rotated:
    """Of the secrets looked at: sealed anew, sealed with the current key before, and not to be opened."""

    sealed: int
    current: int
    unreadable: int
