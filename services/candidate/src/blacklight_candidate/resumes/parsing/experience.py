"""Length of experience: the union of the months of all jobs, so that two at once count once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from .dates import months_between
from .model import Job


def total_months(jobs: Sequence[Job], today: date) -> int | None:
    """Months in which at least one job was held, up to `today`; None when no job is dated."""
    now = f"{today.year:04d}-{today.month:02d}"
    intervals = sorted(
        months_between(job.start.value, job.end.value or now)
        for job in jobs
        if job.start.value is not None and (job.end.value is not None or job.is_current)
    )
    if not intervals:
        return None
    limit = today.year * 12 + today.month - 1
    total, reached = 0, -1
    for first, last in intervals:
        first, last = max(first, reached + 1), min(last, limit)
        total += max(0, last - first + 1)
        reached = max(reached, last)
    return total
