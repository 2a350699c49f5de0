"""`long-run`: one for each run, under its id; page after page until the run says that it has ended."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from temporalio import workflow
from temporalio.exceptions import ActivityError

with workflow.unsafe.imports_passed_through():
    from blacklight_servicekit import policies
    from temporalio.common import RetryPolicy

    from blacklight_matching.runs.activities import RunActivities

PAGES = 500
"""Pages before the history is begun anew."""
PAGE_TIME = timedelta(seconds=120)
ATTEMPTS = 20
"""Of a page that fails for a reason that is not ours to name, about ten minutes."""


@dataclass(frozen=True)
class RunStart:
    """Which run."""

    run_id: str


@workflow.defn(name="long-run")
class LongRunWorkflow:
    """Works through a run; sleeps while it is paused."""

    def __init__(self) -> None:
        self._due = False

    @workflow.signal(name="due")
    def due(self) -> None:
        """The run was begun, resumed or cancelled."""
        self._due = True

    @workflow.run
    async def run(self, start: RunStart) -> None:
        """Until the run has ended."""
        for _ in range(PAGES):
            self._due = False
            state = await self._page(start.run_id)
            if state == "ENDED":
                return
            if state == "PAUSED":
                await workflow.wait_condition(lambda: self._due)
        workflow.continue_as_new(start)

    async def _page(self, run_id: str) -> str:
        policy = policies.ActivityPolicy(
            start_to_close_timeout=PAGE_TIME,
            heartbeat_timeout=policies.HEARTBEAT,
            retry_policy=RetryPolicy(maximum_interval=timedelta(seconds=30), maximum_attempts=ATTEMPTS),
        )
        try:
            return await workflow.execute_activity_method(RunActivities.page, run_id, **policy)
        except ActivityError:
            await workflow.execute_activity_method(RunActivities.give_up, run_id, **policies.DB)
            return "ENDED"
