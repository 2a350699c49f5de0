"""The steps of `posting-intake`; what they work on waits in the database, so they carry counts only."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

from blacklight_servicekit.caller import Caller
from temporalio import activity

from blacklight_matching.intake.posting.service import PostingIntake
from blacklight_matching.postings.reading.pace import LOOK_SECONDS

MOST_SECONDS = 30.0
"""After which an activity begins no further page."""

_CALLER = Caller.service("matching", None)


class PostingActivities:
    """Activities over the queue of postings."""

    def __init__(self, intake: PostingIntake) -> None:
        self._intake = intake

    @property
    def all(self) -> Sequence[Callable[..., Any]]:
        """What the worker registers."""
        return (self.read, self.match)

    @activity.defn(name="postings-read")
    def read(self) -> bool:
        """Reads and matches page after page; True when more may wait after `MOST_SECONDS`.

        Not a page an activity: the hops between would be most of the time that a posting waits.
        """
        end = time.monotonic() + MOST_SECONDS
        return self._intake.take_waiting(_CALLER, lambda: self._goes_on(end))

    @activity.defn(name="postings-match")
    def match(self) -> int:
        """Matches what is still read and not matched; returns how many postings."""
        return self._intake.match_read(_CALLER)

    def _goes_on(self, end: float) -> bool:
        """Whether to read another page; gives way first to postings that pour in."""
        while self._intake.must_rest(_CALLER, time.monotonic()) and not activity.is_worker_shutdown():
            activity.wait_for_worker_shutdown_sync(LOOK_SECONDS)
        return time.monotonic() < end and not activity.is_worker_shutdown()
