"""The reading process: one file after the other from standard input, answers to standard output.

It holds no secret (its environment is empty), cannot write files, has a memory limit, and is ended by the kernel
when one file takes too long, also when its parent is gone. Answers are JSON: nothing that a file could make
this process say is executed by its reader.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import struct
import sys
import traceback
from dataclasses import asdict
from datetime import date
from typing import BinaryIO

from blacklight_candidate.resumes.reading.read import KnownSkills, Reading, Unread, read_resume

REQUEST = struct.Struct("!II")
"""Day of the reading (proleptic ordinal) and size of the file in bytes; the file follows."""
ANSWER = struct.Struct("!I")
"""Size of the JSON that follows; an empty one says that the process is ready."""


def main() -> None:
    """Serves until standard input ends. Arguments: seconds a file may take, megabytes of address space."""
    seconds, megabytes = int(sys.argv[1]), int(sys.argv[2])
    answers = os.fdopen(os.dup(1), "wb")
    _silence()
    KnownSkills().find("warm up")
    _limit(megabytes)
    _send(answers, b"")
    while True:
        header = sys.stdin.buffer.read(REQUEST.size)
        if len(header) < REQUEST.size:
            return
        ordinal, size = REQUEST.unpack(header)
        data = sys.stdin.buffer.read(size)
        # Left at its default action: the kernel ends the process even where Python code can't run.
        signal.setitimer(signal.ITIMER_REAL, seconds)
        answer = _answer(data, date.fromordinal(ordinal))
        signal.setitimer(signal.ITIMER_REAL, 0)
        _send(answers, json.dumps(answer).encode())


def _answer(data: bytes, today: date) -> dict[str, object]:
    try:
        outcome: Reading | Unread = read_resume(data, today)
    except MemoryError:
        return {"unread": asdict(too_complex())}
    except Exception as error:  # noqa: BLE001 - a fault of ours must reach the log of the parent, whatever it is
        return {"fault": _where(error)}
    return {"reading" if isinstance(outcome, Reading) else "unread": asdict(outcome)}


def too_complex() -> Unread:
    """The answer for a file that takes more memory than it may."""
    return Unread("TOO_COMPLEX", "The file takes too much memory to read. Save it as a plain PDF and upload that.")


def _where(error: Exception) -> str:
    """Type and place only: the text of an exception may quote the resume."""
    frame = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} at {os.path.basename(frame.filename)}:{frame.lineno}"


def _send(answers: BinaryIO, payload: bytes) -> None:
    answers.write(ANSWER.pack(len(payload)) + payload)
    answers.flush()


def _silence() -> None:
    """What a library prints must not get between the answers."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)


def _limit(megabytes: int) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which then closes our input
    for limit, value in (
        (resource.RLIMIT_AS, megabytes * 1024 * 1024),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        hard = resource.getrlimit(limit)[1]
        bounded = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(limit, (bounded, bounded))


if __name__ == "__main__":
    main()
