"""What a mailbox is signed in to with, sealed at rest. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class MailSecret:
    """A password, or the tokens of OAuth; `expire_time` is ISO 8601. `verifier` belongs to a sign-in under way."""

    password: str = field(default="", repr=False)
    access_token: str = field(default="", repr=False)
    refresh_token: str = field(default="", repr=False)
    expire_time: str = ""
    verifier: str = field(default="", repr=False)
