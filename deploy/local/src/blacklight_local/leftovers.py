"""What a killed supervisor has left: its children got a signal from the kernel, and get time to obey."""

from __future__ import annotations

import os
import signal
import time
from contextlib import suppress

from blacklight_local.data_folder import DataFolder
from blacklight_local.proc import is_alive
from blacklight_local.state import read_state

_PATIENCE_SECONDS = 15.0


def end_leftovers(data: DataFolder) -> None:
    """Wait for processes of the last run to end, then kill them. Call it holding the lock.

    A process is recognised by its number and the time it began, so nobody else's is ever touched.
    """
    state = read_state(data)
    if state is None:
        return
    left = [row for row in state.components.values() if is_alive(row.pid, row.started)]
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while left and time.monotonic() < deadline:
        time.sleep(0.05)
        left = [row for row in left if is_alive(row.pid, row.started)]
    for row in left:
        with suppress(ProcessLookupError):
            os.kill(row.pid, signal.SIGKILL)
