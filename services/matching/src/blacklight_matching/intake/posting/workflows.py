"""`posting-intake`: one for ever; takes all waiting postings, page after page, each time it is told that some wait."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from blacklight_servicekit import policies

    from blacklight_matching.intake.posting.activities import PostingActivities

WORKFLOW_ID = "posting-intake"
PAGES = 200
"""Pages before the history is begun anew."""
PAGE_TIME = timedelta(seconds=120)


@dataclass(frozen=True)
class IntakeStart:
    """Whether postings are known to wait, as the workflow begins or goes on."""

    waiting: bool = True


@workflow.defn(name="posting-intake")
class PostingIntakeWorkflow:
    """Reads and matches until nothing waits, then sleeps until told."""

    def __init__(self) -> None:
        self._waiting = False

    @workflow.signal(name="waiting")
    def waiting(self) -> None:
        """Postings wait."""
        self._waiting = True

    @workflow.run
    async def run(self, start: IntakeStart) -> None:
        """Runs for ever, in a new history after so many pages."""
        self._waiting = self._waiting or start.waiting
        for _ in range(PAGES):
            await workflow.wait_condition(lambda: self._waiting)
            self._waiting = False
            if await self._page():
                self._waiting = True
        workflow.continue_as_new(IntakeStart(self._waiting))

    async def _page(self) -> bool:
        """One page; True when more may wait. What an interrupted page left read is matched with it."""
        policy = policies.ActivityPolicy(
            start_to_close_timeout=PAGE_TIME,
            heartbeat_timeout=policies.HEARTBEAT,
            retry_policy=policies.DB["retry_policy"],
        )
        more = await workflow.execute_activity_method(PostingActivities.read, **policy)
        await workflow.execute_activity_method(PostingActivities.match, **policy)
        return more
