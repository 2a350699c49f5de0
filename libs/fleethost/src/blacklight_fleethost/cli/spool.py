"""`blacklight fleet spool`: what a host could not deliver yet."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import asdict
from pathlib import Path

import click
from blacklight.matching.v1.posting_pb2 import PostingDraft

from blacklight_fleethost.cli.connecting import api_key, connection_options, credentials_of, spool_option
from blacklight_fleethost.cli.display import line_of
from blacklight_fleethost.cli.state_folder import folder_of
from blacklight_fleethost.cli.supervision import supervised
from blacklight_fleethost.host import FleetHost
from blacklight_fleethost.reader import Search
from blacklight_fleethost.refused import FOLDER
from blacklight_fleethost.spool import Spool, Waiting


@click.group()
def spool() -> None:
    """What a host has read and the platform has not acknowledged."""


@spool.command("list")
@click.option("--name", default="", help="The host's name.")
@spool_option
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def list_spool(name: str, spool: Path | None, as_json: bool) -> None:
    """Show the batches of a host that does not run; of one that does, `status` tells how many there are."""
    if not name and spool is None:
        raise click.UsageError("say which host, by --name or by --spool")
    folder = folder_of(name, spool)
    with supervised():
        waiting = _waiting(folder)
    refused = len(list((folder / FOLDER).glob("*.json")))
    if as_json:
        click.echo(json.dumps({"waiting": [asdict(each) for each in waiting], "refused_files": refused}, indent=1))
        return
    for each in waiting:
        click.echo(f"{each.session_id}  {each.platform}  {each.batches} batches, {each.bytes} bytes")
    click.echo(f"{sum(each.batches for each in waiting)} batches to deliver, {refused} refused ones kept in {FOLDER}/")


def _waiting(folder: Path) -> list[Waiting]:
    if not (folder / "spool.sqlite").exists():
        return []
    opened = Spool(folder, patience_seconds=0.0)
    try:
        return opened.waiting()
    finally:
        opened.close()


class _NoReader:
    async def read(self, search: Search, platform: str) -> AsyncIterator[PostingDraft]:
        """Never asked: draining reads nothing."""
        raise AssertionError("draining reads nothing")
        yield PostingDraft()


@spool.command()
@connection_options
def drain(gateway: str, name: str, spool: Path | None, plaintext: bool, ca: Path | None) -> None:
    """Send what is spooled and read nothing; for a host that is not to run again."""
    credentials = credentials_of(gateway, plaintext, ca)
    worker = FleetHost(
        gateway,
        api_key(),
        name,
        _NoReader(),
        spool=folder_of(name, spool),
        credentials=credentials,
        watch=lambda event: click.echo(line_of(event)),
    )
    with supervised():
        asyncio.run(worker.deliver())
