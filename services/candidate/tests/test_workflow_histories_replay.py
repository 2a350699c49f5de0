"""Kept histories of `resume-processing` replay: what runs in production survives the next deployment.

Renew after a wanted change (which needs `workflow.patched` while old runs may be open):
`KEEP_HISTORIES=services/candidate/tests/histories pytest services/candidate/tests -k history_holds`
"""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from blacklight_candidate.resumes import job as jobs
from blacklight_candidate.resumes.workflows import ResumeProcessingWorkflow
from blacklight_servicekit import policies
from temporalio import workflow
from temporalio.client import WorkflowHistory
from temporalio.worker import Replayer, UnsandboxedWorkflowRunner
from temporalio.workflow import NondeterminismError

HISTORIES = sorted((Path(__file__).parent / "histories").glob("resume-processing.*.json"))


def kept(path: Path) -> WorkflowHistory:
    return WorkflowHistory.from_json(path.stem, path.read_text())


def test_every_ending_is_kept() -> None:
    assert [path.name for path in HISTORIES] == [
        "resume-processing.completed.json",
        "resume-processing.failed.json",
    ]


def replay(definition: type, path: Path, *, sandboxed: bool = True) -> None:
    runner = {} if sandboxed else {"workflow_runner": UnsandboxedWorkflowRunner()}
    asyncio.run(Replayer(workflows=[definition], **runner).replay_workflow(kept(path)))


@pytest.mark.parametrize("path", HISTORIES, ids=lambda path: path.stem)
def test_replays(path: Path) -> None:
    replay(ResumeProcessingWorkflow, path)


@workflow.defn(name=jobs.WORKFLOW)
class Changed:
    """The workflow as somebody might carelessly change it: reading first."""

    @workflow.run
    async def run(self, job: jobs.ProcessResume) -> str:
        await workflow.execute_activity(jobs.READ, job, result_type=jobs.ReadOutcome, **policies.COMPUTE)
        await workflow.execute_activity(jobs.BEGIN, job, result_type=bool, **policies.DB)
        await workflow.execute_activity(jobs.COMPLETE, job, **policies.DB)
        return "COMPLETED"


@pytest.mark.parametrize("path", HISTORIES, ids=lambda path: path.stem)
def test_a_changed_workflow_does_not_replay(path: Path) -> None:
    with pytest.raises(NondeterminismError):
        replay(Changed, path, sandboxed=False)
