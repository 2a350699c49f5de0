"""`blacklight fleet host`: a host that reads saved postings."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path

import click
import grpc

from blacklight_fleethost.events import HostEvent, HostEventKind
from blacklight_fleethost.host import FleetHost
from blacklight_fleethost.jsonl import JsonlReader, UnreadableFile
from blacklight_fleethost.link import HostRefused
from blacklight_fleethost.spool import SpoolInUse

API_KEY_VARIABLE = "BLACKLIGHT_SCRAPER_API_KEY"
AUTH_DEAD = 2
LOOPBACK = ("127.0.0.1", "localhost", "[::1]", "::1")


@click.group()
def fleet() -> None:
    """Scraper hosts."""


@fleet.command()
@click.option("--gateway", required=True, metavar="HOST:PORT", help="Where the platform's gateway listens.")
@click.option("--name", required=True, help="What this host calls itself; one host a name.")
@click.option(
    "--jsonl",
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Postings to deliver, one JSON object a line.",
)
@click.option(
    "--spool",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder of what is not acknowledged yet; each host its own. Default: by name in the user's state folder.",
)
@click.option("--once", is_flag=True, help="End when there is nothing to claim.")
@click.option("--plaintext", is_flag=True, help="Without TLS even when the gateway is on another machine.")
@click.option(
    "--ca",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Certificates (PEM) to trust instead of the system's.",
)
def host(
    gateway: str, name: str, jsonl: Path, spool: Path | None, once: bool, plaintext: bool, ca: Path | None
) -> None:
    """Claim roles and deliver the postings of a file, over one stream.

    The API key comes from the variable BLACKLIGHT_SCRAPER_API_KEY. The first interrupt finishes the open sessions,
    the second ends at once; what is not acknowledged stays in the spool for the next run.
    """
    api_key = os.environ.get(API_KEY_VARIABLE, "")
    if not api_key:
        raise click.UsageError(f"{API_KEY_VARIABLE} is not set; it holds the host's API key")
    try:
        reader = JsonlReader(jsonl)
    except UnreadableFile as error:
        raise click.UsageError(str(error)) from error
    local = gateway.rsplit(":", 1)[0] in LOOPBACK
    credentials = None
    if not (plaintext or local):
        credentials = grpc.ssl_channel_credentials(ca.read_bytes() if ca else None)
    folder = spool or _state_folder() / f"fleet-{name}"

    def watch(event: HostEvent) -> None:
        _show(event)
        if event.kind is HostEventKind.CONNECTED:
            _tell_left_out(reader.platforms - set(event.message.split(", ")))

    async def run() -> None:
        worker = FleetHost(gateway, api_key, name, reader, spool=folder, credentials=credentials, watch=watch)
        await _until_signalled(worker, once)

    try:
        asyncio.run(run())
    except HostRefused as error:
        click.echo(str(error), err=True)
        raise SystemExit(AUTH_DEAD) from error
    except SpoolInUse as error:
        raise click.ClickException(str(error)) from error


async def _until_signalled(worker: FleetHost, once: bool) -> None:
    running = asyncio.ensure_future(worker.run(once=once))
    asked = False

    def stop() -> None:
        nonlocal asked
        if asked:
            running.cancel()
        asked = True
        worker.drain()

    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop)
    try:
        await running
    except asyncio.CancelledError:
        click.echo("ended at once; what is not acknowledged is in the spool")


def _state_folder() -> Path:
    base = os.environ.get("XDG_STATE_HOME") or str(Path.home() / ".local" / "state")
    return Path(base) / "blacklight"


def _tell_left_out(platforms: frozenset[str]) -> None:
    """Postings of a board that the key does not allow, or that is switched off, are not read: say so."""
    if platforms:
        names = ", ".join(sorted(platforms))
        click.echo(f"not read, as this key does not allow the platform or it is off: {names}", err=True)


def _show(event: HostEvent) -> None:
    said = [event.host, event.kind.value, event.role_name, event.platform]
    if event.sequence:
        said.append(f"batch {event.sequence}: {event.accepted} taken, {event.refused} refused")
    said.append(event.message)
    click.echo("  ".join(part for part in said if part))


commands = [fleet]
