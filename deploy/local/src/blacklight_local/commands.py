"""`blacklight up`, `status`, `logs`, `down`, `create-admin`: the local stack from a terminal."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import ParamSpec, TypeVar

import click
from rich.console import Console

from blacklight_local import background
from blacklight_local.data_folder import DataFolder, DataFolderUnusable, chosen
from blacklight_local.display import suitable
from blacklight_local.follow import follow, last_lines
from blacklight_local.overview import overview, summary
from blacklight_local.running import create_admin as make_admin
from blacklight_local.running import running_stack, wait_for_ever
from blacklight_local.servers import ServerFailed
from blacklight_local.stack import PREFERRED_PORTS, Options
from blacklight_local.state import AlreadyRunning, is_running, read_state

P = ParamSpec("P")
R = TypeVar("R")


def _told(function: Callable[P, R]) -> Callable[P, R]:
    """Expected failures become one clear message and status 1, never a traceback."""

    @wraps(function)
    def told(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return function(*args, **kwargs)
        except (ServerFailed, AlreadyRunning, DataFolderUnusable, LookupError) as error:
            raise click.ClickException(str(error)) from error

    return told


def _data_option(function: Callable[P, R]) -> Callable[P, R]:
    return click.option(
        "--data", "folder", type=click.Path(file_okay=False, path_type=Path), metavar="DIR",
        help="Where everything is kept (default: $BLACKLIGHT_HOME, else .run in the repository).",
    )(function)  # fmt: skip


@click.command()
@_data_option
@click.option("--port", default=PREFERRED_PORTS["gateway"], show_default=True, help="The gateway's port.")
@click.option("--foreground", is_flag=True, help="Stay, and stop everything on Ctrl-C.")
@click.option("--backing-only", is_flag=True, help="PostgreSQL, Valkey and Temporal, none of our services.")
@click.option("--preload/--no-preload", default=True, help="Fork our processes from one with the imports done.")
@_told
def up(folder: Path | None, port: int, foreground: bool, backing_only: bool, preload: bool) -> None:
    """Start the whole stack; returns when it is ready, and leaves it running."""
    data = chosen(folder)
    options = Options(gateway_port=port, backing_only=backing_only, preload=preload)
    running = read_state(data) if is_running(data) else None
    if running is not None and running.phase == "ready":
        click.echo("already running:")
        click.echo(summary(data, running))
    elif foreground:
        _stay(data, options)
    else:
        click.echo(summary(data, background.start(data, options, suitable())))


def _stay(data: DataFolder, options: Options) -> None:
    try:
        with running_stack(data, options, suitable()) as running:
            click.echo(summary(data, running.state, foreground=True))
            wait_for_ever()
    except KeyboardInterrupt:
        click.echo("stopped")


@click.command()
@_data_option
@_told
def status(folder: Path | None) -> None:
    """Show what runs, where it listens and how much memory it takes. Status 3 when nothing runs."""
    data = chosen(folder)
    state = read_state(data)
    if not is_running(data):
        click.echo(_why_not_running(data))
        raise click.exceptions.Exit(3)
    if state is not None:
        Console().print(overview(state))


def _why_not_running(data: DataFolder) -> str:
    state = read_state(data)
    if state is None:
        return f"nothing runs on {data.root}"
    if state.phase == "failed":
        return f"nothing runs on {data.root}; the last start failed: {state.error}"
    return f"nothing runs on {data.root}; the last run (process {state.supervisor}) was killed, not stopped"


@click.command()
@click.argument("service", required=False)
@_data_option
@click.option("-f", "--follow", "following", is_flag=True, help="Go on until Ctrl-C.")
@click.option("-n", "--lines", default=100, show_default=True, help="How many lines from the end.")
@_told
def logs(service: str | None, folder: Path | None, following: bool, lines: int) -> None:
    """Show the log of one SERVICE (without it: which there are)."""
    data = chosen(folder)
    names = sorted(path.stem for path in data.logs.glob("*.log"))
    if service is None:
        click.echo("\n".join(names) or f"no logs in {data.logs}")
        return
    if service not in names:
        raise click.ClickException(f"no log of {service}; there are: {', '.join(names) or 'none'}")
    click.echo(last_lines(data.log(service), lines))
    if following:
        follow(data.log(service))


@click.command()
@_data_option
@click.option("--purge", is_flag=True, help="Remove all data as well.")
@_told
def down(folder: Path | None, purge: bool) -> None:
    """Stop the stack; data stays until --purge."""
    data = chosen(folder)
    click.echo("stopped" if background.stop(data, suitable()) else _why_not_running(data))
    if purge:
        left = data.purge()
        click.echo(f"removed {data.root}" if not left else f"kept in {data.root}: {', '.join(left)}")


@click.command("create-admin")
@click.argument("email")
@_data_option
@_told
def create_admin(email: str, folder: Path | None) -> None:
    """Make a platform admin; prints the one-time token with which to set the password."""
    data = chosen(folder)
    if not is_running(data):
        raise click.ClickException(_why_not_running(data))
    click.echo(make_admin(email, background.environment_of(data, "auth")))
    click.echo('set the password with it: POST /v1/auth:setPassword {"token": …, "new_password": …}', err=True)
    click.echo('then sign in: POST /v1/auth:login {"email": …, "password": …}', err=True)


commands = [up, status, logs, down, create_admin]
