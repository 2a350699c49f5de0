"""Workflows run against a real Temporal; histories of every release replay, and a changed workflow does not.

`BLACKLIGHT_RECORD_HISTORIES=1 pytest services/matching/tests/test_workflows_replay.py` writes this release's
histories to `histories/`; older ones stay beside them.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from blacklight_matching.intake.candidate.activities import CandidateReady
from blacklight_matching.intake.candidate.workflows import CandidateReadyWorkflow
from blacklight_matching.intake.posting.workflows import IntakeStart, PostingIntakeWorkflow
from blacklight_matching.mailboxes.syncing.activities import SyncedMailbox
from blacklight_matching.mailboxes.syncing.workflows import MailboxSyncWorkflow
from blacklight_matching.runs.workflows import LongRunWorkflow, RunStart
from blacklight_testkit import histories
from blacklight_testkit.faults import guards
from temporalio import activity, workflow
from temporalio.client import Client, WorkflowHandle, WorkflowHistory
from temporalio.exceptions import ApplicationError
from temporalio.worker import Replayer, UnsandboxedWorkflowRunner, Worker

with workflow.unsafe.imports_passed_through():
    from blacklight_servicekit import policies

HISTORIES = Path(__file__).parent / "histories"
WORKFLOWS = [CandidateReadyWorkflow, PostingIntakeWorkflow, MailboxSyncWorkflow, LongRunWorkflow]
RUN = uuid.UUID("018f0000-0000-7000-8000-000000000003")
CANDIDATE = CandidateReady("018f0000-0000-7000-8000-000000000001", "018f0000-0000-7000-8000-000000000002")


@dataclass
class Steps:
    """Activities under the real names that note that they ran; `during` runs inside the named one."""

    ran: list[str] = field(default_factory=list)
    pages: list[bool] = field(default_factory=list)
    states: list[str] = field(default_factory=list)
    during: dict[str, Callable[[], Awaitable[None]]] = field(default_factory=dict)

    async def note(self, name: str) -> None:
        self.ran.append(name)
        if name in self.during:
            await self.during.pop(name)()

    @property
    def all(self) -> list[Callable[..., Any]]:
        @activity.defn(name="candidate-normalise-roles")
        async def normalise(_: CandidateReady) -> None:
            await self.note("roles")

        @activity.defn(name="candidate-embed")
        async def embed(_: CandidateReady) -> None:
            await self.note("embed")

        @activity.defn(name="candidate-match")
        async def match(_: CandidateReady) -> int:
            await self.note("match")
            return 0

        @activity.defn(name="postings-read")
        async def read_page() -> bool:
            await self.note("read")
            return self.pages.pop(0) if self.pages else False

        @activity.defn(name="postings-match")
        async def match_page() -> int:
            await self.note("match")
            return 0

        @activity.defn(name="run-page")
        async def run_page(_: str) -> str:
            await self.note("page")
            state = self.states.pop(0) if self.states else "ENDED"
            if state == "BROKEN":
                raise ApplicationError("broken", non_retryable=True)
            return state

        @activity.defn(name="run-give-up")
        async def give_up(_: str) -> None:
            await self.note("give up")

        return [normalise, embed, match, read_page, match_page, run_page, give_up]


@asynccontextmanager
async def worker(address: str, steps: Steps, queue: str) -> AsyncIterator[Client]:
    client = await Client.connect(address)
    with ThreadPoolExecutor(2) as pool:
        async with Worker(client, task_queue=queue, workflows=WORKFLOWS, activities=steps.all, activity_executor=pool):
            yield client


async def until(holds: Callable[[], bool]) -> None:
    for _ in range(1200):
        if holds():
            return
        await asyncio.sleep(0.05)
    raise AssertionError("it never came to hold")


async def record(handle: WorkflowHandle[Any, Any], name: str) -> WorkflowHistory:
    history = await handle.fetch_history()
    histories.keep(history, HISTORIES / f"{name}.json")
    return history


def run(work: Awaitable[Any]) -> Any:
    async def wait() -> Any:
        return await work

    return asyncio.run(wait())


@guards(
    "P-46",
    file="services/matching/src/blacklight_matching/intake/candidate/workflows.py",
    old="execute_activity_method(CandidateActivities.normalise_roles, candidate",
    new="execute_activity_method(CandidateActivities.match, candidate",
)
def test_p46_a_candidate_goes_through_roles_embedding_and_matching_in_this_order(temporal_server):
    steps = Steps()

    async def scenario() -> None:
        queue = f"q-{uuid.uuid4()}"
        async with worker(temporal_server.address, steps, queue) as client:
            handle = await client.start_workflow(
                CandidateReadyWorkflow.run, CANDIDATE, id=f"one-round-{queue}", task_queue=queue
            )
            await handle.result()
            history = await record(handle, "candidate-ready-0.1.0-one-round")
        await Replayer(workflows=WORKFLOWS).replay_workflow(history)

    run(scenario())
    assert steps.ran == ["roles", "embed", "match"]


def test_a_candidate_that_changes_while_it_is_matched_goes_through_once_more(temporal_server):
    steps = Steps()

    async def scenario() -> None:
        queue = f"q-{uuid.uuid4()}"
        async with worker(temporal_server.address, steps, queue) as client:
            handle = await client.start_workflow(
                CandidateReadyWorkflow.run, CANDIDATE, id=f"two-rounds-{queue}", task_queue=queue
            )
            steps.during["match"] = lambda: handle.signal(CandidateReadyWorkflow.changed)
            await handle.result()
            await record(handle, "candidate-ready-0.1.0-changed-meanwhile")

    run(scenario())
    assert steps.ran == ["roles", "embed", "match"] * 2


def test_the_intake_takes_page_after_page_and_sleeps_until_told(temporal_server):
    steps = Steps(pages=[True, True, False])

    async def scenario() -> None:
        queue = f"q-{uuid.uuid4()}"
        async with worker(temporal_server.address, steps, queue) as client:
            handle = await client.start_workflow(
                PostingIntakeWorkflow.run, IntakeStart(), id=f"intake-{queue}", task_queue=queue
            )
            await until(lambda: steps.ran == ["read", "match"] * 3)
            await handle.signal(PostingIntakeWorkflow.waiting)
            await until(lambda: steps.ran == ["read", "match"] * 4)
            history = await record(handle, "posting-intake-0.1.0-four-pages")
            await handle.terminate()
        await Replayer(workflows=WORKFLOWS).replay_workflow(history)

    run(scenario())


def test_postings_that_arrive_while_a_page_is_worked_on_are_taken_next(temporal_server):
    steps = Steps()

    async def scenario() -> None:
        queue = f"q-{uuid.uuid4()}"
        async with worker(temporal_server.address, steps, queue) as client:
            workflow_id = f"intake-{queue}"
            steps.during["match"] = lambda: client.get_workflow_handle(workflow_id).signal("waiting")
            handle = await client.start_workflow(
                PostingIntakeWorkflow.run, IntakeStart(), id=workflow_id, task_queue=queue
            )
            await until(lambda: steps.ran == ["read", "match"] * 2)
            await handle.terminate()

    run(scenario())


def test_a_long_run_sleeps_while_it_is_paused_and_ends_with_its_run(temporal_server):
    steps = Steps(states=["RUNNING", "PAUSED", "RUNNING", "ENDED"])

    async def scenario() -> None:
        queue = f"q-{uuid.uuid4()}"
        async with worker(temporal_server.address, steps, queue) as client:
            handle = await client.start_workflow(
                LongRunWorkflow.run, RunStart(str(RUN)), id=f"run-{queue}", task_queue=queue
            )
            await until(lambda: steps.ran == ["page"] * 2)
            await handle.signal(LongRunWorkflow.due)
            await handle.result()
            history = await record(handle, "long-run-0.1.0-paused-once")
        await Replayer(workflows=WORKFLOWS).replay_workflow(history)

    run(scenario())
    assert steps.ran == ["page"] * 4


def test_a_long_run_whose_page_fails_for_good_is_given_up(temporal_server):
    steps = Steps(states=["RUNNING", "BROKEN"])

    async def scenario() -> None:
        queue = f"q-{uuid.uuid4()}"
        async with worker(temporal_server.address, steps, queue) as client:
            handle = await client.start_workflow(
                LongRunWorkflow.run, RunStart(str(RUN)), id=f"run-{queue}", task_queue=queue
            )
            await handle.result()
            await record(handle, "long-run-0.1.0-given-up")

    run(scenario())
    assert steps.ran == ["page", "page", "give up"]


def kept() -> list[Path]:
    return sorted(HISTORIES.glob("*.json"))


def test_every_workflow_has_a_kept_history():
    names = {path.name for path in kept()}
    for name in ("candidate-ready", "posting-intake", "mailbox-sync", "long-run"):
        assert any(kept_name.startswith(name) for kept_name in names), name


@pytest.mark.parametrize("path", kept(), ids=lambda path: path.stem)
def test_kept_histories_replay(path: Path):
    history = WorkflowHistory.from_json(path.stem, path.read_text())
    run(Replayer(workflows=WORKFLOWS).replay_workflow(history))


@workflow.defn(name="candidate-ready")
class ChangedCandidateReady:
    """Matches before it embeds: what must not happen to workflows that are under way."""

    @workflow.signal(name="changed")
    def changed(self) -> None:
        """Ignored."""

    @workflow.run
    async def run(self, candidate: CandidateReady) -> None:
        """Another order than the released one."""
        for name in ("candidate-normalise-roles", "candidate-match", "candidate-embed"):
            await workflow.execute_activity(name, candidate, **policies.DB)


@workflow.defn(name="posting-intake")
class ChangedPostingIntake:
    """Matches before it reads."""

    @workflow.signal(name="waiting")
    def waiting(self) -> None:
        """Ignored."""

    @workflow.run
    async def run(self, start: IntakeStart) -> None:
        """Another order than the released one."""
        await workflow.execute_activity("postings-match", **policies.DB)


@workflow.defn(name="mailbox-sync")
class ChangedMailboxSync:
    """Reads before it fetches."""

    @workflow.signal(name="asked")
    def asked(self) -> None:
        """Ignored."""

    @workflow.run
    async def run(self, mailbox: SyncedMailbox) -> None:
        """Another order than the released one."""
        await workflow.execute_activity("mailbox-read", mailbox, **policies.DB)


@workflow.defn(name="long-run")
class ChangedLongRun:
    """Gives up before it does a page."""

    @workflow.signal(name="due")
    def due(self) -> None:
        """Ignored."""

    @workflow.run
    async def run(self, start: RunStart) -> None:
        """Another order than the released one."""
        await workflow.execute_activity("run-give-up", start.run_id, **policies.DB)


@pytest.mark.parametrize("path", kept(), ids=lambda path: path.stem)
def test_a_changed_workflow_does_not_replay(path: Path):
    history = WorkflowHistory.from_json(path.stem, path.read_text())
    replayer = Replayer(
        workflows=[ChangedCandidateReady, ChangedPostingIntake, ChangedMailboxSync, ChangedLongRun],
        workflow_runner=UnsandboxedWorkflowRunner(),
    )
    with pytest.raises(workflow.NondeterminismError):
        run(replayer.replay_workflow(history))
