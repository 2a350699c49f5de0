"""What a host says of itself, in a file of its folder that anybody may read at any time."""

from __future__ import annotations

import contextlib
import json
import os
from collections import deque
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from blacklight_fleethost.atomic import replace_file
from blacklight_fleethost.events import HostEvent, HostEventKind
from blacklight_fleethost.state import HostState

FILE = "status.json"
MOST_PROBLEMS = 20
PROBLEMS = frozenset(
    {
        HostEventKind.RECONNECTING, HostEventKind.POSTING_REFUSED, HostEventKind.POSTING_DROPPED,
        HostEventKind.SESSION_LOST, HostEventKind.SESSION_ENDED, HostEventKind.BATCH_SET_ASIDE,
        HostEventKind.BOARD_RESTS, HostEventKind.ACCOUNT_LOST, HostEventKind.CLAIM_REFUSED,
        HostEventKind.READER_SAID, HostEventKind.NOT_READ,
    }
)  # fmt: skip
_STATES = {
    HostEventKind.CONNECTED: "connected",
    HostEventKind.RECONNECTING: "reconnecting",
    HostEventKind.DRAINING: "draining",
}
_ENDS = (HostEventKind.SESSION_FINISHED, HostEventKind.SESSION_LOST, HostEventKind.SESSION_ENDED)
_SELDOM_WRITTEN = (HostEventKind.BATCH_ACKNOWLEDGED, HostEventKind.POSTING_REFUSED, HostEventKind.READER_SAID)


@dataclass
class HostStatus:
    """Times in ISO 8601, UTC; empty for never."""

    name: str
    gateway: str
    pid: int
    started_time: str
    state: str = "connecting"
    connected_time: str = ""
    acknowledged_time: str = ""
    written_time: str = ""
    batches: int = 0
    accepted: int = 0
    refused: int = 0
    platforms: list[str] = field(default_factory=list)
    sessions: dict[str, dict[str, str]] = field(default_factory=dict)
    paused: list[str] = field(default_factory=list)
    resting: dict[str, str] = field(default_factory=dict)
    spool_batches: int = 0
    spool_bytes: int = 0
    problems: list[dict[str, str]] = field(default_factory=list)


class StatusBoard:
    """Keeps the file."""

    def __init__(self, folder: Path, name: str, gateway: str) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._path = folder / FILE
        self._problems: deque[dict[str, str]] = deque(maxlen=MOST_PROBLEMS)
        self.status = HostStatus(name, gateway, os.getpid(), now())

    def see(self, event: HostEvent) -> None:
        """Takes an event of the host."""
        status = self.status
        status.state = _STATES.get(event.kind, status.state)
        if event.kind is HostEventKind.CONNECTED:
            status.connected_time = now()
            status.platforms = event.message.split(", ") if event.message else []
            status.sessions = {}
        elif event.kind in (HostEventKind.CLAIMED, HostEventKind.RESUMED):
            status.sessions[event.session_id] = {"role": event.role_name, "platforms": event.message}
        elif event.kind in _ENDS:
            status.sessions.pop(event.session_id, None)
        elif event.kind is HostEventKind.BATCH_ACKNOWLEDGED:
            status.acknowledged_time = now()
            status.batches += 1
            status.accepted += event.accepted
            status.refused += event.refused
        if event.kind in PROBLEMS:
            said = ", ".join(part for part in (event.platform, event.message) if part)
            self._problems.append({"time": now(), "kind": event.kind.value, "message": said[:500]})
        if event.kind not in _SELDOM_WRITTEN:
            self.write()

    def refresh(self, state: HostState) -> None:
        """Takes what no event tells."""
        self.status.spool_batches, self.status.spool_bytes = state.depth.batches, state.depth.bytes
        self.status.paused = state.paused
        self.status.resting = state.resting
        self.write()

    def write(self) -> None:
        """Writes the file now."""
        self.status.problems = list(self._problems)
        self.status.written_time = now()
        # A full disk must not end a host that can still deliver.
        with contextlib.suppress(OSError):
            replace_file(self._path, json.dumps(asdict(self.status), ensure_ascii=False, indent=1).encode())

    def stopped(self) -> None:
        """The host ends in good order."""
        self.status.state = "stopped"
        self.status.sessions = {}
        self.write()


def read_status(folder: Path) -> dict[str, Any] | None:
    """What a host last wrote into its folder; None where it wrote nothing that can be read."""
    try:
        given = json.loads((folder / FILE).read_bytes())
    except (OSError, ValueError):
        return None
    return given if isinstance(given, dict) else None


def now() -> str:
    """The time as the file has it."""
    return datetime.now(UTC).isoformat(timespec="seconds")
