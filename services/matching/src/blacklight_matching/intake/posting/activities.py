"""The steps of `posting-intake`; what they work on waits in the database, so they carry counts only."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

from blacklight_servicekit.caller import Caller
from temporalio import activity

from blacklight_matching.intake.posting.service import PostingIntake
from blacklight_matching.postings.reading.pace import LOOK_SECONDS

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
        """Reads one page of waiting postings; True when more may wait. Gives way first to those that pour in.

        The last page is matched at once: the hop to the next activity would be most of the time that it takes.
        """
        while self._intake.must_rest(_CALLER, time.monotonic()) and not activity.is_worker_shutdown():
            activity.wait_for_worker_shutdown_sync(LOOK_SECONDS)
        more = self._intake.read_waiting(_CALLER) == self._intake.page
        if not more:
            self._intake.match_read(_CALLER)
        return more

    @activity.defn(name="postings-match")
    def match(self) -> int:
        """Matches what is still read and not matched; returns how many postings."""
        return self._intake.match_read(_CALLER)
