"""When a posting counts as open (spec decision D-6, pain P-68). Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class ExpiryRule:
    """A posting is open while it was seen within `unseen` and, where the board gave a date, posted within `age`."""

    unseen: timedelta = timedelta(days=30)
    age: timedelta = timedelta(days=60)

    @property
    def grace_days(self) -> int:
        """How many days longer a posting is open by its date than by when it was seen."""
        return (self.age - self.unseen).days

    def is_open(self, *, last_seen_time: datetime, posted_time: datetime | None, now: datetime) -> bool:
        """Whether a posting is open at `now`; the limits themselves still count as open."""
        if last_seen_time < now - self.unseen:
            return False
        return posted_time is None or posted_time >= now - self.age

    def state(self, *, end_state: str, last_seen_time: datetime, posted_time: datetime | None, now: datetime) -> str:
        """FILLED or CLOSED as a person said, else ACTIVE or EXPIRED."""
        open_now = self.is_open(last_seen_time=last_seen_time, posted_time=posted_time, now=now)
        return end_state or ("ACTIVE" if open_now else "EXPIRED")
