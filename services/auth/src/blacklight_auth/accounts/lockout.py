"""When failed sign-ins lock an account (spec 3.3, D-10): five in a row, for thirty minutes. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

MAX_FAILURES = 5
LOCK = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Failures:
    """Failed sign-ins since the last success, and until when the account is locked."""

    count: int = 0
    locked_until: datetime | None = None

    def locked(self, now: datetime) -> bool:
        """True while no password, not even the right one, lets anybody in."""
        return self.locked_until is not None and now < self.locked_until

    def after_failure(self, now: datetime) -> Failures:
        """The state after one more wrong password.

        While locked nothing is counted, so nobody can keep an account locked for ever by trying on; after a lock
        has run out the count starts anew.
        """
        if self.locked(now):
            return self
        count = 1 if self.locked_until is not None else self.count + 1
        return Failures(count, now + LOCK if count >= MAX_FAILURES else None)
