"""What /proc tells of processes: which one a number means, whether it lives, its memory."""

from __future__ import annotations

import os
from pathlib import Path

_PROC = Path("/proc")


def start_ticks(pid: int) -> int:
    """When the process began, in clock ticks since boot; 0 when there is none (or only a zombie).

    With the number it identifies a process: numbers are given away again, the pair is not.
    """
    fields = _fields(pid)
    if not fields or fields[0] in ("Z", "X"):
        return 0
    return int(fields[19])


def is_alive(pid: int, started: int) -> bool:
    """Whether that very process still runs."""
    return pid > 0 and started > 0 and start_ticks(pid) == started


def memory_mib(pids: list[int]) -> dict[int, float]:
    """Proportional memory (PSS, MiB) of each process with its descendants, but for those that are asked for too.

    Shared pages are divided among those who share them, so the sum is what all take together.
    """
    children: dict[int, list[int]] = {}
    for entry in _PROC.iterdir():
        if entry.name.isdigit():
            fields = _fields(int(entry.name))
            if fields:
                children.setdefault(int(fields[1]), []).append(int(entry.name))
    asked = set(pids)
    return {pid: _tree_mib(pid, children, asked) for pid in pids}


def _tree_mib(pid: int, children: dict[int, list[int]], asked: set[int]) -> float:
    below = [child for child in children.get(pid, ()) if child not in asked]
    return _own_mib(pid) + sum(_tree_mib(child, children, asked) for child in below)


def _own_mib(pid: int) -> float:
    """PSS; where the kernel does not show it to us, resident memory."""
    try:
        for line in (_PROC / str(pid) / "smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) / 1024
        return 0.0
    except PermissionError:
        return _resident_mib(pid)
    except (FileNotFoundError, ProcessLookupError):
        return 0.0


def _resident_mib(pid: int) -> float:
    try:
        pages = int((_PROC / str(pid) / "statm").read_text().split()[1])
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def _fields(pid: int) -> list[str]:
    """The fields of /proc/PID/stat after the name: state, parent, …; empty when there is no such process."""
    try:
        return (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return []
