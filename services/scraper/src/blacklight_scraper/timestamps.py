"""Times as messages say them. Pure."""

from __future__ import annotations

from datetime import datetime

from google.protobuf.timestamp_pb2 import Timestamp


def stamp(time: datetime | None) -> Timestamp | None:
    """The time as a message; none stays absent."""
    if time is None:
        return None
    made = Timestamp()
    made.FromDatetime(time)
    return made
