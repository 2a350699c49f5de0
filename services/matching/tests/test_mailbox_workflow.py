"""`mailbox-sync` against a real Temporal: one a mailbox, page by page; its histories replay (pain P-86).

`BLACKLIGHT_RECORD_HISTORIES=1 pytest services/matching/tests/test_mailbox_workflow.py` records this release's anew.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from blacklight_matching.mailboxes.syncing import workflows
from blacklight_matching.mailboxes.syncing.activities import FetchedPage, SyncedMailbox
from blacklight_matching.mailboxes.syncing.workflows import MailboxSyncWorkflow, workflow_id
from blacklight_servicekit.temporal import TemporalClient
from blacklight_testkit import histories
from blacklight_testkit.faults import guards
from temporalio import activity
from temporalio.client import Client, WorkflowExecutionStatus, WorkflowHandle
from temporalio.worker import Replayer, UnsandboxedWorkflowRunner, Worker

HISTORIES = Path(__file__).parent / "histories"
WORKFLOWS = "services/matching/src/blacklight_matching/mailboxes/syncing/workflows.py"
OFTEN = '    import time; return f"mailbox-sync-{mailbox_id}-{time.time_ns()}"'
MAILBOX = SyncedMailbox("018f0000-0000-7000-8000-000000000001", "018f0000-0000-7000-8000-000000000002")
MORE = FetchedPage(stop=False, more=True, pause_seconds=0)
DONE = FetchedPage(stop=False, more=False, pause_seconds=3600)
STOP = FetchedPage(stop=True, more=False, pause_seconds=0)


@dataclass
class Steps:
    """Activities under the real names; `pages` are answered in turn, `during` runs inside the next fetch."""

    pages: list[FetchedPage] = field(default_factory=list)
    ran: list[str] = field(default_factory=list)
    during: Callable[[], Awaitable[None]] | None = None
    at_once: int = 0
    most_at_once: int = 0

    @property
    def all(self) -> list[Callable[..., Any]]:
        @activity.defn(name="mailbox-fetch")
        async def fetch(_: SyncedMailbox) -> FetchedPage:
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
            self.ran.append("fetch")
            during, self.during = self.during, None
            if during is not None:
                await during()
            self.at_once -= 1
            return self.pages.pop(0) if self.pages else DONE

        @activity.defn(name="mailbox-read")
        async def read(_: SyncedMailbox) -> bool:
            self.ran.append("read")
            return False

        return [fetch, read]


@asynccontextmanager
async def worker(address: str, steps: Steps, queue: str) -> AsyncIterator[Client]:
    client = await Client.connect(address)
    async with Worker(client, task_queue=queue, workflows=[MailboxSyncWorkflow], activities=steps.all):
        yield client


async def until(holds: Callable[[], bool]) -> None:
    for _ in range(1200):
        if holds():
            return
        await asyncio.sleep(0.05)
    raise AssertionError("it never came to hold")


async def record(handle: WorkflowHandle[Any, Any], name: str) -> None:
    history = await handle.fetch_history()
    histories.keep(history, HISTORIES / f"{name}.json")
    await Replayer(workflows=[MailboxSyncWorkflow]).replay_workflow(history)


def run(work: Awaitable[Any]) -> Any:
    async def wait() -> Any:
        return await work

    return asyncio.run(wait())


def test_page_after_page_is_fetched_and_read_until_a_mailbox_must_stop(temporal_server):
    steps = Steps(pages=[MORE, MORE, STOP])

    async def scenario() -> None:
        queue = f"q-{uuid.uuid4()}"
        async with worker(temporal_server.address, steps, queue) as client:
            handle = await client.start_workflow(MailboxSyncWorkflow.run, MAILBOX, id=queue, task_queue=queue)
            await handle.result()
            await record(handle, "mailbox-sync-0.1.0-stopped")

    run(scenario())
    assert steps.ran == ["fetch", "read"] * 3


def test_a_sleeping_mailbox_is_read_when_somebody_asks(temporal_server):
    steps = Steps(pages=[DONE, DONE])

    async def scenario() -> None:
        queue = f"q-{uuid.uuid4()}"
        async with worker(temporal_server.address, steps, queue) as client:
            handle = await client.start_workflow(MailboxSyncWorkflow.run, MAILBOX, id=queue, task_queue=queue)
            await until(lambda: steps.ran == ["fetch", "read"])
            await handle.signal(MailboxSyncWorkflow.asked)
            await until(lambda: steps.ran == ["fetch", "read"] * 2)
            await record(handle, "mailbox-sync-0.1.0-asked")
            await handle.terminate()

    run(scenario())


@guards("P-86", file=WORKFLOWS, old='    return f"mailbox-sync-{mailbox_id}"', new=OFTEN)
def test_p86_a_mailbox_is_synced_once_at_a_time_however_often_it_is_asked_for(temporal_server):
    steps = Steps()

    async def scenario() -> None:
        queue = f"q-{uuid.uuid4()}"
        async with worker(temporal_server.address, steps, queue) as client:
            temporal = TemporalClient(temporal_server.address, "default")

            async def ask() -> None:
                await temporal.signal_or_start(
                    MailboxSyncWorkflow.run, MAILBOX, id=workflow_id(queue), task_queue=queue, signal="asked"
                )

            async def ask_again() -> None:
                await asyncio.gather(*(ask() for _ in range(10)))

            steps.during = ask_again
            await ask()
            await until(lambda: len(steps.ran) >= 4)
            found = [each async for each in client.list_workflows(f"TaskQueue = '{queue}'")]
            assert [each.status for each in found] == [WorkflowExecutionStatus.RUNNING]
            await client.get_workflow_handle(workflow_id(queue)).terminate()

    run(scenario())
    assert steps.most_at_once == 1


def test_a_request_that_comes_while_a_mailbox_stops_is_not_lost(temporal_server):
    steps = Steps(pages=[STOP, STOP])

    async def scenario() -> None:
        queue = f"q-{uuid.uuid4()}"
        async with worker(temporal_server.address, steps, queue) as client:
            steps.during = lambda: client.get_workflow_handle(queue).signal("asked")
            handle = await client.start_workflow(MailboxSyncWorkflow.run, MAILBOX, id=queue, task_queue=queue)
            await handle.result()

    run(scenario())
    assert steps.ran == ["fetch", "read"] * 2


def test_a_history_is_begun_anew_after_so_many_pages(temporal_server, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(workflows, "PAGES", 2)
    steps = Steps(pages=[MORE] * 5 + [STOP])

    async def scenario() -> None:
        queue = f"q-{uuid.uuid4()}"
        client = await Client.connect(temporal_server.address)
        async with Worker(
            client,
            task_queue=queue,
            workflows=[MailboxSyncWorkflow],
            activities=steps.all,
            workflow_runner=UnsandboxedWorkflowRunner(),
        ):
            handle = await client.start_workflow(MailboxSyncWorkflow.run, MAILBOX, id=queue, task_queue=queue)
            await handle.result()
            runs = [each async for each in client.list_workflows(f"WorkflowId = '{queue}'")]
            assert len(runs) >= 1

    run(scenario())
    assert steps.ran == ["fetch", "read"] * 6
