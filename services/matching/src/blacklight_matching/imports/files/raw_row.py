"""A row as a file holds it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class RawRow:
    """Names and values, or why there are none."""

    values: Mapping[str, Any] = field(default_factory=dict)
    reason: str = ""
    message: str = ""


def no_row(reason: str, message: str) -> RawRow:
    """A row that can't be read."""
    return RawRow({}, reason, message)
