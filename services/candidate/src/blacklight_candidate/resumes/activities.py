"""Steps of `resume-processing`: heartbeat, call the service, say how it ended."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from typing import Any

from blacklight_servicekit import logs
from blacklight_servicekit.clock import Clock
from blacklight_servicekit.errors import NotFound
from temporalio import activity

from blacklight_candidate.resumes import job as jobs
from blacklight_candidate.resumes.reading.pool import ReaderPool
from blacklight_candidate.resumes.reading.read import Unread
from blacklight_candidate.resumes.service import ResumeProcessing

HEARTBEAT_SECONDS = 1.0
log = logs.get(__name__)


class ResumeActivities:
    """The activities, with what they need."""

    def __init__(self, processing: ResumeProcessing, readers: ReaderPool, clock: Clock) -> None:
        self._processing = processing
        self._readers = readers
        self._clock = clock

    @property
    def all(self) -> list[Callable[..., Any]]:
        """What the worker runs."""
        return [self.begin, self.read, self.complete, self.fail]

    @activity.defn(name=jobs.BEGIN)
    async def begin(self, job: jobs.ProcessResume) -> bool:
        """Shows the resume as being read."""
        return await asyncio.to_thread(self._processing.begin, job)

    @activity.defn(name=jobs.READ)
    async def read(self, job: jobs.ProcessResume) -> jobs.ReadOutcome:
        """Reads the file and stores what it says."""
        async with _heartbeats():
            try:
                data = await asyncio.to_thread(self._processing.find_file, job)
            except NotFound as error:
                return jobs.ReadOutcome(reason=error.reason, message=error.message)
            if data is None:
                return jobs.ReadOutcome(stale=True)
            outcome = await self._readers.read(data, self._clock().date())
            if isinstance(outcome, Unread):
                return jobs.ReadOutcome(False, outcome.reason, outcome.message, outcome.retryable)
            return jobs.ReadOutcome(stale=not await asyncio.to_thread(self._processing.keep, job, outcome))

    @activity.defn(name=jobs.COMPLETE)
    async def complete(self, job: jobs.ProcessResume) -> None:
        """Fills the candidate's profile and shows the resume as read."""
        await asyncio.to_thread(self._processing.complete, job)
        log.info("resume.completed", tenant_id=job.tenant_id, resume_id=job.resume_id, attempt=job.attempt)

    @activity.defn(name=jobs.FAIL)
    async def fail(self, failed: jobs.FailResume) -> None:
        """Shows the resume as failed, with the reason."""
        job, outcome = failed.job, failed.outcome
        await asyncio.to_thread(self._processing.fail, job, outcome.reason, outcome.message, outcome.retryable)
        log.warning("resume.failed", tenant_id=job.tenant_id, resume_id=job.resume_id, reason=outcome.reason)


@contextlib.asynccontextmanager
async def _heartbeats() -> AsyncIterator[None]:
    async def beat() -> None:
        while True:
            activity.heartbeat()
            await asyncio.sleep(HEARTBEAT_SECONDS)

    beating = asyncio.create_task(beat())
    try:
        yield
    finally:
        beating.cancel()
        await asyncio.gather(beating, return_exceptions=True)
