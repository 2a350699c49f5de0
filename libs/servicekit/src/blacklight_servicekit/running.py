"""A service at work: the kit opened, the server and the worker run, everything closed at the end."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any, TypeVar

from temporalio.client import Client
from temporalio.worker import Worker

from blacklight_servicekit import logs, request_log
from blacklight_servicekit.app import Kit, Parts, ServiceApp
from blacklight_servicekit.cache import Cache
from blacklight_servicekit.call_limit import CallLimit
from blacklight_servicekit.clients import AuthClient, Clients
from blacklight_servicekit.clock import Clock, utc_now
from blacklight_servicekit.database import Database
from blacklight_servicekit.heartbeats import Heartbeats
from blacklight_servicekit.identity import (
    CachedAuth,
    Identity,
    ServiceTokens,
    load_private_key,
    load_service_keys,
)
from blacklight_servicekit.relay import Relay
from blacklight_servicekit.server import GrpcServer
from blacklight_servicekit.settings import ServiceSettings
from blacklight_servicekit.temporal import TemporalClient

log = logs.get(__name__)
Settings = TypeVar("Settings", bound=ServiceSettings)
BROKEN_PAUSE_SECONDS = 5.0
FORGET_SECONDS = 3600.0


@contextlib.asynccontextmanager
async def open_kit(
    app: ServiceApp[Settings], settings: Settings, clock: Clock = utc_now
) -> AsyncIterator[Kit[Settings]]:
    """Opens what a service needs and closes it again."""
    database = Database(
        settings.app_database_url.get_secret_value(),
        settings.platform_database_url.get_secret_value(),
        settings.database_pool_size,
    )
    cache = Cache(settings.redis_url.get_secret_value(), app.name)
    clients = Clients(settings, ServiceTokens(app.name, load_private_key(settings.service_key_file), clock))
    temporal = TemporalClient(settings.temporal_address, settings.temporal_namespace)
    try:
        yield Kit(settings, database, cache, clients, temporal, clock)
    finally:
        await clients.close()
        await cache.close()
        database.dispose()


def make_server(app: ServiceApp[Any], kit: Kit[Any], parts: Parts) -> GrpcServer:
    """The service's gRPC server, not started."""
    auth = CachedAuth(kit.cache, AuthClient(kit.clients))
    identity = Identity(
        app.name,
        load_service_keys(kit.settings.service_keys_file),
        parts.key_source or auth.keys,
        parts.session_access or auth.access,
        parts.host_authenticator,
    )
    return GrpcServer(
        parts.servicers,
        identity,
        pool_size=kit.database.pool_size,
        recheck_seconds=kit.settings.recheck_seconds,
        call_limit=CallLimit(kit.cache),
    )


async def _connected(kit: Kit[Any]) -> Client:
    """Temporal's client, waiting for the server as long as it takes."""
    while True:
        try:
            return await kit.temporal.connect()
        except RuntimeError as error:
            log.warning("temporal.unreachable", error=type(error).__name__)
            await asyncio.sleep(0.5)


async def _forget(kit: Kit[Any]) -> None:
    """Every hour: keys of requests older than a day go."""

    def sweep() -> None:
        with kit.database.platform_transaction() as session:
            request_log.forget(session)

    while True:
        await asyncio.to_thread(sweep)
        await asyncio.sleep(FORGET_SECONDS)


async def work(app: ServiceApp[Any], kit: Kit[Any], parts: Parts, ready: Callable[[], None]) -> None:
    """Runs worker, relay and background loops until cancelled."""
    relay = Relay(kit.database, app.name, parts.events, kit.clock)
    with ThreadPoolExecutor(parts.max_concurrent_activities, "activity") as pool:
        async with contextlib.AsyncExitStack() as stack:
            if parts.workflows or parts.activities:
                worker = Worker(
                    await _connected(kit),
                    task_queue=parts.task_queue,
                    workflows=parts.workflows,
                    activities=parts.activities,
                    activity_executor=pool,
                    max_concurrent_activities=parts.max_concurrent_activities,
                    interceptors=[Heartbeats()],
                    # A killed worker's workflows go to another one soon (default: ten seconds).
                    sticky_queue_schedule_to_start_timeout=timedelta(seconds=2),
                    graceful_shutdown_timeout=timedelta(seconds=5),
                )
                await stack.enter_async_context(worker)
            async with asyncio.TaskGroup() as group:
                group.create_task(relay.run())
                for loop in (lambda: _forget(kit), *parts.background):
                    group.create_task(_go_on(loop))
                ready()


async def _go_on(loop: Callable[[], Awaitable[None]]) -> None:
    """Runs a background loop; one that breaks begins again, and takes neither the relay nor the worker with it."""
    while True:
        try:
            await loop()
            return
        except Exception as error:  # noqa: BLE001 - logged; a sweep that fails once must not end the process
            log.error("background.broke", loop=getattr(loop, "__qualname__", ""), error=type(error).__name__)
        await asyncio.sleep(BROKEN_PAUSE_SECONDS)
