"""Runs relays one after another and kills each with SIGKILL between a delivery and its mark.

`python -m blacklight_library.kill_relay APP_URL PLATFORM_URL TIMES` prints how many it killed. Each relay is a fork
of this process, which has no threads of its own.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from uuid import UUID

from blacklight_servicekit import outbox
from blacklight_servicekit.clock import utc_now
from blacklight_servicekit.database import Database
from blacklight_servicekit.relay import Event, Relay
from sqlalchemy import text

from blacklight_library.receiving import Receiver

TENANT = UUID(int=7)


def relay_until_killed(app_url: str, platform_url: str, delivered: int) -> None:
    """Adds an event, delivers it, says so on the pipe `delivered` and never marks it."""
    database = Database(app_url, platform_url)
    with database.platform_transaction() as session:  # the next relay has only its own event to deliver
        session.execute(text("UPDATE outbox SET next_time = now() + interval '1 hour'"))
    with database.transaction(TENANT) as session:
        newest = outbox.add(session, "book.created", {}, tenant_id=TENANT)
    receiver = Receiver(database)

    async def receive(event: Event) -> None:
        await receiver.receive(event)
        assert event.id == newest
        os.write(delivered, b"!")
        await asyncio.Event().wait()

    asyncio.run(Relay(database, "library", {"book.created": receive}, utc_now).run())


def main(app_url: str, platform_url: str, times: str) -> int:
    """Returns how many relays were killed by the signal after a delivery."""
    killed = 0
    for _ in range(int(times)):
        heard, said = os.pipe()
        child = os.fork()
        if child == 0:
            relay_until_killed(app_url, platform_url, said)
        os.close(said)
        assert os.read(heard, 1) == b"!"
        os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        killed += os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
        os.close(heard)
    return killed


if __name__ == "__main__":
    sys.stdout.write(f"{main(*sys.argv[1:])}\n")
