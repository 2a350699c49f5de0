"""Starting and signalling workflows, idempotently."""

from __future__ import annotations

import asyncio
from typing import Any

from temporalio.client import Client
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode


class TemporalClient:
    """A connection made on first use and kept."""

    def __init__(self, address: str, namespace: str) -> None:
        self._address = address
        self._namespace = namespace
        self._client: Client | None = None
        self._lock = asyncio.Lock()

    async def connect(self) -> Client:
        """The client, connected; raises RuntimeError while the server does not answer."""
        async with self._lock:
            if self._client is None:
                self._client = await Client.connect(self._address, namespace=self._namespace)
            return self._client

    async def start(self, workflow: Any, arg: Any, *, id: str, task_queue: str, reuse: bool = False) -> bool:
        """Starts a workflow; False when one of that id runs, or (unless `reuse`) has run before."""
        client = await self.connect()
        try:
            await client.start_workflow(
                workflow,
                arg,
                id=id,
                task_queue=task_queue,
                id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE
                if reuse
                else WorkflowIDReusePolicy.REJECT_DUPLICATE,
                id_conflict_policy=WorkflowIDConflictPolicy.FAIL,
            )
        except WorkflowAlreadyStartedError:
            return False
        return True

    async def signal(self, id: str, name: str, arg: Any = None) -> bool:
        """Signals a workflow; False when none of that id runs."""
        client = await self.connect()
        try:
            await client.get_workflow_handle(id).signal(name, arg)
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:
                return False
            raise
        return True

    async def signal_or_start(
        self, workflow: Any, arg: Any, *, id: str, task_queue: str, signal: str, signal_arg: Any = None
    ) -> None:
        """Signals the workflow of that id, starting it first where none runs; one atomic request."""
        client = await self.connect()
        await client.start_workflow(
            workflow,
            arg,
            id=id,
            task_queue=task_queue,
            start_signal=signal,
            start_signal_args=[] if signal_arg is None else [signal_arg],
            id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
        )
