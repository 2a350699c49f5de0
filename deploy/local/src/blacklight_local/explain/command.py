"""`blacklight explain CANDIDATE POSTING`."""

from __future__ import annotations

import json
from contextlib import closing
from urllib.parse import quote
from uuid import UUID

import click
import httpx

from blacklight_local.demo.api import Api, CallFailed, Json
from blacklight_local.explain.sums import lines_of
from blacklight_local.signing_in import signed_in

_MOST_SHOWN = 5


@click.command()
@click.argument("candidate")
@click.argument("posting")
@click.option("--gateway", metavar="URL", help="The gateway (default: $BLACKLIGHT_GATEWAY, else the local stack's).")
@click.option("--json", "as_json", is_flag=True, help="The answer of the API, for programs.")
def explain(candidate: str, posting: str, gateway: str | None, as_json: bool) -> None:
    """Print the score of a candidate and a posting as a sum, with the sentences it rests on.

    CANDIDATE and POSTING are ids, or words that find just one: a name, a title and company.

    Signs in with the variable BLACKLIGHT_TOKEN (an access token), or BLACKLIGHT_EMAIL and BLACKLIGHT_PASSWORD.
    """
    try:
        with closing(signed_in(gateway)) as api:
            one = _found(api, candidate, "candidates", "candidate_id", ("given_name", "family_name"))
            other = _found(api, posting, "postings", "posting_id", ("title", "company"))
            explanation = api.get(f"/v1/candidates/{quote(one)}/postings/{quote(other)}:explain")
    except CallFailed as error:
        raise click.ClickException(str(error)) from error
    except httpx.HTTPError as error:
        raise click.ClickException(f"the gateway cannot be reached: {error}") from error
    click.echo(json.dumps(explanation, indent=1) if as_json else "\n".join(lines_of(explanation)))


def _found(api: Api, said: str, path: str, key: str, shown: tuple[str, ...]) -> str:
    """The id that was given, or the one that words find. Raises UsageError."""
    try:
        return str(UUID(said))
    except ValueError:
        rows: list[Json] = api.get(f"/v1/{path}", search=said[:200], page_size=_MOST_SHOWN + 1).get(path, [])
    if len(rows) == 1:
        return str(rows[0][key])
    if not rows:
        raise click.UsageError(f"no {path} are found by “{said}”")
    told = [f"  {row[key]}  {' · '.join(str(row.get(name, '')) for name in shown)}" for row in rows[:_MOST_SHOWN]]
    more = ["  and more"] if len(rows) > _MOST_SHOWN else []
    raise click.UsageError("\n".join([f"several {path} are found by “{said}”; give an id:", *told, *more]))


commands = [explain]
