"""A service at work inside the test process: the real server on a real port, the real worker and relay."""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import threading
from collections.abc import Callable, Coroutine, Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any, TypeVar

import grpc
from blacklight_servicekit.app import Kit, Parts, ServiceApp
from blacklight_servicekit.clock import Clock, utc_now
from blacklight_servicekit.database import Database
from blacklight_servicekit.running import make_server, open_kit, work
from blacklight_servicekit.settings import SERVICES, ServiceSettings
from cryptography.fernet import Fernet

from blacklight_testkit.databases import DatabaseUrls
from blacklight_testkit.tokens import Tokens

Result = TypeVar("Result")
START_SECONDS = 60.0
NOWHERE = "127.0.0.1:9"
CREDENTIAL_KEY = Fernet.generate_key().decode()


def settings_of(
    app: ServiceApp[Any],
    urls: DatabaseUrls,
    tokens: Tokens,
    redis_url: str,
    temporal_address: str = NOWHERE,
    peers: Mapping[str, str] = MappingProxyType({}),
    own: Mapping[str, Any] = MappingProxyType({}),
) -> ServiceSettings:
    """Settings of a service on this database; other services are nowhere unless named in `peers`."""
    values: dict[str, Any] = {
        "app_database_url": urls.app,
        "platform_database_url": urls.platform,
        "redis_url": redis_url,
        "temporal_address": temporal_address,
        "service_key_file": tokens.service_key_file(app.name),
        "service_keys_file": tokens.service_keys_file,
        **_secrets_of(app),
        **{f"{name}_address": peers.get(name, NOWHERE) for name in SERVICES},
        **own,
    }
    made: ServiceSettings = app.settings(**values)
    return made


def _secrets_of(app: ServiceApp[Any]) -> dict[str, str]:
    """What a service does not start without, made for this process."""
    made = {"credential_keys": CREDENTIAL_KEY}
    return {name: value for name, value in made.items() if name in app.settings.model_fields}


class Loop:
    """An event loop in a thread of its own."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self._thread.start()

    def run(self, work: Coroutine[Any, Any, Result], timeout: float = START_SECONDS) -> Result:
        """Runs a coroutine there and waits for its result."""
        return self.submit(work).result(timeout)

    def submit(self, work: Coroutine[Any, Any, Result]) -> concurrent.futures.Future[Result]:
        """Starts a coroutine there."""
        return asyncio.run_coroutine_threadsafe(work, self.loop)

    def stop(self) -> None:
        """Ends the loop and its thread."""
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(10)
        self.loop.close()


class RunningApp:
    """A service that serves: `channel` (synchronous), `address`, `kit`, `parts`, `loop`."""

    def __init__(self, kit: Kit[Any], parts: Parts, loop: Loop, port: int | None) -> None:
        self.kit = kit
        self.parts = parts
        self.loop = loop
        self.address = f"127.0.0.1:{port}" if port else ""
        self.channel = grpc.insecure_channel(self.address) if port else None

    @property
    def database(self) -> Database:
        """The service's database."""
        return self.kit.database


@contextlib.contextmanager
def opened(
    app: ServiceApp[Any], settings: ServiceSettings, tokens: Tokens, clock: Clock = utc_now
) -> Iterator[tuple[Kit[Any], Parts, Loop]]:
    """Kit and parts of a service, opened in a loop of their own; tokens are trusted instead of asking auth."""
    loop = Loop()
    stack = contextlib.AsyncExitStack()
    try:
        kit = loop.run(stack.enter_async_context(open_kit(app, settings, clock)))
        parts = app.build(kit)
        if parts.key_source is None:
            parts = replace(parts, key_source=tokens.keys, session_access=tokens.access)
        yield kit, parts, loop
        for dispose in parts.dispose:
            dispose()
    finally:
        loop.run(stack.aclose())
        loop.stop()


@contextlib.contextmanager
def serving(
    app: ServiceApp[Any], settings: ServiceSettings, tokens: Tokens, clock: Clock = utc_now
) -> Iterator[RunningApp]:
    """The service's gRPC server, running."""
    with opened(app, settings, tokens, clock) as (kit, parts, loop):

        async def start() -> tuple[Any, int]:
            server = make_server(app, kit, parts)
            return server, await server.start("127.0.0.1:0")

        server, port = loop.run(start())
        running = RunningApp(kit, parts, loop, port)
        try:
            yield running
        finally:
            assert running.channel is not None
            running.channel.close()
            loop.run(server.stop(0.2))


@contextlib.contextmanager
def working(
    app: ServiceApp[Any],
    settings: ServiceSettings,
    tokens: Tokens,
    clock: Clock = utc_now,
    change: Callable[[Parts], Parts] = lambda parts: parts,
) -> Iterator[RunningApp]:
    """The service's worker and relay, running. `change` may alter the parts, e.g. to watch a handler."""
    with opened(app, settings, tokens, clock) as (kit, parts, loop):
        ready = threading.Event()

        async def begin() -> asyncio.Task[None]:
            return asyncio.create_task(work(app, kit, change(parts), ready.set))

        async def end(running: asyncio.Task[None]) -> None:
            # The task itself is waited for: Temporal's worker must finish its own shutdown undisturbed.
            running.cancel()
            await asyncio.wait({running}, timeout=START_SECONDS)

        running = loop.run(begin())
        try:
            while not ready.wait(0.05):
                if running.done():
                    running.result()
            yield RunningApp(kit, parts, loop, None)
        finally:
            loop.run(end(running), START_SECONDS + 5)
