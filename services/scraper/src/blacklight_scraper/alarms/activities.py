"""The watch: looks for alarms again and again, and lets old ones go."""

from __future__ import annotations

import asyncio

from blacklight_servicekit import logs, rpc
from blacklight_servicekit.caller import Caller

from blacklight_scraper.alarms.service import Alarms

log = logs.get(__name__)
_CALLER = Caller.service("scraper", None)


class AlarmWatch:
    """Looks for alarms every so many seconds."""

    def __init__(self, alarms: Alarms, every_seconds: float) -> None:
        self._alarms = alarms
        self._every = every_seconds

    async def run(self) -> None:
        """Watches until cancelled. A round that fails is logged and shows as a watch that is asleep (F-26)."""
        while True:
            try:
                await rpc.blocking(self._alarms.watch, _CALLER)
            except Exception as error:  # noqa: BLE001 - a watch that dies of one round watches nothing
                log.error("alarms.round_failed", error=type(error).__name__)
            await asyncio.sleep(self._every)
