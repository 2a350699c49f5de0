"""Kept histories of `scrape-session` replay: what runs in production survives the next deployment.

Renew after a wanted change (which needs `workflow.patched` while old runs may be open):
`KEEP_HISTORIES=services/scraper/tests/histories pytest services/scraper/tests -k "history or silent_host_out"`
"""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest
from blacklight_scraper.sessions.activities import (
    PROGRESS_SIGNAL,
    WORKFLOW,
    ScrapeSessionActivities,
    ScrapeSessionInput,
)
from blacklight_scraper.sessions.workflows import ScrapeSessionWorkflow
from blacklight_servicekit import policies
from temporalio import workflow
from temporalio.client import WorkflowHistory
from temporalio.worker import Replayer, UnsandboxedWorkflowRunner
from temporalio.workflow import NondeterminismError

HISTORIES = sorted((Path(__file__).parent / "histories").glob("scrape-session.*.json"))


def kept(path: Path) -> WorkflowHistory:
    return WorkflowHistory.from_json(path.stem, path.read_text())


def test_both_ways_of_ending_are_kept() -> None:
    assert [path.name for path in HISTORIES] == [
        "scrape-session.completed.json",
        "scrape-session.timed_out.json",
    ]


@pytest.mark.parametrize("path", HISTORIES, ids=lambda path: path.stem)
def test_a_kept_session_replays(path: Path) -> None:
    asyncio.run(Replayer(workflows=[ScrapeSessionWorkflow]).replay_workflow(kept(path)))


@workflow.defn(name=WORKFLOW)
class Changed:
    """The workflow as somebody might carelessly change it: sleeping before the first look."""

    @workflow.signal(name=PROGRESS_SIGNAL)
    def progress(self) -> None:
        """Ignored."""

    @workflow.run
    async def run(self, given: ScrapeSessionInput) -> str:
        await workflow.sleep(timedelta(seconds=5))
        standing = await workflow.execute_activity_method(ScrapeSessionActivities.review, given, **policies.DB)
        return standing.state


@pytest.mark.parametrize("path", HISTORIES, ids=lambda path: path.stem)
def test_a_changed_session_workflow_does_not_replay(path: Path) -> None:
    replayer = Replayer(workflows=[Changed], workflow_runner=UnsandboxedWorkflowRunner())
    with pytest.raises(NondeterminismError):
        asyncio.run(replayer.replay_workflow(kept(path)))
