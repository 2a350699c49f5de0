"""The sweep that takes back leases whose holder fell silent."""

from __future__ import annotations

import asyncio

from blacklight_servicekit import logs
from blacklight_servicekit.caller import Caller

from blacklight_scraper.credentials.reaping.service import REAP_ROWS, Reaping

log = logs.get(__name__)


class LeaseReaper:
    """A loop of the worker."""

    def __init__(self, reaping: Reaping, seconds: float) -> None:
        self._reaping = reaping
        self._seconds = seconds

    async def run(self) -> None:
        """Reaps every so many seconds, for ever; at once again while a sweep was full."""
        caller = Caller.service("scraper", None)
        while True:
            count = await asyncio.to_thread(self._reaping.reap, caller)
            if count:
                log.info("credentials.reaped", count=count)
            if count < REAP_ROWS:
                await asyncio.sleep(self._seconds)
