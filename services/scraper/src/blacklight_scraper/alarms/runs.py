"""What the detection of breaks knows of a run: a session's work on one platform, reported and not failed. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Run:
    """A run of a platform.

    Attributes:
        target_id: the queue's target that it searched; what it gives depends on that most of all.
        report_time: when its host said that it was done.
        received: postings that the host sent.
        taken: those of them that were not refused, at the boundary or by matching.
        fills: of the received, how many hold each field; empty where nobody counted.
    """

    target_id: UUID
    report_time: datetime
    received: int
    taken: int
    fills: tuple[int, ...] = ()


def by_target(runs: Sequence[Run]) -> dict[UUID, list[Run]]:
    """The runs of each target."""
    found: dict[UUID, list[Run]] = {}
    for run in runs:
        found.setdefault(run.target_id, []).append(run)
    return found


def part_of_week(moment: datetime) -> int:
    """In which of twelve parts of the week it lies: four hours of the day, on a weekday or at the weekend (UTC)."""
    return moment.hour // 4 + (6 if moment.weekday() >= 5 else 0)
