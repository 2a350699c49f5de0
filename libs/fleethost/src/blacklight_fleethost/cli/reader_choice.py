"""Which reader a command line names, and its options. Pure but for the options' declaration."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import click

Command = TypeVar("Command", bound=Callable[..., Any])
READERS = ("reader", "folder", "jsonl", "feed")


@dataclass(frozen=True, slots=True)
class ReaderChoice:
    """A reader by name, and what it is told."""

    name: str
    options: Mapping[str, str] = field(default_factory=dict)


def reader_options(command: Command) -> Command:
    """The options that choose a reader."""
    options = [
        click.option(
            "--folder",
            type=click.Path(exists=True, file_okay=False, path_type=Path),
            help="Read saved files: JSON, JSONL, and HTML with schema.org JobPosting.",
        ),
        click.option(
            "--jsonl",
            type=click.Path(exists=True, dir_okay=False, path_type=Path),
            help="Read one file of postings, one JSON object a line.",
        ),
        click.option("--feed", metavar="URL", help="Read a public feed: RSS, Atom, JSON Feed, or a JSON list of jobs."),
        click.option("--reader", metavar="NAME", help="Read with an installed reader (group blacklight.readers)."),
        click.option("--platform", metavar="NAME", help="The board that files or a feed belong to."),
        click.option("--items", metavar="PATH", help="Where a feed's list of jobs stands: data.jobs"),
        click.option("--map", "maps", metavar="FIELD=PATH", multiple=True, help="Where a field stands: title=position"),
        click.option("--option", "given", metavar="NAME=VALUE", multiple=True, help="Any option of the reader."),
    ]
    for option in reversed(options):
        command = option(command)
    return command


def chosen(said: Mapping[str, Any]) -> ReaderChoice:
    """The choice that the options make. Raises UsageError."""
    named = [name for name in READERS if said.get(name)]
    if len(named) != 1:
        raise click.UsageError("choose one of --folder, --jsonl, --feed and --reader")
    [kind] = named
    options = dict(_pair(text, "--option") for text in said["given"])
    options |= {f"map.{name}": path for name, path in (_pair(text, "--map") for text in said["maps"])}
    options |= {name: said[name] for name in ("platform", "items") if said.get(name)}
    if kind == "reader":
        return ReaderChoice(said["reader"], options)
    if kind == "feed":
        return ReaderChoice("feed", {**options, "url": said["feed"]})
    return ReaderChoice("folder", {**options, "path": str(said[kind])})


def _pair(text: str, option: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not sign or not name:
        raise click.UsageError(f"{option} takes NAME=VALUE, not {text!r}")
    return name, value
