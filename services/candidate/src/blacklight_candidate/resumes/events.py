"""What follows a resume's transaction: its workflow starts, files without a resume go."""

from __future__ import annotations

import asyncio
from uuid import UUID

from blacklight_servicekit import logs
from blacklight_servicekit.errors import Unavailable
from blacklight_servicekit.relay import DeadLetter, Event, Handler
from blacklight_servicekit.temporal import TemporalClient

from blacklight_candidate.resumes.job import TASK_QUEUE, WORKFLOW
from blacklight_candidate.resumes.service import ORPHANED, UPLOADED, ResumeProcessing

log = logs.get(__name__)
SWEEP_SECONDS = 3600.0


class ResumeEvents:
    """Handlers of the events of resumes."""

    def __init__(self, processing: ResumeProcessing, temporal: TemporalClient) -> None:
        self._processing = processing
        self._temporal = temporal

    @property
    def handlers(self) -> dict[str, Handler]:
        """Handlers by kind of event."""
        return {UPLOADED: self.uploaded, ORPHANED: self.orphaned}

    async def uploaded(self, event: Event) -> None:
        """Starts the workflow; one that was started before is left alone."""
        if event.tenant_id is None:
            raise DeadLetter("a resume without a tenant")
        resume_id = UUID(event.payload["resume_id"])
        start = await asyncio.to_thread(self._processing.find_start, event.tenant_id, resume_id)
        if start is not None:
            job, workflow_id = start
            await self._temporal.start(WORKFLOW, job, id=workflow_id, task_queue=TASK_QUEUE)

    async def orphaned(self, event: Event) -> None:
        """Deletes the file, once no resume has it."""
        if not await asyncio.to_thread(self._processing.discard, event.payload["key"]):
            raise DeadLetter("not the key of a resume")

    async def sweep(self) -> None:
        """Every hour: files that no resume has go."""
        while True:
            try:
                swept = await asyncio.to_thread(self._processing.sweep)
                log.info("files.swept", files=swept)
            except Unavailable as error:
                log.warning("files.not_swept", reason=error.reason)
            await asyncio.sleep(SWEEP_SECONDS)
