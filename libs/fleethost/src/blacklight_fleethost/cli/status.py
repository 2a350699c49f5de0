"""`blacklight fleet status`: how a host on this machine is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from blacklight_fleethost.cli.connecting import spool_option
from blacklight_fleethost.cli.state_folder import depth_of, folder_of, is_running
from blacklight_fleethost.cli.status_file import read_status

NOT_RUNNING = 1
_TIMES = ("started", "connected", "acknowledged", "written")


@click.command()
@click.option("--name", default="", help="The host's name.")
@spool_option
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def status(name: str, spool: Path | None, as_json: bool) -> None:
    """Tell how a host on this machine is. Exit code 0: it runs; 1: it does not."""
    if not name and spool is None:
        raise click.UsageError("say which host, by --name or by --spool")
    folder = folder_of(name, spool)
    running = is_running(folder)
    said = read_status(folder)
    if said and not running and (depth := depth_of(folder)):
        said |= {"spool_batches": depth.batches, "spool_bytes": depth.bytes}
    if as_json:
        click.echo(json.dumps({"running": running, "status": said}, ensure_ascii=False, indent=1))
    else:
        click.echo("running" if running else "not running")
        for line in _lines(said) if said else ["no host has written a status here"]:
            click.echo(line)
    if not running:
        raise SystemExit(NOT_RUNNING)


def _lines(said: dict[str, Any]) -> list[str]:
    lines = [f"{said.get('name')} at {said.get('gateway')}: {said.get('state')}, process {said.get('pid')}"]
    lines += [f"{name:13} {said.get(f'{name}_time') or 'never'}" for name in _TIMES]
    lines.append(f"{'delivered':13} {said.get('batches')} batches, {said.get('accepted')} postings taken,"
                 f" {said.get('refused')} refused")  # fmt: skip
    lines.append(f"{'spool':13} {said.get('spool_batches')} batches, {said.get('spool_bytes')} bytes")
    lines.append(f"{'platforms':13} {', '.join(said.get('platforms') or []) or 'none'}")
    if said.get("paused"):
        lines.append(f"{'paused':13} {', '.join(said['paused'])}")
    lines += [f"{'at rest':13} {name}: {why}" for name, why in (said.get("resting") or {}).items()]
    lines += [
        f"{'session':13} {session_id}: {about.get('role')} on {about.get('platforms')}"
        for session_id, about in (said.get("sessions") or {}).items()
    ]
    lines += [
        f"{'problem':13} {each.get('time')} {each.get('kind')}: {each.get('message')}"
        for each in said.get("problems") or []
    ]
    return lines
