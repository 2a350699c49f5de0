"""What a servicer's method may ask of the call it answers: its headers, the HTTP status of its answer by REST, and,
for asynchronous methods, a pool for blocking work and the stream's first metadata.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar, copy_context
from dataclasses import dataclass, field
from functools import partial
from typing import Any, ParamSpec, TypeVar

import grpc.aio

Args = ParamSpec("Args")
Result = TypeVar("Result")

HTTP_STATUS = "x-http-code"


@dataclass
class Unary:
    """A unary call: its headers, and the HTTP status that its method asked for."""

    headers: Mapping[str, str] = field(default_factory=dict)
    http_status: int | None = None

    @property
    def initial_metadata(self) -> tuple[tuple[str, str], ...]:
        """What is sent before the answer."""
        return () if self.http_status is None else ((HTTP_STATUS, str(self.http_status)),)


_unary: ContextVar[Unary | None] = ContextVar("unary", default=None)
_pool: ContextVar[ThreadPoolExecutor | None] = ContextVar("stream_pool", default=None)
_context: ContextVar[grpc.aio.ServicerContext[Any, Any] | None] = ContextVar("rpc_context", default=None)


def enter_unary(headers: Mapping[str, str]) -> Unary:
    """Called by the dispatcher before a unary method begins. Its method runs in a copy of the context, so what it
    asks for is kept in an object that both hold.
    """
    entered = Unary(headers)
    _unary.set(entered)
    return entered


def header(name: str) -> str:
    """A header of the unary call at hand, empty where there is none; `name` in small letters."""
    entered = _unary.get()
    return entered.headers.get(name, "") if entered else ""


def set_http_status(code: int) -> None:
    """Asks the gateway to answer the unary call at hand with this status instead of 200.

    For contracts that say more than gRPC's codes can (202, 204). Only paths on which the gateway heeds it are
    affected, and callers by gRPC see nothing but a header; an error that is raised afterwards has its own status.
    """
    entered = _unary.get()
    if entered is not None:
        entered.http_status = code


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
