"""`blacklight fleet`: the commands of scraper hosts."""

from __future__ import annotations

import click

from blacklight_fleethost.cli.host import host
from blacklight_fleethost.cli.spool import spool
from blacklight_fleethost.cli.status import status


@click.group()
def fleet() -> None:
    """Scraper hosts."""


for command in (host, status, spool):
    fleet.add_command(command)

commands = [fleet]
