"""Whether a candidate that is not known may be on its way: profiles come by the candidate service's outbox. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

ARRIVES_WITHIN = timedelta(minutes=10)
"""Twice the longest pause of a relay; it usually takes less than a second."""


def may_arrive(candidate_id: UUID, now: datetime) -> bool:
    """True of ids that were made just now: UUIDv7 begins with the milliseconds of its making (RFC 9562, 5.7)."""
    if candidate_id.version != 7:
        return False
    age = now.timestamp() - (candidate_id.int >> 80) / 1000
    # Clocks of two machines differ a little.
    return abs(age) < ARRIVES_WITHIN.total_seconds()
