"""Listens for PostgreSQL's notifications: somebody is told that there is something to look at, never what."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import psycopg2
from psycopg2.extensions import quote_ident
from sqlalchemy.engine import make_url

from blacklight_servicekit import logs
from blacklight_servicekit.bootstrap import libpq

log = logs.get(__name__)
RETRY_SECONDS = 1.0


async def listen(url: str, channel: str, heard: Callable[[], None]) -> None:
    """Calls `heard` for whatever is notified on a channel, until cancelled.

    While the connection is lost notifications are missed, so whoever listens also looks from time to time.
    """
    while True:
        try:
            await _listen_once(url, channel, heard)
        except psycopg2.Error as error:
            log.warning("listening.lost", channel=channel, error=type(error).__name__)
            await asyncio.sleep(RETRY_SECONDS)


async def _listen_once(url: str, channel: str, heard: Callable[[], None]) -> None:
    arguments = libpq(make_url(url))
    connection = await asyncio.to_thread(lambda: psycopg2.connect(**arguments))
    connection.autocommit = True
    loop = asyncio.get_running_loop()
    broken = asyncio.Event()

    def readable() -> None:
        try:
            connection.poll()
        except psycopg2.Error:
            broken.set()
            return
        if connection.notifies:
            connection.notifies.clear()
            heard()

    try:
        with connection.cursor() as cursor:
            cursor.execute(f"LISTEN {quote_ident(channel, cursor)}")
        loop.add_reader(connection.fileno(), readable)
        try:
            heard()  # for what was notified before
            await broken.wait()
        finally:
            loop.remove_reader(connection.fileno())
    finally:
        connection.close()
