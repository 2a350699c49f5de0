"""The workflow `resume-processing`: begin, read, then complete or fail (spec 5.3, 5.6)."""

from __future__ import annotations

from datetime import timedelta

from temporalio import workflow
from temporalio.exceptions import ActivityError

with workflow.unsafe.imports_passed_through():
    from blacklight_servicekit import policies

    from blacklight_candidate.resumes import job as jobs

HEARTBEAT = timedelta(seconds=5)
"""A worker that dies while it reads is noticed so soon."""
PATIENCE = timedelta(minutes=15)
"""Infrastructure that does not answer is tried again for so long; then the resume fails, retryable."""


@workflow.defn(name=jobs.WORKFLOW)
class ResumeProcessingWorkflow:
    """Processes one attempt on one resume; ends as COMPLETED, FAILED or STALE."""

    @workflow.run
    async def run(self, job: jobs.ProcessResume) -> str:
        if not await workflow.execute_activity(jobs.BEGIN, job, result_type=bool, **policies.DB):
            return "STALE"
        outcome = await self._read(job)
        if outcome.stale:
            return "STALE"
        if not outcome.reason:
            outcome = await self._complete(job)
        if outcome.reason:
            failed = jobs.FailResume(job, outcome)
            await workflow.execute_activity(jobs.FAIL, failed, **policies.DB)
            return "FAILED"
        return "COMPLETED"

    async def _read(self, job: jobs.ProcessResume) -> jobs.ReadOutcome:
        try:
            outcome: jobs.ReadOutcome = await workflow.execute_activity(
                jobs.READ,
                job,
                result_type=jobs.ReadOutcome,
                start_to_close_timeout=policies.COMPUTE["start_to_close_timeout"],
                retry_policy=policies.DB["retry_policy"],
                heartbeat_timeout=HEARTBEAT,
                schedule_to_close_timeout=PATIENCE,
            )
        except ActivityError:
            return _gave_up()
        return outcome

    async def _complete(self, job: jobs.ProcessResume) -> jobs.ReadOutcome:
        try:
            await workflow.execute_activity(jobs.COMPLETE, job, **policies.DB, schedule_to_close_timeout=PATIENCE)
        except ActivityError:
            return _gave_up()
        return jobs.ReadOutcome()


def _gave_up() -> jobs.ReadOutcome:
    return jobs.ReadOutcome(
        reason="PROCESSING_FAILED",
        message="The resume could not be processed because a part of the system did not answer. Try again.",
        retryable=True,
    )
