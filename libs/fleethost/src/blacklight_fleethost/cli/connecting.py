"""The options of commands that connect to a platform."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click
import grpc

API_KEY_VARIABLE = "BLACKLIGHT_SCRAPER_API_KEY"
LOOPBACK = ("127.0.0.1", "localhost", "[::1]", "::1")

Command = TypeVar("Command", bound=Callable[..., Any])

spool_option = click.option(
    "--spool",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder of what the host keeps; each host its own. Default: by name in the user's state folder.",
)


def connection_options(command: Command) -> Command:
    """`--gateway`, `--name`, `--spool`, `--plaintext` and `--ca`."""
    options = [
        click.option("--gateway", required=True, metavar="HOST:PORT", help="Where the platform's gateway listens."),
        click.option("--name", required=True, help="What this host calls itself; one host a name."),
        spool_option,
        click.option("--plaintext", is_flag=True, help="Without TLS even when the gateway is on another machine."),
        click.option(
            "--ca",
            type=click.Path(exists=True, dir_okay=False, path_type=Path),
            help="Certificates (PEM) to trust instead of the system's.",
        ),
    ]
    for option in reversed(options):
        command = option(command)
    return command


def api_key() -> str:
    """The host's key from the environment. Raises UsageError."""
    key = os.environ.get(API_KEY_VARIABLE, "")
    if not key:
        raise click.UsageError(f"{API_KEY_VARIABLE} is not set; it holds the host's API key")
    return key


def credentials_of(gateway: str, plaintext: bool, ca: Path | None) -> grpc.ChannelCredentials | None:
    """TLS to another machine unless told otherwise; None is plain text."""
    if plaintext or gateway.rsplit(":", 1)[0] in LOOPBACK:
        return None
    return grpc.ssl_channel_credentials(ca.read_bytes() if ca else None)
