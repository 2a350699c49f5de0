"""A process that asks the cache, for the tests of the cache.

`cache_caller.py REDIS_URL ROLE LOG CALLERS SECONDS`: CALLERS calls of one key at once, each computation adds a line to
LOG and takes SECONDS. ROLE `hang` computes for ever. Prints the distinct answers.
"""

from __future__ import annotations

import asyncio
import os
import sys
from datetime import timedelta
from pathlib import Path

from blacklight_servicekit import cache as module
from blacklight_servicekit.cache import Cache


async def main(url: str, role: str, log: Path, callers: int, seconds: float) -> None:
    cache = Cache(url, "test")

    async def compute() -> str:
        with log.open("a") as file:
            file.write(f"{os.getpid()}\n")
        if role == "hang":
            sys.stdout.write("computing\n")
            sys.stdout.flush()
            await asyncio.Event().wait()
        await asyncio.sleep(seconds)
        return "the value"

    sys.stdout.write("ready\n")
    sys.stdout.flush()
    await asyncio.to_thread(sys.stdin.readline)
    calls = (cache.get_or_compute("key", compute, timedelta(minutes=1)) for _ in range(callers))
    answers = await asyncio.gather(*calls)
    await cache.close()
    sys.stdout.write(f"{sorted(set(answers))}\n")


if __name__ == "__main__":
    # On a busy machine a healthy server may take longer than the half second after which it counts as down.
    module.ANSWER_SECONDS = 20.0
    asyncio.run(main(sys.argv[1], sys.argv[2], Path(sys.argv[3]), int(sys.argv[4]), float(sys.argv[5])))
