"""Where a host keeps its spool, its cool-downs and its status."""

from __future__ import annotations

import os
import re
from pathlib import Path

from blacklight_fleethost.spool import Depth, Spool, SpoolInUse

_UNSAFE = re.compile(r"[^\w.-]")


def folder_of(name: str, given: Path | None) -> Path:
    """The given folder, or the one of the host's name in the user's state folder."""
    if given is not None:
        return given
    base = os.environ.get("XDG_STATE_HOME") or str(Path.home() / ".local" / "state")
    return Path(base) / "blacklight" / f"fleet-{_UNSAFE.sub('_', name)}"


def depth_of(folder: Path) -> Depth | None:
    """How much a host that does not run has not delivered; None while one runs, or where none ever did."""
    if not (folder / "spool.sqlite").exists():
        return None
    try:
        spool = Spool(folder, patience_seconds=0.0)
    except SpoolInUse:
        return None
    try:
        return spool.depth()
    finally:
        spool.close()


def is_running(folder: Path) -> bool:
    """Whether a host has the folder's spool open now: its lock tells more than a process id that may be another's."""
    if not (folder / "spool.sqlite").exists():
        return False
    try:
        Spool(folder, patience_seconds=0.0).close()
    except SpoolInUse:
        return True
    return False
