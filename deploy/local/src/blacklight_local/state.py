"""What a running stack says of itself, for `status`, `logs` and `down` in other processes.

The supervisor holds a lock on `supervisor.lock` as long as it lives, and the kernel drops it when it dies;
so the lock, not a process number that may have been given away again, tells whether `state.json` is the
truth. A clean stop removes the file: one without a lock is what a crash left.
"""

from __future__ import annotations

import fcntl
import json
import os
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path

from blacklight_local.data_folder import DataFolder


@dataclass
class ComponentState:
    """One process: state is waiting, starting, ready, failed, ended, stopping or stopped."""

    name: str
    state: str = "waiting"
    detail: str = ""
    address: str = ""
    pid: int = 0
    started: int = 0
    seconds: float = 0.0


@dataclass
class StackState:
    """Phase is starting, ready, stopping or failed. `urls` by name: gateway, temporal and so on."""

    supervisor: int
    phase: str = "starting"
    error: str = ""
    notices: list[str] = field(default_factory=list)
    urls: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0
    components: dict[str, ComponentState] = field(default_factory=dict)


class AlreadyRunning(RuntimeError):
    """Another supervisor works on the same data folder."""


class Lock:
    """The supervisor's hold on its data folder."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(self._file)
            raise AlreadyRunning(f"a stack already runs on {path.parent}") from None

    def release(self) -> None:
        """Let the next one in."""
        os.close(self._file)


def is_running(data: DataFolder) -> bool:
    """Whether a supervisor lives on this folder."""
    if not data.lock.exists():
        return False
    try:
        Lock(data.lock).release()
    except AlreadyRunning:
        return True
    return False


def write_state(data: DataFolder, state: StackState) -> None:
    """Replace the state file in one step: a reader sees the old or the new."""
    scratch = data.state.with_suffix(".new")
    scratch.write_text(json.dumps(asdict(state), indent=1))
    scratch.rename(data.state)


def read_state(data: DataFolder) -> StackState | None:
    """What was last written; None when there is none."""
    try:
        raw = json.loads(data.state.read_text())
    except FileNotFoundError:
        return None
    components = {name: ComponentState(**item) for name, item in raw.pop("components").items()}
    return StackState(**raw, components=components)


def remove_state(data: DataFolder) -> None:
    """After a clean stop."""
    with suppress(FileNotFoundError):
        data.state.unlink()
