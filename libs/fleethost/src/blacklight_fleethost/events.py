"""What a host tells whoever watches it. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum


class HostEventKind(StrEnum):
    """What happened."""

    CONNECTED = "connected"
    RECONNECTING = "reconnecting"
    CLAIMED = "claimed"
    RESUMED = "resumed"
    NOTHING_TO_CLAIM = "nothing to claim"
    BATCH_ACKNOWLEDGED = "batch acknowledged"
    POSTING_REFUSED = "posting refused"
    POSTING_DROPPED = "posting dropped"
    PLATFORM_REPORTED = "platform reported"
    SESSION_FINISHED = "session finished"
    SESSION_LOST = "session lost"
    SESSION_ENDED = "session ended by the platform"
    BATCH_SET_ASIDE = "batch set aside"
    BOARD_RESTS = "board rests"
    ACCOUNT_LOST = "account lost"
    TOLD = "told"
    CLAIM_REFUSED = "claim refused"
    READER_SAID = "reader"
    NOT_READ = "not read"
    DRAINING = "draining"


@dataclass(frozen=True, slots=True)
class HostEvent:
    """Something that happened; fields that do not apply are empty."""

    kind: HostEventKind
    host: str
    session_id: str = ""
    role_name: str = ""
    platform: str = ""
    sequence: int = 0
    accepted: int = 0
    refused: int = 0
    message: str = ""


Watch = Callable[[HostEvent], None]


def unwatched(event: HostEvent) -> None:
    """For hosts that nobody watches."""
