"""Histories of workflows as they are kept beside the tests that replay them."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Protocol

_RECORDER = re.compile(r"\d+@[\w.-]+")
_STACK = re.compile(r'"stackTrace": "(?:[^"\\]|\\.)*"')


class History(Protocol):
    """What is used of temporalio's WorkflowHistory."""

    def to_json(self) -> str:
        """The events."""


def keep(history: History, file: Path) -> None:
    """Writes a history when `BLACKLIGHT_RECORD_HISTORIES` is set, without the process, the host and the folders of who
    recorded it: replaying needs none, and they are nobody's business.
    """
    if os.environ.get("BLACKLIGHT_RECORD_HISTORIES"):
        file.write_text(_STACK.sub('"stackTrace": ""', _RECORDER.sub("worker", history.to_json())))
