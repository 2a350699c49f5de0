"""The commands that every service has: `python -m blacklight_<service> bootstrap | migrate | serve | work`."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config

from blacklight_servicekit import bootstrap, logs, settings
from blacklight_servicekit.app import Kit, Parts, ServiceApp
from blacklight_servicekit.running import make_server, open_kit, work
from blacklight_servicekit.settings import BootstrapSettings, MigrateSettings, ServiceSettings

log = logs.get(__name__)


def main(app: ServiceApp[Any]) -> None:
    """Runs the command named on the command line and exits with its status."""
    own = {
        "bootstrap": lambda args: _bootstrap(app, args),
        "migrate": lambda args: migrate(app, settings.load(MigrateSettings)),
        "serve": lambda args: _long(app, "serve", _serve),
        "work": lambda args: _long(app, "work", _work),
    }
    names = [*own, *app.commands]
    name, *args = sys.argv[1:] or [""]
    if name in own:
        sys.exit(own[name](args))
    if name in app.commands:
        sys.exit(_extra(app, name, args))
    sys.stderr.write(f"usage: python -m blacklight_{app.name} {' | '.join(names)}\n")
    sys.exit(2)


def _bootstrap(app: ServiceApp[Any], args: list[str]) -> int:
    wanted = settings.load(BootstrapSettings)
    if args == ["--print"]:
        sys.stdout.write(bootstrap.printed(app.name, wanted))
        return 0
    if not wanted.admin_database_url.get_secret_value():
        sys.stderr.write("BLACKLIGHT_ADMIN_DATABASE_URL: is not set\n")
        return 2
    for use in bootstrap.run(app.name, wanted):
        sys.stderr.write(f"bootstrap: not superuser, so this stays linear under row security: {use}\n")
    return 0


def migrate(app: ServiceApp[Any], wanted: MigrateSettings) -> int:
    """Brings the service's schema to the newest revision, as its owner."""
    config = Config()
    config.set_main_option("script_location", str(app.migrations))
    config.attributes["url"] = wanted.owner_database_url.get_secret_value().replace(
        "postgresql://", "postgresql+psycopg2://", 1
    )
    config.attributes["schema"] = app.name
    config.attributes["metadata"] = app.base.metadata
    command.upgrade(config, "head")
    return 0


Process = Callable[[ServiceApp[Any], Kit[Any], Parts, Callable[[], None]], Awaitable[None]]


def _long(app: ServiceApp[Any], process: str, run: Process) -> int:
    loaded: ServiceSettings = settings.load(app.settings)
    logs.configure(app.name, process, loaded.log_level)
    return asyncio.run(_until_stopped(app, loaded, run))


async def _until_stopped(app: ServiceApp[Any], loaded: ServiceSettings, run: Process) -> int:
    """Runs until SIGTERM or SIGINT, then winds down."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with open_kit(app, loaded) as kit:
        parts = app.build(kit)
        # What is built lives as long as the process: the collector need not walk through it again and again.
        gc.collect()
        gc.freeze()
        running = asyncio.ensure_future(run(app, kit, parts, lambda: _ready(loaded.ready_file)))
        stopping = asyncio.ensure_future(stop.wait())
        await asyncio.wait({running, stopping}, return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        if not running.done():
            running.cancel()
        try:
            await running
        except asyncio.CancelledError:
            log.info("process.stopped")
        finally:
            for dispose in parts.dispose:
                dispose()
    return 0


def _ready(file: Path | None) -> None:
    log.info("process.ready")
    if file is not None:
        file.touch()


async def _serve(app: ServiceApp[Any], kit: Kit[Any], parts: Parts, ready: Callable[[], None]) -> None:
    server = make_server(app, kit, parts)
    await server.start(kit.settings.listen)
    ready()
    try:
        await asyncio.Event().wait()
    finally:
        await server.stop()


async def _work(app: ServiceApp[Any], kit: Kit[Any], parts: Parts, ready: Callable[[], None]) -> None:
    os.nice(kit.settings.worker_niceness)
    await work(app, kit, parts, ready)


def _extra(app: ServiceApp[Any], name: str, args: list[str]) -> int:
    loaded: ServiceSettings = settings.load(app.settings)
    logs.configure(app.name, name, loaded.log_level)

    async def run() -> int:
        async with open_kit(app, loaded) as kit:
            return await asyncio.to_thread(app.commands[name], kit, args)

    return asyncio.run(run())
