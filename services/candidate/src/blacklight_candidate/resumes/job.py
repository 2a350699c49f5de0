"""What the workflow and its activities say to each other: ids and reasons, never what a resume says. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

WORKFLOW = "resume-processing"
TASK_QUEUE = "candidate"
BEGIN, READ, COMPLETE, FAIL = (f"resume.{step}" for step in ("begin", "read", "complete", "fail"))


@dataclass(frozen=True)
class ProcessResume:
    """One processing of one resume: input of the workflow and of each of its activities."""

    tenant_id: str
    resume_id: str
    attempt: int


@dataclass(frozen=True)
class ReadOutcome:
    """How reading ended: STALE = there is nothing to process any more; a reason = not readable."""

    stale: bool = False
    reason: str = ""
    message: str = ""
    retryable: bool = False


@dataclass(frozen=True)
class FailResume:
    """The processing to end as failed, and why."""

    job: ProcessResume
    outcome: ReadOutcome


def workflow_id(resume_id: UUID, sha256: str, attempt: int) -> str:
    """One workflow for each attempt on one content."""
    return f"resume-{resume_id}-{sha256[:12]}-{attempt}"
