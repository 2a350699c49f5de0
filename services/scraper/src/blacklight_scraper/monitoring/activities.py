"""Lets go of what is past its time: events, and alarms that have long been cleared."""

from __future__ import annotations

import asyncio

from blacklight_servicekit import logs, rpc
from blacklight_servicekit.caller import Caller

from blacklight_scraper.activity.service import FleetEvents
from blacklight_scraper.alarms.service import Alarms

log = logs.get(__name__)
_CALLER = Caller.service("scraper", None)


class HistorySweep:
    """Deletes old events and alarms, some at a time, again and again."""

    def __init__(self, events: FleetEvents, alarms: Alarms, every_seconds: float) -> None:
        self._events = events
        self._alarms = alarms
        self._every = every_seconds

    async def run(self) -> None:
        """Sweeps until cancelled."""
        while True:
            for forget in (self._events.forget, self._alarms.forget):
                while gone := await rpc.blocking(forget, _CALLER):
                    log.info("history.forgotten", rows=gone)
            await asyncio.sleep(self._every)
