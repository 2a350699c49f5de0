"""Why a host's message is refused, in words it can act on. Pure."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RefusalView:
    """A refusal: the reason in UPPER_SNAKE, what was wrong and what would be right."""

    reason: str
    message: str
    field: str = ""
    session_id: str = ""
    sequence: int = 0
    expected_sequence: int = 0
    claim_id: str = ""


class Refused(Exception):
    """Raised inside a transaction: nothing of the message is taken, and the stream goes on."""

    def __init__(self, view: RefusalView) -> None:
        super().__init__(view.reason)
        self.view = view


def platform_not_allowed(allowed: Collection[str]) -> RefusalView:
    """None of the platforms is one of the key's."""
    return RefusalView("PLATFORM_NOT_ALLOWED", f"this key allows {', '.join(sorted(allowed))}", field="platforms")


def session_not_found(session_id: object) -> RefusalView:
    """No such session of this key."""
    return RefusalView(
        "SESSION_NOT_FOUND",
        "this key has no session of that id; claim a role to open one",
        field="session_id",
        session_id=str(session_id),
    )


def stale_token(session_id: object, *, sequence: int = 0) -> RefusalView:
    """Another stream of this host has taken the session over."""
    return RefusalView(
        "STALE_FENCING_TOKEN",
        "another stream has taken this session over; connect again and use the token from the welcome",
        field="fencing_token",
        session_id=str(session_id),
        sequence=sequence,
    )


def unknown_platform(session_id: object, platform: str, known: tuple[str, ...], *, sequence: int = 0) -> RefusalView:
    """The platform is none of the session's."""
    return RefusalView(
        "UNKNOWN_PLATFORM",
        f"{platform[:50]!r} is not in this assignment; its platforms are {', '.join(known)}",
        field="platform",
        session_id=str(session_id),
        sequence=sequence,
    )


def session_ended(session_id: object, *, sequence: int = 0) -> RefusalView:
    """The session is over, too long ago for a late batch."""
    return RefusalView(
        "SESSION_ENDED",
        "this session has ended; drop what is left of it",
        field="session_id",
        session_id=str(session_id),
        sequence=sequence,
    )


def not_all_reported(session_id: object, missing: list[str]) -> RefusalView:
    """A session finishes when every platform is reported."""
    return RefusalView(
        "NOT_ALL_REPORTED",
        f"report these platforms first: {', '.join(missing)}",
        field="session_id",
        session_id=str(session_id),
    )


def bad_report(session_id: object, reason: str, message: str, field: str) -> RefusalView:
    """A report that contradicts itself, an earlier report, or what was delivered."""
    return RefusalView(reason, message, field=field, session_id=str(session_id))
