"""The gRPC server: one dispatcher that builds handlers from the descriptors, and the steps around every call.

A servicer is a plain class that names its service's descriptor in `service` and has a method for each RPC. Unary
methods are synchronous and run in a bounded pool, as large as the database pool; streams are asynchronous.
"""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import replace
from typing import Any, Protocol, runtime_checkable

import grpc
import grpc.aio
import structlog
from google.protobuf import message_factory
from google.protobuf.descriptor import MethodDescriptor, ServiceDescriptor
from google.rpc import code_pb2, error_details_pb2, status_pb2
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from blacklight_servicekit import deadline, logs, rpc
from blacklight_servicekit.access import AccessRule
from blacklight_servicekit.call_limit import CallLimit
from blacklight_servicekit.caller import PUBLIC, Caller, CallerKind
from blacklight_servicekit.errors import Invalid, ServiceError, Unauthenticated, Unavailable
from blacklight_servicekit.identity import Identity
from blacklight_servicekit.ids import new_id
from blacklight_servicekit.validation import check

log = logs.get(__name__)
Context = grpc.aio.ServicerContext[Any, Any]

MAX_MESSAGE_BYTES = 16 * 1024 * 1024
RECHECK_SECONDS = 10.0
STOP_SECONDS = 5.0
"""Beyond the grace: gRPC may wait for ever where a stream is cancelled just then (grpc/grpc issue 28999)."""
DOMAIN = "blacklight"
DETAILS = "grpc-status-details-bin"


class Servicer(Protocol):
    """Anything with a service descriptor and a method for each of its RPCs."""

    service: ServiceDescriptor


@runtime_checkable
class Drains(Protocol):
    """A servicer with streams that do not end by themselves."""

    async def drain(self) -> None:
        """The server stops: ends the streams, so that whoever holds one can go elsewhere."""


class Call:
    """One call on its way through the steps."""

    def __init__(self, method: MethodDescriptor, rule: AccessRule, context: Context) -> None:
        self.name = f"{method.containing_service.full_name}/{method.name}"
        self.rule = rule
        self.context = context
        self.metadata = {
            str(key).lower(): value for key, value in context.invocation_metadata() or () if isinstance(value, str)
        }
        self.request_id = self.metadata.get("x-request-id", "")[:64] or new_id().hex
        self.caller: Caller = PUBLIC
        self.code = "OK"


def _rich(error: ServiceError, request_id: str) -> status_pb2.Status:
    """The error as google.rpc.Status (AIP-193): ErrorInfo always, BadRequest where fields are at fault."""
    info = error_details_pb2.ErrorInfo(reason=error.reason, domain=DOMAIN, metadata=error.metadata)
    info.metadata["request_id"] = request_id
    violations = [
        error_details_pb2.BadRequest.FieldViolation(
            field=found.field, description=found.description, reason=found.reason
        )
        for found in error.violations
    ]
    status = status_pb2.Status(code=code_pb2.Code.Value(error.code), message=error.message)
    status.details.add().Pack(info)
    if violations:
        status.details.add().Pack(error_details_pb2.BadRequest(field_violations=violations))
    return status


async def _abort(call: Call, error: ServiceError) -> None:
    call.code = error.code
    status = _rich(error, call.request_id)
    await call.context.abort(
        getattr(grpc.StatusCode, error.code),
        error.message,
        trailing_metadata=((DETAILS, status.SerializeToString()),),
    )


@contextlib.asynccontextmanager
async def _telemetry(call: Call) -> AsyncIterator[None]:
    """Outermost: one log event a call, with ids and no content."""
    started = time.perf_counter()
    with structlog.contextvars.bound_contextvars(request_id=call.request_id, method=call.name):
        try:
            yield
        except asyncio.CancelledError:
            call.code = "CANCELLED"
            raise
        finally:
            log.info(
                "rpc.finished",
                code=call.code,
                milliseconds=round((time.perf_counter() - started) * 1000, 1),
                caller=call.caller.kind.value,
                caller_id=call.caller.id,
                tenant_id=str(call.caller.tenant_id or ""),
            )


