"""Sends failed batches to matching again."""

from __future__ import annotations

import asyncio

from blacklight_servicekit import logs, rpc
from blacklight_servicekit.caller import Caller

from blacklight_scraper.intake.review.service import Batches

log = logs.get(__name__)
_CALLER = Caller.service("scraper", None)


class FailedBatchSweep:
    """Sends failed batches again, later and later, while there is hope."""

    def __init__(self, batches: Batches, every_seconds: float) -> None:
        self._batches = batches
        self._every = every_seconds

    async def run(self) -> None:
        """Sweeps until cancelled."""
        while True:
            if sent := await rpc.blocking(self._batches.send_due_again, _CALLER):
                log.info("batch.sent_again", batches=sent)
            await asyncio.sleep(self._every)
