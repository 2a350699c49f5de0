"""A receiver of events as ours are: it keeps every delivery, and acts once for each event id."""

from __future__ import annotations

import asyncio

from blacklight_servicekit.database import Database
from blacklight_servicekit.relay import Event
from sqlalchemy import text

_SEEN = text("INSERT INTO deliveries (event_id) VALUES (:id)")
_ACT = text("INSERT INTO effects (event_id) VALUES (:id) ON CONFLICT DO NOTHING")


class Receiver:
    """Commits on its own, as another service would."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def receive(self, event: Event) -> None:
        await asyncio.to_thread(self._commit, event)

    def _commit(self, event: Event) -> None:
        with self._database.platform_transaction() as session:
            session.execute(_SEEN, {"id": event.id})
            session.execute(_ACT, {"id": event.id})
