"""A host as a process: ended gracefully by the first signal, at once by the second."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable

import click

from blacklight_fleethost.cli.status_file import StatusBoard
from blacklight_fleethost.host import FleetHost

WRITTEN_EVERY_SECONDS = 5.0


async def until_signalled(worker: FleetHost, board: StatusBoard, once: bool) -> None:
    """Runs the host to its end and keeps its status written. Raises as `FleetHost.run` does."""
    running = asyncio.ensure_future(worker.run(once=once))
    writing = asyncio.ensure_future(_keep_written(worker, board))
    asked = False

    def stop() -> None:
        nonlocal asked
        if asked:
            running.cancel()
        asked = True
        worker.drain()

    _on_signals(stop)
    try:
        await running
        board.stopped()
    except asyncio.CancelledError:
        click.echo("ended at once; what is not acknowledged is in the spool")
        board.stopped()
    finally:
        writing.cancel()
        await asyncio.gather(writing, return_exceptions=True)


def _on_signals(stop: Callable[[], None]) -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        try:
            loop.add_signal_handler(number, stop)
        except NotImplementedError:  # Windows
            signal.signal(number, lambda *_: loop.call_soon_threadsafe(stop))


async def _keep_written(worker: FleetHost, board: StatusBoard) -> None:
    while True:
        # Not before it has the spool: the folder may be another process's, which a start does not find out at once.
        await asyncio.sleep(WRITTEN_EVERY_SECONDS)
        if (state := worker.state) is not None:
            board.refresh(state)
