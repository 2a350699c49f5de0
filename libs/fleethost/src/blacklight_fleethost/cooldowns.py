"""Boards that are left alone for a while after they failed, also when the platform cannot be asked (SCR-10, F-03)."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from blacklight.scraper.v1 import session_pb2
from blacklight.scraper.v1.session_pb2 import FailureReason

from blacklight_fleethost.atomic import replace_file

FILE = "cooldowns.json"
LONGEST_SECONDS = 6 * 3600.0
LONGEST_ASKED_SECONDS = 24 * 3600.0
_FIRST_SECONDS = {
    session_pb2.FAILURE_REASON_NETWORK: 60.0,
    session_pb2.FAILURE_REASON_TIMEOUT: 60.0,
    session_pb2.FAILURE_REASON_BROWSER_CRASH: 60.0,
    session_pb2.FAILURE_REASON_CREDENTIAL_MISSING: 300.0,
    session_pb2.FAILURE_REASON_RATE_LIMITED: 900.0,
    session_pb2.FAILURE_REASON_CAPTCHA: 1800.0,
    session_pb2.FAILURE_REASON_BLOCKED: 1800.0,
    session_pb2.FAILURE_REASON_AUTH_REQUIRED: 1800.0,
    session_pb2.FAILURE_REASON_DOM_CHANGED: 3600.0,
    session_pb2.FAILURE_REASON_PARSE_ERROR: 3600.0,
}
_OTHER_SECONDS = 300.0

Rest = Callable[[FailureReason.ValueType, int], float]
"""Seconds of rest after a reason and so many failures in a row."""


def rest_seconds(reason: FailureReason.ValueType, failures: int) -> float:
    """Doubling with each failure in a row, six hours at most and never for good (F-20). Pure."""
    return float(min(_FIRST_SECONDS.get(reason, _OTHER_SECONDS) * 2 ** min(failures - 1, 10), LONGEST_SECONDS))


@dataclass(frozen=True, slots=True)
class Cooldown:
    """A board at rest: until when (seconds since 1970), after how many failures in a row, for which reason."""

    until: float
    failures: int
    reason: str


class Cooldowns:
    """The cool-downs of one host, kept in its folder over restarts (None: in memory)."""

    def __init__(self, folder: Path | None, rest: Rest = rest_seconds, clock: Callable[[], float] = time.time) -> None:
        self._path = folder / FILE if folder else None
        self._rest = rest
        self._clock = clock
        self._boards = read_cooldowns(folder) if folder else {}

    def resting(self) -> dict[str, Cooldown]:
        """The boards at rest now."""
        now = self._clock()
        return {name: board for name, board in self._boards.items() if board.until > now}

    def seconds_to_next(self) -> float | None:
        """Until the next board may be read again; None where none rests."""
        ends = [board.until for board in self.resting().values()]
        return max(0.0, min(ends) - self._clock()) if ends else None

    def failed(self, platform: str, reason: FailureReason.ValueType, asked_seconds: float | None) -> float:
        """A board failed; it rests at least as long as it asked, a day at most. Returns the seconds."""
        before = self._boards.get(platform)
        failures = before.failures + 1 if before else 1
        seconds = max(self._rest(reason, failures), min(asked_seconds or 0.0, LONGEST_ASKED_SECONDS))
        name = session_pb2.FailureReason.Name(reason).removeprefix("FAILURE_REASON_")
        self._boards[platform] = Cooldown(self._clock() + seconds, failures, name)
        self._keep()
        return seconds

    def succeeded(self, platform: str) -> None:
        """A board was read: its failures are forgotten."""
        if self._boards.pop(platform, None) is not None:
            self._keep()

    def _keep(self) -> None:
        if self._path is not None:
            content = {name: asdict(board) for name, board in self._boards.items()}
            replace_file(self._path, json.dumps(content, indent=1).encode())


def read_cooldowns(folder: Path) -> dict[str, Cooldown]:
    """What is kept in a folder; a file that cannot be read holds nothing back."""
    try:
        given = json.loads((folder / FILE).read_bytes())
        return {
            str(name): Cooldown(float(board["until"]), int(board["failures"]), str(board["reason"]))
            for name, board in given.items()
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}
