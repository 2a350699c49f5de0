"""The composition root: the one module that wires everything."""

from __future__ import annotations

import asyncio

from blacklight_servicekit.app import Kit, Parts, ServiceApp

from blacklight_candidate.candidates.service import CandidateService
from blacklight_candidate.candidates.servicer import CandidateServicer
from blacklight_candidate.profiles.events import ProfileEvents
from blacklight_candidate.profiles.service import ProfileService
from blacklight_candidate.resumes.activities import ResumeActivities
from blacklight_candidate.resumes.events import ResumeEvents
from blacklight_candidate.resumes.files import FileStore
from blacklight_candidate.resumes.job import TASK_QUEUE
from blacklight_candidate.resumes.reading.pool import ReaderPool
from blacklight_candidate.resumes.service import ResumeProcessing, ResumeService, delete_resumes_of
from blacklight_candidate.resumes.servicer import ResumeServicer
from blacklight_candidate.resumes.workflows import ResumeProcessingWorkflow
from blacklight_candidate.settings import CandidateSettings
from blacklight_candidate.tables import SCHEMA, Base


def build(kit: Kit[CandidateSettings]) -> Parts:
    """The parts of the candidate service."""
    files = FileStore(kit.settings.store_url)
    candidates = CandidateService(kit.database, kit.clock, dependents=[delete_resumes_of])
    resumes = ResumeService(kit.database, kit.clock, files, candidates)
    processing = ResumeProcessing(kit.database, kit.clock, files, candidates)
    readers = ReaderPool(
        size=kit.settings.reader_processes,
        seconds=kit.settings.reader_timeout_seconds,
        megabytes=kit.settings.reader_memory_mb,
    )
    resume_events = ResumeEvents(processing, kit.temporal)
    profile_events = ProfileEvents(ProfileService(kit.database, candidates, resumes), kit.clients)
    return Parts(
        servicers=[CandidateServicer(candidates), ResumeServicer(resumes, files)],
        task_queue=TASK_QUEUE,
        workflows=[ResumeProcessingWorkflow],
        activities=ResumeActivities(processing, readers, kit.clock).all,
        events={**resume_events.handlers, **profile_events.handlers},
        background=[lambda: _keep_ready(readers), resume_events.sweep],
    )


async def _keep_ready(readers: ReaderPool) -> None:
    """Reading processes run ahead of the first file and end with the worker."""
    try:
        await readers.warm()
        await asyncio.Event().wait()
    finally:
        await readers.close()


APP = ServiceApp(name=SCHEMA, settings=CandidateSettings, base=Base, build=build)
