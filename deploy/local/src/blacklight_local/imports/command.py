"""`blacklight import FILE`: postings of a file, for everybody, by an administrator of the platform."""

from __future__ import annotations

import json
import sys
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import TextIO

import click
import httpx

from blacklight_local.demo.api import Api, CallFailed, Json
from blacklight_local.imports.sending import WAITING, FileChanged, SentImport, Told
from blacklight_local.signing_in import signed_in

MOST_SHOWN = 20
SOME_REJECTED = 3
"""Exit code where the file was imported, but not every row was taken."""
_COUNTS = (
    ("new", "new"),
    ("refreshed", "known already"),
    ("updated", "of these with a changed text"),
    ("duplicate", "twice on a page of the file"),
    ("rejected", "rejected"),
)


@click.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, readable=True, path_type=Path))
@click.option("--platform", metavar="NAME", help="Job board that all rows come from.")
@click.option("--charset", type=click.Choice(["utf-8", "latin-1", "windows-1252"]), default="utf-8", show_default=True)
@click.option("--update-existing", is_flag=True, help="Take over changed texts of known postings.")
@click.option("--resume", metavar="ID", help="Go on with an import that was cut off, or follow one.")
@click.option("--results", type=click.File("w"), help="Write what became of each row there, a line of JSON a row.")
@click.option("--gateway", metavar="URL", help="The gateway (default: $BLACKLIGHT_GATEWAY, else the local stack's).")
def import_file(
    file: Path,
    platform: str | None,
    charset: str,
    update_existing: bool,
    resume: str | None,
    results: TextIO | None,
    gateway: str | None,
) -> None:
    """Import a FILE of postings (JSON, JSON Lines or CSV; 200 MB at most), and print what became of its rows.

    Exit code: 0 when every row was taken, 3 when some were rejected, 1 when the import did not end well.

    Signs in as an administrator of the platform, with the variable BLACKLIGHT_TOKEN (an access token), or
    BLACKLIGHT_EMAIL and BLACKLIGHT_PASSWORD.
    """
    if not platform and not resume:
        raise click.UsageError("say by --platform which job board the rows come from")
    with closing(signed_in(gateway)) as api:
        sent = _begun(api, file, platform or "", charset, resume, update_existing=update_existing)
        try:
            ended = _carried_out(sent, file)
            if results is not None:
                results.writelines(f"{json.dumps(row)}\n" for row in sent.rows())
            click.echo("\n".join(_report(sent, ended)))
        except (CallFailed, FileChanged, httpx.HTTPError, KeyboardInterrupt) as error:
            hint = f"go on with: blacklight import {file} --resume {sent.import_id}"
            raise click.ClickException(f"{str(error) or 'interrupted'}\n{hint}") from error
    state = ended["run"]["state"]
    sys.exit({"RUN_STATE_COMPLETED": 0, "RUN_STATE_COMPLETED_WITH_ERRORS": SOME_REJECTED}.get(state, 1))


def _begun(
    api: Api, file: Path, platform: str, charset: str, resume: str | None, *, update_existing: bool
) -> SentImport:
    try:
        if resume:
            return SentImport(api, resume)
        return SentImport.create(api, file, platform, charset, update_existing=update_existing)
    except (CallFailed, httpx.HTTPError) as error:
        raise click.ClickException(str(error)) from error


def _carried_out(sent: SentImport, file: Path) -> Json:
    """Sends the file, unless it is there, and waits for the end."""
    size = file.stat().st_size
    if sent.look()["run"]["state"] == WAITING:
        with click.progressbar(length=size, label="sent", file=sys.stderr) as bar:
            sent.send(file, _moves(bar))
    with click.progressbar(length=size, label="imported", file=sys.stderr) as bar:
        return sent.follow(_moves(bar))


def _moves(bar: click._termui_impl.ProgressBar[int]) -> Told:
    return lambda place: bar.update(place - bar.pos)


def _report(sent: SentImport, ended: Json) -> list[str]:
    run = ended["run"]
    counts = [f"{ended[f'rows_{name}']} {said}" for name, said in _COUNTS if ended[f"rows_{name}"] or name == "new"]
    state = run["state"].removeprefix("RUN_STATE_").replace("_", " ").lower()
    why = f": {run['reason']} {run['error']}".rstrip() if run["reason"] else ""
    rejected = list(islice(sent.rows("REJECTED"), MOST_SHOWN))
    lines = [f"  row {row['row_number']}: {row['message']} ({row['reason']})" for row in rejected]
    more = ended["rows_rejected"] - len(rejected)
    return [
        f"import {sent.import_id} {state}{why}",
        ", ".join(counts),
        *lines,
        *([f"  and {more} more"] if more > 0 else []),
    ]


commands = [import_file]
