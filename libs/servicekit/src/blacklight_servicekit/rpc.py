"""For asynchronous methods of servicers: blocking work in a pool, and the call's first metadata."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar, copy_context
from functools import partial
from typing import Any, ParamSpec, TypeVar

import grpc.aio

Args = ParamSpec("Args")
Result = TypeVar("Result")

_pool: ContextVar[ThreadPoolExecutor | None] = ContextVar("stream_pool", default=None)
_context: ContextVar[grpc.aio.ServicerContext[Any, Any] | None] = ContextVar("rpc_context", default=None)


def enter(context: grpc.aio.ServicerContext[Any, Any], pool: ThreadPoolExecutor) -> None:
    """Called by the dispatcher before a streaming method begins."""
    _context.set(context)
    _pool.set(pool)


async def blocking(work: Callable[Args, Result], *args: Args.args, **kwargs: Args.kwargs) -> Result:
    """Runs blocking work in the pool of the streams, with this call's context."""
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(_pool.get(), partial(copy_context().run, partial(work, *args, **kwargs)))


async def set_initial_metadata(metadata: tuple[tuple[str, str], ...]) -> None:
    """Sends headers before the first message of a stream."""
    context = _context.get()
    if context is not None:
        await context.send_initial_metadata(metadata)
