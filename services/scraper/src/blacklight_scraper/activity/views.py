"""Events as watchers see them, and where one stands in their order. Pure.

Events are ordered by the transaction that wrote them, then by number. A watcher is shown those whose transactions are
older than any that is still at work, so what commits late is not passed over.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from blacklight_servicekit.errors import Invalid

_LARGEST = 2**63


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """Where an event stands; as text it is the event's token."""

    transaction_id: int
    event_id: int

    def __str__(self) -> str:
        return f"{self.transaction_id}.{self.event_id}"

    @classmethod
    def of(cls, token: str) -> Position:
        """Reads a token. Raises Invalid."""
        transaction, dot, event = token.partition(".")
        numbers = (transaction, event)
        if not dot or not all(each.isascii() and each.isdigit() and int(each) < _LARGEST for each in numbers):
            raise Invalid(
                "event_token is not one that this API gave; leave it empty to begin with what happens next",
                reason="EVENT_TOKEN_INVALID",
                field="event_token",
            )
        return cls(int(transaction), int(event))


@dataclass(frozen=True, slots=True)
class EventView:
    """Something that happened."""

    position: Position
    event_time: datetime
    kind: str
    session_id: UUID | None
    platform: str
    api_key_id: UUID | None
    host_name: str
    detail: Mapping[str, str]
