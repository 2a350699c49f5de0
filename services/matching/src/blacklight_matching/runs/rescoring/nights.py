"""When the nightly refresh is due (spec 6.11). Pure."""

from __future__ import annotations

from datetime import datetime, time, timedelta

DUE = time(2, 0)
"""In UTC."""


def last_due(now: datetime) -> datetime:
    """The last moment at or before now at which it was due; `now` is in UTC."""
    today = now.replace(hour=DUE.hour, minute=DUE.minute, second=0, microsecond=0)
    return today if today <= now else today - timedelta(days=1)


def seconds_to_next(now: datetime) -> float:
    """How long until it is due again; more than 0."""
    return (last_due(now) + timedelta(days=1) - now).total_seconds()
