"""Who the commands that talk to a gateway are, and which gateway it is: by options, variables, or the stack here."""

from __future__ import annotations

import os
from contextlib import closing

import click

from blacklight_local.data_folder import DataFolderUnusable, chosen
from blacklight_local.demo.api import Api
from blacklight_local.state import is_running, read_state

TOKEN, EMAIL, PASSWORD, GATEWAY = (f"BLACKLIGHT_{name}" for name in ("TOKEN", "EMAIL", "PASSWORD", "GATEWAY"))


def signed_in(gateway: str | None) -> Api:
    """The API as BLACKLIGHT_TOKEN, or BLACKLIGHT_EMAIL and BLACKLIGHT_PASSWORD, say. Raises UsageError."""
    url = (gateway or os.environ.get(GATEWAY) or _local_gateway()).rstrip("/")
    token, email, password = (os.environ.get(name, "") for name in (TOKEN, EMAIL, PASSWORD))
    if token:
        return Api(url, token)
    if not email or not password:
        raise click.UsageError(f"set {TOKEN}, or {EMAIL} and {PASSWORD}")
    with closing(Api(url)) as nobody:
        return nobody.signed_in(email, password)


def _local_gateway() -> str:
    try:
        data = chosen(None)
        state = read_state(data) if is_running(data) else None
    except DataFolderUnusable:
        state = None
    if state is None or "gateway" not in state.urls:
        raise click.UsageError(f"no stack runs here; name one by --gateway or {GATEWAY}")
    return state.urls["gateway"]
