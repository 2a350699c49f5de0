"""Reading log files as they grow."""

from __future__ import annotations

import os
import time
from pathlib import Path

import click

from blacklight_local.servers.process import tail


def last_lines(path: Path, lines: int) -> str:
    """The end of a log file."""
    return tail(path, lines)


def follow(path: Path) -> None:
    """Print what is added, until Ctrl-C."""
    with path.open("rb") as log:
        log.seek(0, os.SEEK_END)
        while True:
            piece = log.read()
            if piece:
                click.echo(piece.decode(errors="replace"), nl=False)
            else:
                time.sleep(0.1)
