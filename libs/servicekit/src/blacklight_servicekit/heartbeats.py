"""Signs of life for every activity that has a heartbeat timeout, so that a killed worker is known soon.

Without them an activity of a killed worker is lost until its whole time is up, and its workflow stands still so long.
They say that the process lives, not that the activity gets on: that is what `start_to_close_timeout` is for.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

from temporalio import activity
from temporalio.worker import (
    ActivityInboundInterceptor,
    ActivityOutboundInterceptor,
    ExecuteActivityInput,
    Interceptor,
)

BEATS = 4
"""In the time that is allowed between two."""


class Heartbeats(Interceptor):
    """Beats for activities as long as they run; for a worker's `interceptors`."""

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:
        """Around one activity."""
        return _Beating(next)


class _Beating(ActivityInboundInterceptor):
    def init(self, outbound: ActivityOutboundInterceptor) -> None:
        self._outbound = outbound
        super().init(outbound)

    async def execute_activity(self, input: ExecuteActivityInput) -> Any:
        allowed = activity.info().heartbeat_timeout
        if allowed is None:
            return await super().execute_activity(input)
        beating = asyncio.create_task(self._beat(allowed / BEATS))
        try:
            return await super().execute_activity(input)
        finally:
            beating.cancel()
            await asyncio.gather(beating, return_exceptions=True)

    async def _beat(self, pause: timedelta) -> None:
        while True:
            await asyncio.sleep(pause.total_seconds())
            self._outbound.heartbeat()
