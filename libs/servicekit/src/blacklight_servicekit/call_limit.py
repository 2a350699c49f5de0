"""How many calls a minute a caller may begin, counted on the cache server for all processes together."""

from __future__ import annotations

import math
from datetime import timedelta

from blacklight_servicekit.cache import Cache
from blacklight_servicekit.caller import Caller
from blacklight_servicekit.errors import Exhausted

WINDOW = timedelta(minutes=1)


class CallLimit:
    """Fixed windows of a minute: a caller may begin its whole number at once, then it waits for the next window.

    While the cache server does not answer nobody is limited: the limit protects against mistakes of callers that are
    known, and an outage of the cache should not stop their work. Recognising them does not depend on it.
    """

    def __init__(self, cache: Cache) -> None:
        self._cache = cache

    async def check(self, caller: Caller) -> None:
        """Counts the call. Raises Exhausted (RATE_LIMITED), whose metadata says after how many seconds to retry."""
        if not caller.calls_per_minute:
            return
        counted = await self._cache.count(f"calls:v1:{caller.kind}:{caller.id}", WINDOW)
        if counted is None or counted[0] <= caller.calls_per_minute:
            return
        seconds = max(1, math.ceil(counted[1]))
        raise Exhausted(
            f"{caller.calls_per_minute} calls a minute are allowed; try again in {seconds} s",
            reason="RATE_LIMITED",
            metadata={"retry_after_seconds": str(seconds)},
        )
