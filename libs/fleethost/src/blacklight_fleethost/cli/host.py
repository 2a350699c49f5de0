"""`blacklight fleet host`: a host with a reader of one's choice."""

from __future__ import annotations

import asyncio
from pathlib import Path

import click

from blacklight_fleethost.cli.connecting import api_key, connection_options, credentials_of
from blacklight_fleethost.cli.display import line_of
from blacklight_fleethost.cli.reader_choice import chosen, reader_options
from blacklight_fleethost.cli.signals import until_signalled
from blacklight_fleethost.cli.state_folder import folder_of
from blacklight_fleethost.cli.status_file import StatusBoard
from blacklight_fleethost.cli.supervision import supervised
from blacklight_fleethost.events import HostEvent, HostEventKind
from blacklight_fleethost.host import FleetHost
from blacklight_fleethost.reader import BadOption
from blacklight_fleethost.registry import make_reader


@click.command()
@connection_options
@reader_options
@click.option("--once", is_flag=True, help="End when there is nothing to claim.")
def host(
    gateway: str, name: str, spool: Path | None, plaintext: bool, ca: Path | None, once: bool, **reader: object
) -> None:
    """Claim roles and deliver what a reader finds, over one stream.

    The API key comes from the variable BLACKLIGHT_SCRAPER_API_KEY. The first interrupt finishes the open sessions,
    the second ends at once; what is not acknowledged stays in the spool for the next run.

    Exit codes: 0 done, 1 trouble that may pass, 2 not admitted (or a wrong command line), 3 no account free (with
    --once), 42 a fault of the host.
    """
    key, choice, folder = api_key(), chosen(reader), folder_of(name, spool)
    board = StatusBoard(folder, name, gateway)

    def watch(event: HostEvent) -> None:
        click.echo(line_of(event))
        board.see(event)

    def tell(message: str) -> None:
        watch(HostEvent(HostEventKind.READER_SAID, name, message=message))

    try:
        reading = make_reader(choice.name, choice.options, tell)
    except BadOption as error:
        raise click.UsageError(str(error)) from error
    credentials = credentials_of(gateway, plaintext, ca)
    worker = FleetHost(gateway, key, name, reading, spool=folder, credentials=credentials, watch=watch)
    with supervised():
        asyncio.run(until_signalled(worker, board, once))