@contextlib.asynccontextmanager
async def _errors(call: Call) -> AsyncIterator[None]:
    """The one place that answers for a method that raised. What is not ours becomes INTERNAL without its text."""
    try:
        yield
    except ServiceError as error:
        await _abort(call, error)
    except grpc.aio.AbortError:
        raise
    except PoolTimeout:
        await _abort(call, Unavailable("the service is at its limit; try again", reason="POOL_EXHAUSTED"))
    except DBAPIError as error:
        await _abort_database(call, error)
    except grpc.aio.AioRpcError as error:
        await _abort_dependency(call, error)
    except Exception as error:  # noqa: BLE001 - the one place that answers for whatever was raised
        if isinstance(error, ValueError) and "NUL (0x00)" in str(error):  # the database driver's words
            await _abort(call, Invalid("a text must not hold the character NUL", reason="NUL_CHARACTER"))
        await _abort_unexpected(call, error)


async def _abort_unexpected(call: Call, error: BaseException, **fields: Any) -> None:
    log.error("rpc.unexpected", error=type(error).__name__, exc_info=logs.bare(error), **fields)
    call.code = "INTERNAL"
    await call.context.abort(
        grpc.StatusCode.INTERNAL, f"something went wrong on our side; request id {call.request_id}"
    )


async def _abort_dependency(call: Call, error: grpc.aio.AioRpcError) -> None:
    """Another service that does not answer is no fault of the caller's nor a bug; any other answer is a bug."""
    if error.code() not in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED):
        await _abort_unexpected(call, error, code=error.code().name)
    log.warning("rpc.dependency_unavailable", code=error.code().name)
    await _abort(
        call, Unavailable("another part of the platform does not answer; try again", reason="DEPENDENCY_UNAVAILABLE")
    )


async def _abort_database(call: Call, error: DBAPIError) -> None:
    state = getattr(error.orig, "pgcode", None)
    if state == "57014":  # query_canceled: the call's time was up
        call.code = "DEADLINE_EXCEEDED"
        await call.context.abort(grpc.StatusCode.DEADLINE_EXCEEDED, "the time for this call was up")
    if error.connection_invalidated or state is None or state[:2] in ("08", "57", "53"):
        log.warning("rpc.database_unavailable", error=type(error.orig).__name__, state=state)
        await _abort(call, Unavailable("the database does not answer; try again", reason="DATABASE_UNAVAILABLE"))
    if state in ("40001", "40P01"):
        await _abort(call, Unavailable("two writes met; try again", reason="SERIALIZATION"))
    if state in ("22021", "22P05"):
        await _abort(call, Invalid("a text must not hold the character NUL", reason="NUL_CHARACTER"))
    await _abort_unexpected(call, error, state=state)


@contextlib.asynccontextmanager
async def _deadline(call: Call) -> AsyncIterator[None]:
    """What time the client left becomes the time limit of each statement."""
    deadline.start(call.context.time_remaining())
    yield


class Steps:
    """The steps around every call, in order: telemetry, errors, deadline, identity, access, call limit.

    Validation follows, where the message is at hand, and `request_id` inside the transaction (request_log).
    """

    def __init__(
        self, identity: Identity, recheck_seconds: float = RECHECK_SECONDS, call_limit: CallLimit | None = None
    ) -> None:
        self.identity = identity
        self._call_limit = call_limit
        self._recheck_seconds = recheck_seconds

    def rechecked(self, answers: AsyncIterator[Any], call: Call) -> AsyncGenerator[Any, None]:
        """The answers of a long stream, for as long as its caller is admitted."""
        return _rechecked(answers, self.identity, call, self._recheck_seconds)

    @contextlib.asynccontextmanager
    async def around(self, call: Call) -> AsyncIterator[None]:
        """Enters every step; leaves them in reverse."""
        async with _telemetry(call), _errors(call), _deadline(call), self._identity(call), self._access(call):
            yield

    @contextlib.asynccontextmanager
    async def _identity(self, call: Call) -> AsyncIterator[None]:
        if call.rule.callers == {CallerKind.PUBLIC}:
            call.caller = replace(PUBLIC, request_id=call.request_id)
        else:
            call.caller = await self.identity.identify(call.metadata, call.request_id)
        yield

    @contextlib.asynccontextmanager
    async def _access(self, call: Call) -> AsyncIterator[None]:
        call.rule.check(call.caller)
        if self._call_limit is not None:
            await self._call_limit.check(call.caller)
        yield


