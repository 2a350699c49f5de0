"""Small conversions shared by this service's encoders. Pure."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from google.protobuf.timestamp_pb2 import Timestamp


def optional_uuid(text: str) -> UUID | None:
    """An id that may be left out; the contract's rules have checked its form."""
    return UUID(text) if text else None


def clean(text: str) -> str:
    """Without NUL characters, which PostgreSQL cannot hold."""
    return text.replace("\x00", "")


def without_prefix(name: str, prefix: str) -> str:
    """The state that an enum value's name stands for; empty for the unspecified one."""
    short = name.removeprefix(prefix)
    return "" if short == "UNSPECIFIED" else short


def timestamp(moment: datetime | None) -> Timestamp | None:
    """A time on the wire; absent when there is none."""
    if moment is None:
        return None
    stamp = Timestamp()
    stamp.FromDatetime(moment)
    return stamp
