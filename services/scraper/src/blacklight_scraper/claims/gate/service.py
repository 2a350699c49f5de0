"""Which platforms a claim may take: not paused, with an account to be had, not full, with something due (spec 8.2)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from blacklight_scraper.claims.states import NothingReason
from blacklight_scraper.credentials.service import Credentials
from blacklight_scraper.platforms.service import Platforms
from blacklight_scraper.platforms.views import Login, PlatformFacts
from blacklight_scraper.queue.schedule.service import Schedule

_LOCK = text(
    "SELECT pg_advisory_xact_lock(hashtextextended('claims of ' || name, 0))"
    " FROM unnest(CAST(:names AS text[])) WITH ORDINALITY AS board (name, place) ORDER BY place"
)


@dataclass(slots=True)
class Free:
    """Platforms that a claim may still take, highest priority first, and why it may not take the others."""

    boards: dict[str, PlatformFacts]
    closed: dict[str, NothingReason] = field(default_factory=dict)

    def close(self, names: Collection[str], reason: NothingReason) -> None:
        """These gave nothing."""
        for name in names:
            if self.boards.pop(name, None) is not None:
                self.closed[name] = reason

    def taken(self, names: Collection[str]) -> None:
        """These are in an assignment."""
        for name in names:
            self.boards.pop(name, None)


class Gate:
    """What lets a claim through. Parts only."""

    def __init__(self, platforms: Platforms, schedule: Schedule, credentials: Credentials) -> None:
        self._platforms = platforms
        self._schedule = schedule
        self._credentials = credentials

    def free(self, session: Session, wanted: Collection[str], *, can_lease: bool, now: datetime) -> Free:
        """Part: those of `wanted` that may be claimed, each locked against other claims until the transaction ends.

        What gives nothing anyway is found out before anything is locked: most claims of an idle fleet end there. Under
        the locks, which are taken in a fixed order, sessions in flight are counted anew, so that of two claims at once
        the second sees the first's session.
        """
        found = Free({board.name: board for board in self._platforms.claimable(session, wanted)})
        found.closed = {name: NothingReason.PLATFORM_PAUSED for name in wanted if name not in found.boards}
        self._close_without_account(session, found, can_lease, now)
        self._close_full(session, found)
        if not found.boards or not self._schedule.any_due(session, found.boards):
            found.close(list(found.boards), NothingReason.NOTHING_DUE)
            return found
        session.execute(_LOCK, {"names": sorted(found.boards)})
        self._close_full(session, found)
        return found

    def _close_without_account(self, session: Session, found: Free, can_lease: bool, now: datetime) -> None:
        needing = [name for name, board in found.boards.items() if board.login is not Login.NONE]
        accounts = self._credentials.available(session, needing, now) if needing and can_lease else {}
        found.close([name for name in needing if not accounts.get(name)], NothingReason.NO_CREDENTIAL)

    def _close_full(self, session: Session, found: Free) -> None:
        in_flight = self._schedule.in_flight(session, found.boards)
        full = [name for name, board in found.boards.items() if in_flight.get(name, 0) >= board.max_in_flight]
        found.close(full, NothingReason.PLATFORM_FULL)
