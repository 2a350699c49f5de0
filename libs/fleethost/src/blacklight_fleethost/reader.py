"""What a host needs of a board: something that reads postings for a role.

Write one for a board of your own in a package of your own:

1. A class with `read(search, platform)`, an asynchronous generator of `PostingDraft`s in the board's order. It may run
   for hours and several at once; what blocks goes into `asyncio.to_thread`.
2. Ending normally says that all of the board's postings were yielded. Ending without one says that nothing came, which
   is no success (spec 8.4). Raise `NothingThere` only where the board itself says that it has nothing for the role, and
   `PlatformFailed` with its reason (spec 8.7) for any trouble; whatever else escapes is reported as UNKNOWN.
3. What is yielded is in the host's spool before the next posting is asked for, so a reader keeps nothing. After a crash
   it is asked again and yields from the beginning: the host recognises what it has sent by its content.
4. A factory `make(options, tell)` that is named by an entry point of the group `blacklight.readers`. It gets the
   `--option`s of the command line and a function that tells the operator something; it raises `BadOption`.

A board that needs an account finds it in `search.account`; while it is held, the host keeps it alive, and when it is
lost the reading is cancelled at once (F-04): close what is open in a `finally`. Never write an account's secrets
anywhere: not into messages, not into files.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from blacklight.matching.v1.posting_pb2 import PostingDraft
from blacklight.scraper.v1 import session_pb2
from blacklight.scraper.v1.session_pb2 import FailureReason

REASONS = frozenset(
    {
        session_pb2.FAILURE_REASON_AUTH_REQUIRED,
        session_pb2.FAILURE_REASON_CAPTCHA,
        session_pb2.FAILURE_REASON_BLOCKED,
        session_pb2.FAILURE_REASON_DOM_CHANGED,
        session_pb2.FAILURE_REASON_NETWORK,
        session_pb2.FAILURE_REASON_TIMEOUT,
        session_pb2.FAILURE_REASON_PARSE_ERROR,
        session_pb2.FAILURE_REASON_RATE_LIMITED,
        session_pb2.FAILURE_REASON_BROWSER_CRASH,
        session_pb2.FAILURE_REASON_CREDENTIAL_MISSING,
        session_pb2.FAILURE_REASON_UNKNOWN,
    }
)
"""Why a board may fail, as far as a host can tell."""

Tell = Callable[[str], None]
"""Tells the operator something in one line; no secrets."""


class NothingThere(Exception):
    """The board said that it has no posting for this role."""


class PlatformFailed(Exception):
    """The board could not be read; `message` is for a person and holds no secrets."""

    def __init__(
        self, reason: FailureReason.ValueType, message: str, *, retry_after_seconds: float | None = None
    ) -> None:
        """`retry_after_seconds`: how long the board asks to be left alone; None when it does not say.

        A reason that is not a host's to give (spec 8.7) becomes UNKNOWN; the message is cut at 1,000 characters.
        """
        super().__init__(message)
        self.reason = reason if reason in REASONS else session_pb2.FAILURE_REASON_UNKNOWN
        self.message = message.encode("utf-8", "replace").decode()[:1000]
        self.retry_after_seconds = retry_after_seconds


class BadOption(ValueError):
    """An option of a reader is missing, unknown or wrong; the message says which and what would be right."""


class Account(Protocol):
    """An account of a board, leased while one session reads it. The host keeps the lease alive and gives it back."""

    @property
    def name(self) -> str:
        """What administrators call it; the only field that may be told to anybody."""

    @property
    def username(self) -> str:
        """Who signs in, often an e-mail address; may be empty."""

    @property
    def password(self) -> str:
        """Secret; empty for accounts that sign in by cookies."""

    @property
    def cookies(self) -> str:
        """Secret: cookies or other material as JSON; may be empty."""

    @property
    def proxy(self) -> str:
        """Secret: the proxy to use with this account; may be empty."""

    @property
    def profile_key(self) -> str:
        """Names the browser profile that belongs to the account; may be empty."""

    async def succeeded(self) -> None:
        """The account works; it stays leased."""

    async def failed(self, reason: FailureReason.ValueType, message: str, *, cooldown_minutes: int = 0) -> None:
        """The account did not work and is given back: resting for so long; 0 takes it out until a person resets it."""

    async def auth_dead(self, message: str) -> None:
        """A person has to sign in anew; the account is given back and nobody gets it before (F-24)."""

    async def refreshed(self, cookies: str) -> None:
        """Stores renewed cookies: JSON with the board's session cookie, 64 KiB at most (F-27)."""


@dataclass(frozen=True, slots=True)
class Search:
    """What to look for on one board."""

    role_name: str
    aliases: tuple[str, ...] = ()
    location: str = ""
    """Empty: wherever the board looks by default."""
    candidate_query: str = ""
    """More precise than the role, for one candidate; empty for most."""
    queries: tuple[str, ...] = ()
    """Search texts made for the role; empty: its names."""
    account: Account | None = None
    """For boards that need one."""

    @property
    def names(self) -> list[str]:
        """All that the role is called, its own name first."""
        return [self.role_name, *self.aliases]


class Reader(Protocol):
    """Reads boards."""

    def read(self, search: Search, platform: str) -> AsyncIterator[PostingDraft]:
        """The postings of `platform` for a role. Raises NothingThere and PlatformFailed."""


@runtime_checkable
class ServesSomePlatforms(Protocol):
    """A reader that reads only some boards; the host claims no other. A reader without this serves all."""

    async def platforms(self) -> frozenset[str]:
        """The boards it can read now."""


MakeReader = Callable[[Mapping[str, str], Tell], Reader]
"""The factory that an entry point of the group `blacklight.readers` names. Raises BadOption."""
