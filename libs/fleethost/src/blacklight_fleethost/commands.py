"""`blacklight fleet`: the commands of scraper hosts."""

from __future__ import annotations

import click

from blacklight_fleethost.host_command import host
from blacklight_fleethost.spool_command import spool
from blacklight_fleethost.status_command import status


@click.group()
def fleet() -> None:
    """Scraper hosts."""


for command in (host, status, spool):
    fleet.add_command(command)

commands = [fleet]