class Dispatcher(grpc.GenericRpcHandler):
    """Finds the method for a path and wraps it in the steps."""

    def __init__(
        self,
        servicers: Sequence[Servicer],
        steps: Steps,
        unary_pool: ThreadPoolExecutor,
        stream_pool: ThreadPoolExecutor,
    ) -> None:
        self._steps = steps
        self._unary_pool = unary_pool
        self._stream_pool = stream_pool
        self._handlers: dict[str, grpc.RpcMethodHandler[Any, Any]] = {}
        for servicer in servicers:
            for method in servicer.service.methods:
                path = f"/{servicer.service.full_name}/{method.name}"
                self._handlers[path] = self._handler(method, getattr(servicer, method.name))

    def service(self, handler_call_details: Any) -> Any:
        """The handler of a path, or None."""
        return self._handlers.get(handler_call_details.method)

    def _handler(self, method: MethodDescriptor, work: Callable[..., Any]) -> grpc.RpcMethodHandler[Any, Any]:
        request = message_factory.GetMessageClass(method.input_type)
        shape = (method.client_streaming, method.server_streaming)
        wrap, handler = {
            (False, False): (self._unary, grpc.unary_unary_rpc_method_handler),
            (True, False): (self._client_stream, grpc.stream_unary_rpc_method_handler),
            (False, True): (self._server_stream, grpc.unary_stream_rpc_method_handler),
            (True, True): (self._bidi, grpc.stream_stream_rpc_method_handler),
        }[shape]
        rule = AccessRule.of(method)
        return handler(
            wrap(method, rule, work),
            request_deserializer=request.FromString,
            response_serializer=lambda message: message.SerializeToString(),
        )

    def _unary(self, method: MethodDescriptor, rule: AccessRule, work: Callable[..., Any]) -> Any:
        async def handle(request: Any, context: Context) -> Any:
            call = Call(method, rule, context)
            async with self._steps.around(call):
                check(request)
                unary = rpc.enter_unary(call.metadata)
                if inspect.iscoroutinefunction(work):
                    rpc.enter(context, self._unary_pool)
                    answer = await work(request, call.caller)
                else:
                    run = copy_context().run
                    answer = await asyncio.get_running_loop().run_in_executor(
                        self._unary_pool, run, work, request, call.caller
                    )
                if unary.initial_metadata:
                    await context.send_initial_metadata(unary.initial_metadata)
                return answer

        return handle

    def _client_stream(self, method: MethodDescriptor, rule: AccessRule, work: Callable[..., Any]) -> Any:
        async def handle(requests: AsyncIterator[Any], context: Context) -> Any:
            call = Call(method, rule, context)
            async with self._steps.around(call):
                rpc.enter(context, self._stream_pool)
                return await work(_checked(requests), call.caller)

        return handle

    # Streams write their answers instead of being generators: a generator that grpc abandons (the client has gone)
    # would be closed later and in another context, with its transaction and its files open until then.

    def _server_stream(self, method: MethodDescriptor, rule: AccessRule, work: Callable[..., Any]) -> Any:
        endless = method.name.startswith("Watch")

        async def handle(request: Any, context: Context) -> None:
            call = Call(method, rule, context)
            async with self._steps.around(call):
                check(request)
                rpc.enter(context, self._stream_pool)
                async with contextlib.AsyncExitStack() as stack:
                    answers = await stack.enter_async_context(contextlib.aclosing(work(request, call.caller)))
                    if endless:
                        deadline.start(None)  # as for streams in both directions
                        admitted = self._steps.rechecked(answers, call)
                        answers = await stack.enter_async_context(contextlib.aclosing(admitted))
                    async for answer in answers:
                        await context.write(answer)

        return handle

    def _bidi(self, method: MethodDescriptor, rule: AccessRule, work: Callable[..., Any]) -> Any:
        async def handle(requests: AsyncIterator[Any], context: Context) -> None:
            call = Call(method, rule, context)
            async with self._steps.around(call):
                deadline.start(None)  # a stream has no end; each of its statements has the default limit
                rpc.enter(context, self._stream_pool)
                async with (
                    contextlib.aclosing(work(requests, call.caller)) as answers,
                    contextlib.aclosing(self._steps.rechecked(answers, call)) as admitted,
                ):
                    async for answer in admitted:
                        await context.write(answer)

        return handle


