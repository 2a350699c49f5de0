"""A push of log lines in Loki's JSON, counted by level. Pure.

Lines are counted and not kept: what hosts log may tell of people, and nothing here needs it.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from typing import Any, Final

MOST_LINES: Final = 1_000
LEVELS: Final = ("debug", "info", "warning", "error")
OTHER: Final = "other"
_SPELLINGS: Final = {"trace": "debug", "warn": "warning", "err": "error", "fatal": "error", "critical": "error"}
_LABELS: Final = ("level", "severity", "detected_level")


class Unreadable(ValueError):
    """No push of Loki's; the message says what is missing."""


def lines_by_level(data: bytes) -> tuple[dict[str, int], int]:
    """How many lines of each level, and how many were dropped as too many or no lines. Raises Unreadable."""
    counted: Counter[str] = Counter()
    dropped = 0
    for stream in _streams(data):
        labels = stream.get("stream")
        values = stream.get("values")
        for value in values if isinstance(values, list) else ():
            if counted.total() >= MOST_LINES or not _is_line(value):
                dropped += 1
            else:
                counted[_level(value[2] if len(value) > 2 else None, labels)] += 1
    return dict(counted), dropped


def _streams(data: bytes) -> list[Mapping[str, Any]]:
    try:
        push = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise Unreadable("the body is no JSON") from error
    streams = push.get("streams") if isinstance(push, dict) else None
    if not isinstance(streams, list) or not all(isinstance(stream, dict) for stream in streams):
        raise Unreadable('the body is no `{"streams": [{"stream": {...}, "values": [["time", "line"]]}]}`')
    return streams


def _is_line(value: Any) -> bool:
    return isinstance(value, list) and len(value) >= 2 and isinstance(value[1], str)


def _level(*places: Any) -> str:
    for place in places:
        for label in _LABELS if isinstance(place, dict) else ():
            said = str(place.get(label, "")).lower()
            level = _SPELLINGS.get(said, said)
            if level in LEVELS:
                return level
    return OTHER
