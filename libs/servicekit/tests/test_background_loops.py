"""Background loops of `work` that break."""

from __future__ import annotations

import asyncio
from typing import Any

from blacklight_servicekit import running


def test_a_loop_that_breaks_begins_again_and_ends_nothing_else(monkeypatch: Any) -> None:
    monkeypatch.setattr(running, "BROKEN_PAUSE_SECONDS", 0.0)
    begun = 0

    async def breaking() -> None:
        nonlocal begun
        begun += 1
        if begun < 3:
            raise ValueError("a sweep that fails")

    async def run() -> None:
        async with asyncio.timeout(30):
            await running._go_on(breaking)

    asyncio.run(run())
    assert begun == 3