async def _checked(requests: AsyncIterator[Any]) -> AsyncIterator[Any]:
    async for request in requests:
        check(request)
        yield request


async def _rechecked(
    answers: AsyncIterator[Any], identity: Identity, call: Call, seconds: float
) -> AsyncGenerator[Any, None]:
    """The answers, for as long as the caller's token or key holds; asked again every so many seconds."""
    upcoming: asyncio.Task[Any] | None = None
    try:
        due = time.monotonic() + seconds
        while True:
            upcoming = upcoming or asyncio.ensure_future(anext(answers))
            done, _ = await asyncio.wait({upcoming}, timeout=max(0.0, due - time.monotonic()))
            if time.monotonic() >= due:
                if await identity.identify(call.metadata, call.request_id) != call.caller:
                    raise Unavailable("what you may do has changed; connect again", reason="CALLER_CHANGED")
                due = time.monotonic() + seconds
            if not done:
                continue
            try:
                answer = upcoming.result()
            except StopAsyncIteration:
                return
            finally:
                upcoming = None
            yield answer
    except Unauthenticated:
        log.info("rpc.stream_ended", reason="caller no longer admitted")
        raise
    finally:
        if upcoming is not None:
            upcoming.cancel()
            await asyncio.gather(upcoming, return_exceptions=True)


class GrpcServer:
    """The server with health and reflection; drains on stop."""

    def __init__(
        self,
        servicers: Sequence[Servicer],
        identity: Identity,
        *,
        pool_size: int,
        stream_pool_size: int = 4,
        recheck_seconds: float = RECHECK_SECONDS,
        call_limit: CallLimit | None = None,
    ) -> None:
        self._unary_pool = ThreadPoolExecutor(pool_size, "rpc")
        self._stream_pool = ThreadPoolExecutor(stream_pool_size, "stream")
        options: Mapping[str, int] = {
            # A stale server must not go on sharing the port silently.
            "grpc.so_reuseport": 0,
            "grpc.max_receive_message_length": MAX_MESSAGE_BYTES,
            "grpc.max_send_message_length": MAX_MESSAGE_BYTES,
            "grpc.keepalive_time_ms": 30_000,
            "grpc.http2.min_ping_interval_without_data_ms": 5_000,
            "grpc.http2.max_ping_strikes": 0,
        }
        self._server = grpc.aio.server(options=list(options.items()))
        steps = Steps(identity, recheck_seconds, call_limit)
        dispatcher = Dispatcher(servicers, steps, self._unary_pool, self._stream_pool)
        self._server.add_generic_rpc_handlers((dispatcher,))
        self._health = health.aio.HealthServicer()
        health_pb2_grpc.add_HealthServicer_to_server(self._health, self._server)
        self._draining = [servicer for servicer in servicers if isinstance(servicer, Drains)]
        names = [servicer.service.full_name for servicer in servicers]
        self._names = ["", *names]
        reflection.enable_server_reflection([*names, health.SERVICE_NAME, reflection.SERVICE_NAME], self._server)

    async def start(self, listen: str) -> int:
        """Listens; returns the port. Raises RuntimeError where the address is taken."""
        port = self._server.add_insecure_port(listen)
        await self._server.start()
        for name in self._names:
            await self._health.set(name, health_pb2.HealthCheckResponse.SERVING)
        return port

    async def stop(self, grace: float = 5.0) -> None:
        """Says NOT_SERVING, asks long streams to end, lets running calls end within `grace` seconds, then stops."""
        await self._health.enter_graceful_shutdown()
        for servicer in self._draining:
            await servicer.drain()
        try:
            async with asyncio.timeout(grace + STOP_SECONDS):
                await self._server.stop(grace)
        except TimeoutError:
            log.warning("server.stop_unfinished")
        self._unary_pool.shutdown(wait=False, cancel_futures=True)
        self._stream_pool.shutdown(wait=False, cancel_futures=True)
