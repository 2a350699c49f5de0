"""Reading happens in a process of its own: what hangs or kills it costs that process only."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from datetime import date
from pathlib import Path

from blacklight_candidate.resumes.reading.pool import ReaderPool
from blacklight_candidate.resumes.reading.read import Reading, Unread, read_resume

PDF = (Path(__file__).parent / "data" / "jsonresume" / "pdf" / "even__johndoe.pdf").read_bytes()
TODAY = date(2026, 1, 1)


def pooled(work: Callable[[ReaderPool], Awaitable[None]], *, seconds: float = 30, megabytes: int = 1024) -> None:
    async def run() -> None:
        pool = ReaderPool(size=1, seconds=seconds, megabytes=megabytes)
        try:
            await work(pool)
        finally:
            await pool.close()

    asyncio.run(run())


def process_of(pool: ReaderPool) -> int:
    return pool._idle[0]._process.pid


def test_says_the_same_as_reading_in_place() -> None:
    async def work(pool: ReaderPool) -> None:
        apart, here = await pool.read(PDF, TODAY), read_resume(PDF, TODAY)
        assert json.dumps(asdict(apart)) == json.dumps(asdict(here))

    pooled(work)


def test_keeps_its_process_for_the_next_file() -> None:
    async def work(pool: ReaderPool) -> None:
        await pool.warm()
        first = process_of(pool)
        await asyncio.gather(*(pool.read(PDF, TODAY) for _ in range(3)))
        assert process_of(pool) == first

    pooled(work)


def test_a_file_that_takes_too_long_ends_its_process() -> None:
    async def work(pool: ReaderPool) -> None:
        await pool.warm()
        process = process_of(pool)
        outcome = await pool.read(PDF, TODAY)
        assert isinstance(outcome, Unread)
        assert (outcome.reason, outcome.retryable) == ("TOO_SLOW", True)
        assert not Path(f"/proc/{process}").exists()
        assert pool._idle == []

    pooled(work, seconds=0.0001)


def test_a_process_that_died_is_replaced() -> None:
    async def work(pool: ReaderPool) -> None:
        await pool.warm()
        os.kill(process_of(pool), signal.SIGKILL)
        assert isinstance(await pool.read(PDF, TODAY), Reading)

    pooled(work)


def test_a_file_that_takes_too_much_memory_is_refused() -> None:
    async def work(pool: ReaderPool) -> None:
        outcome = await pool.read(PDF + b" " * (20 * 1024 * 1024), TODAY)
        assert isinstance(outcome, Unread)
        assert outcome.reason == "TOO_COMPLEX"

    pooled(work, megabytes=1)  # what the process has when it begins is all it gets


def test_the_process_holds_no_secret_and_writes_no_file() -> None:
    async def work(pool: ReaderPool) -> None:
        os.environ["BLACKLIGHT_SECRET_FOR_TEST"] = "secret"
        await pool.warm()
        process = Path(f"/proc/{process_of(pool)}")
        assert b"secret" not in (process / "environ").read_bytes()
        limits = (process / "limits").read_text()
        assert "Max file size             0" in limits

    try:
        pooled(work)
    finally:
        del os.environ["BLACKLIGHT_SECRET_FOR_TEST"]


def test_the_process_ends_with_its_parent() -> None:
    async def work(pool: ReaderPool) -> None:
        await pool.warm()
        reader = pool._idle[0]
        assert reader._process.stdin is not None
        reader._process.stdin.close()
        async with asyncio.timeout(10):
            assert await reader._process.wait() == 0

    pooled(work)
