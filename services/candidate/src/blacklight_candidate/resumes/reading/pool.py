"""Reading processes, kept ready: a file that hangs or kills its reader costs one process, never the worker."""

from __future__ import annotations

import asyncio
import json
import math
import sys
from asyncio.subprocess import PIPE, Process
from datetime import date
from typing import Any

from blacklight_servicekit import logs

from blacklight_candidate.resumes.reading.process import ANSWER, REQUEST, too_complex
from blacklight_candidate.resumes.reading.read import Reading, Unread

log = logs.get(__name__)

MODULE = "blacklight_candidate.resumes.reading.process"
START_SECONDS = 30
# The kernel's alarm inside the process comes after ours: it is for a process whose parent is gone.
ALARM_MARGIN_SECONDS = 5
FILES_A_PROCESS = 200
TRIES = 2


class ReaderDied(Exception):
    """The process ended in the middle of a file."""


class Reader:
    """One reading process."""

    def __init__(self, process: Process) -> None:
        self._process = process
        self.files = 0

    @classmethod
    async def start(cls, seconds: float, megabytes: int) -> Reader:
        """A process that is ready to read."""
        alarm = math.ceil(seconds) + ALARM_MARGIN_SECONDS
        arguments = ("-I", "-B", "-m", MODULE, str(alarm), str(megabytes))
        process = await asyncio.create_subprocess_exec(
            sys.executable, *arguments, stdin=PIPE, stdout=PIPE, env={}, cwd="/"
        )
        reader = cls(process)
        try:
            async with asyncio.timeout(START_SECONDS):
                await reader._receive()
        except (TimeoutError, ReaderDied, asyncio.CancelledError):
            await reader.kill()
            raise
        return reader

    async def ask(self, data: bytes, today: date) -> dict[str, Any]:
        """The process's answer. Raises ReaderDied."""
        self.files += 1
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(REQUEST.pack(today.toordinal(), len(data)) + data)
            await self._process.stdin.drain()
        except (BrokenPipeError, ConnectionResetError) as error:
            raise ReaderDied from error
        answer: dict[str, Any] = json.loads(await self._receive())
        return answer

    async def kill(self) -> None:
        """Ends the process and waits for its end."""
        if self._process.returncode is None:
            self._process.kill()
        await self._process.wait()

    async def _receive(self) -> bytes:
        assert self._process.stdout is not None
        try:
            (size,) = ANSWER.unpack(await self._process.stdout.readexactly(ANSWER.size))
            return await self._process.stdout.readexactly(size)
        except asyncio.IncompleteReadError as error:
            raise ReaderDied from error


class ReaderPool:
    """Up to `size` files at a time, each for `seconds` at most. For one event loop."""

    def __init__(self, *, size: int, seconds: float, megabytes: int) -> None:
        self._slots = asyncio.Semaphore(size)
        self._size = size
        self._seconds = seconds
        self._megabytes = megabytes
        self._idle: list[Reader] = []

    async def warm(self) -> None:
        """Starts the processes ahead of the first file."""
        while len(self._idle) < self._size:
            self._idle.append(await Reader.start(self._seconds, self._megabytes))

    async def read(self, data: bytes, today: date) -> Reading | Unread:
        """Reads a file; one that ends its reader is tried once more in a new one."""
        async with self._slots:
            for _ in range(TRIES):
                try:
                    return await self._read(data, today)
                except ReaderDied:
                    log.warning("resume.reader_died", size_bytes=len(data))
            return too_complex()

    async def close(self) -> None:
        """Ends the idle processes."""
        while self._idle:
            await self._idle.pop().kill()

    async def _read(self, data: bytes, today: date) -> Reading | Unread:
        reader = self._idle.pop() if self._idle else await Reader.start(self._seconds, self._megabytes)
        kept = False
        try:
            async with asyncio.timeout(self._seconds):
                answer = await reader.ask(data, today)
            kept = reader.files < FILES_A_PROCESS
        except TimeoutError:
            return Unread(
                "TOO_SLOW",
                f"The file could not be read within {self._seconds:g} seconds. Try again, or upload a simpler file.",
                retryable=True,
            )
        finally:
            if kept:
                self._idle.append(reader)
            else:
                await reader.kill()
        return _outcome(answer)


def _outcome(answer: dict[str, Any]) -> Reading | Unread:
    if "reading" in answer:
        return Reading(**answer["reading"])
    if "unread" in answer:
        return Unread(**answer["unread"])
    log.error("resume.reader_fault", fault=answer["fault"])
    return Unread("READER_FAULT", "The file met a fault of the reader, which has been recorded. Try again later.", True)
