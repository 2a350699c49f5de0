"""Starting, watching and stopping the supervisor from another process."""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import asdict

from blacklight_local.data_folder import DataFolder
from blacklight_local.display import Display
from blacklight_local.leftovers import end_leftovers
from blacklight_local.servers import ServerFailed
from blacklight_local.servers.process import tail
from blacklight_local.stack import Options
from blacklight_local.state import AlreadyRunning, Lock, StackState, is_running, read_state, remove_state

_POLL_SECONDS = 0.05
_STOP_SECONDS = 90.0


def start(data: DataFolder, options: Options, display: Display) -> StackState:
    """Start a supervisor and wait until its stack is ready. On Ctrl-C it is stopped again.

    Raises AlreadyRunning, DataFolderUnusable, and ServerFailed with the reason.
    """
    data.prepare()
    if is_running(data):
        raise AlreadyRunning(f"a stack already runs on {data.root}: blacklight status | down")
    supervisor = _spawn(data, options)
    try:
        with display:
            return _wait_until_ready(data, supervisor, display)
    except KeyboardInterrupt:
        supervisor.terminate()
        supervisor.wait(_STOP_SECONDS)
        raise ServerFailed("interrupted; everything is stopped again") from None


def stop(data: DataFolder, display: Display) -> bool:
    """Stop the supervisor and with it the stack; False when none was running. Clears up after a crash."""
    state = read_state(data)
    if not is_running(data):
        _forget_crash(data)
        return False
    if state is None:
        raise ServerFailed(f"a stack is about to start on {data.root}; try again")
    supervisor = state.supervisor
    with suppress(ProcessLookupError):
        os.kill(supervisor, signal.SIGTERM)
    deadline = time.monotonic() + _STOP_SECONDS
    with display:
        while is_running(data):
            if time.monotonic() > deadline:
                raise ServerFailed(f"process {supervisor} does not stop; see {data.log('supervisor')}")
            seen = read_state(data)
            if seen is not None and seen.phase == "stopping":
                display.update(seen)
            time.sleep(_POLL_SECONDS)
    return True


def environment_of(data: DataFolder, service: str) -> dict[str, str]:
    """The environment the running stack gives a service, read from its file."""
    words = shlex.split((data.secrets / f"{service}.env").read_text())
    return {**os.environ, **dict(word.split("=", 1) for word in words if word != "export")}


def _spawn(data: DataFolder, options: Options) -> subprocess.Popen[bytes]:
    argv = [sys.executable, "-m", "blacklight_local.supervisor", str(data.root)]
    argv.append(json.dumps(asdict(options)))
    with data.log("supervisor").open("wb") as log:
        return subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd="/", start_new_session=True)


def _wait_until_ready(data: DataFolder, supervisor: subprocess.Popen[bytes], display: Display) -> StackState:
    while supervisor.poll() is None:
        state = read_state(data)
        if state is not None and state.supervisor == supervisor.pid:  # not what a crash left
            display.update(state)
            if state.phase == "ready":
                return state
        time.sleep(_POLL_SECONDS)
    state = read_state(data)
    if state is not None and state.supervisor == supervisor.pid and state.error:
        raise ServerFailed(state.error)
    raise ServerFailed(f"the supervisor ended:\n{tail(data.log('supervisor'), 20)}")


def _forget_crash(data: DataFolder) -> None:
    if not data.lock.exists():
        return
    lock = Lock(data.lock)
    try:
        end_leftovers(data)
        remove_state(data)
    finally:
        lock.release()
