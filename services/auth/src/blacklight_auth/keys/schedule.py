"""When a signing key signs and until when it is shown. Pure.

A new key is published before it signs, because others keep copies of the key set: until then the newest older one
signs. An older key stays published until the last token it signed has run out.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

PUBLISH_AHEAD = timedelta(minutes=10)
ACCESS_LIFETIME = timedelta(minutes=15)
LEEWAY = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Term:
    """The life of one key: signs from `sign_time` (until a newer one does), published until `retire_time`."""

    kid: str
    sign_time: datetime
    retire_time: datetime | None = None


def newest_first(terms: Iterable[Term]) -> list[Term]:
    """Terms by age, the newest first; ties by id."""
    return sorted(terms, key=lambda term: (term.sign_time, term.kid), reverse=True)


def published(terms: Iterable[Term], now: datetime) -> list[Term]:
    """The keys that verifiers must know, newest first."""
    return [term for term in newest_first(terms) if term.retire_time is None or now < term.retire_time]


def signing(terms: Iterable[Term], now: datetime) -> Term | None:
    """The key that signs now: the newest whose time has come; None without any published key.

    Where none's has, the oldest signs: the clock of the machine that made it is a little ahead of this one's.
    """
    shown = published(terms, now)
    return next((term for term in shown if term.sign_time <= now), shown[-1] if shown else None)


def retirement(successor_sign_time: datetime) -> datetime:
    """Until when a key stays published whose successor signs from `successor_sign_time`."""
    return successor_sign_time + ACCESS_LIFETIME + LEEWAY
