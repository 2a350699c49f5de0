"""Sends failed batches to matching again."""

from __future__ import annotations

import asyncio

from blacklight_servicekit import logs, rpc
from blacklight_servicekit.caller import Caller

from blacklight_scraper.intake.review.service import Batches
from blacklight_scraper.intake.service import BatchIntake

log = logs.get(__name__)
_CALLER = Caller.service("scraper", None)


class FailedBatchSweep:
    """Sends failed batches again, later and later, while there is hope."""

    def __init__(self, intake: BatchIntake, batches: Batches, every_seconds: float) -> None:
        self._intake = intake
        self._batches = batches
        self._every = every_seconds

    async def run(self) -> None:
        """Sweeps until cancelled."""
        while True:
            if lost := await rpc.blocking(self._intake.give_up_undeliverable, _CALLER):
                log.error("batch.not_delivered", batches=lost)
            if sent := await rpc.blocking(self._batches.send_due_again, _CALLER):
                log.info("batch.sent_again", batches=sent)
            await asyncio.sleep(self._every)
