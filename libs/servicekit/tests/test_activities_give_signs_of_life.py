"""A worker that lives says so by itself; one that was killed is known by its silence."""

from __future__ import annotations

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from blacklight_servicekit.heartbeats import Heartbeats
from temporalio import activity, workflow
from temporalio.client import Client, WorkflowFailureError
from temporalio.common import RetryPolicy
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

ALLOWED = timedelta(seconds=1)


@activity.defn
def work_in_a_thread() -> str:
    """Takes longer than the heartbeat timeout allows for silence."""
    time.sleep(3)
    return "done"


@activity.defn
async def work_in_the_loop() -> str:
    """The same, awaiting."""
    await asyncio.sleep(3)
    return "done"


@workflow.defn
class Works:
    """Runs an activity once."""

    @workflow.run
    async def run(self, name: str) -> str:
        return str(
            await workflow.execute_activity(
                name,
                start_to_close_timeout=timedelta(seconds=30),
                heartbeat_timeout=ALLOWED,
                retry_policy=RetryPolicy(maximum_attempts=1),
            )
        )


async def _run(address: str, name: str, interceptors: list[Any]) -> str:
    client = await Client.connect(address)
    queue = f"beats-{uuid4()}"
    with ThreadPoolExecutor(2) as pool:
        async with Worker(
            client,
            task_queue=queue,
            workflows=[Works],
            activities=[work_in_a_thread, work_in_the_loop],
            activity_executor=pool,
            interceptors=interceptors,
            workflow_runner=UnsandboxedWorkflowRunner(),
        ):
            return str(await client.execute_workflow(Works.run, name, id=str(uuid4()), task_queue=queue))


@pytest.mark.parametrize("name", ["work_in_a_thread", "work_in_the_loop"])
def test_a_long_activity_of_a_living_worker_is_not_taken_for_lost(temporal_server: Any, name: str) -> None:
    assert asyncio.run(_run(temporal_server.address, name, [Heartbeats()])) == "done"


def test_an_activity_that_is_silent_is_taken_for_lost(temporal_server: Any) -> None:
    with pytest.raises(WorkflowFailureError) as caught:
        asyncio.run(_run(temporal_server.address, "work_in_a_thread", []))
    assert "heartbeat" in str(caught.value.cause.__cause__).lower()
