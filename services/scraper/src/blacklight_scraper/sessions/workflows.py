"""`scrape-session`: one a session; looks when told or when the host may have fallen silent, until it has ended.

What is decided is decided in the session's row; the workflow only sees to it that somebody looks.
"""

from __future__ import annotations

from datetime import timedelta

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from blacklight_servicekit import policies

    from blacklight_scraper.sessions.activities import (
        PROGRESS_SIGNAL,
        WORKFLOW,
        ScrapeSessionActivities,
        ScrapeSessionInput,
    )


@workflow.defn(name=WORKFLOW)
class ScrapeSessionWorkflow:
    """Reviews one session until it has ended; returns the name of its last state."""

    def __init__(self) -> None:
        self._told = False

    @workflow.signal(name=PROGRESS_SIGNAL)
    def progress(self) -> None:
        """Something of the session was reported, finished or settled."""
        self._told = True

    @workflow.run
    async def run(self, given: ScrapeSessionInput) -> str:
        """Runs for as long as the session is open."""
        while True:
            self._told = False
            standing = await workflow.execute_activity_method(ScrapeSessionActivities.review, given, **policies.DB)
            if not standing.open:
                return standing.state
            if workflow.info().is_continue_as_new_suggested():
                workflow.continue_as_new(given)
            try:
                await workflow.wait_condition(lambda: self._told, timeout=timedelta(seconds=standing.wait_seconds))
            except TimeoutError:
                continue
