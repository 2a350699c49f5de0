"""CPU seconds of every process of a stack, so that a figure says where the time went."""

from __future__ import annotations

import psutil
from blacklight_local.running import RunningStack


def cpu_seconds(running: RunningStack) -> dict[str, float]:
    """CPU seconds used so far by each component with its children, and by this process (`hosts`)."""
    used = {"hosts": _own(psutil.Process())}
    for name, state in running.state.components.items():
        # The services are children of `preload`, and counted by themselves.
        if name != "preload" and state.pid and psutil.pid_exists(state.pid):
            used[name.replace("-", " ")] = _tree(psutil.Process(state.pid))
    return used


def _own(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def _tree(process: psutil.Process) -> float:
    """Of a process and its children, those that have ended (and were waited for) too."""
    try:
        times = process.cpu_times()
        ended = float(times.children_user + times.children_system)
        return _own(process) + ended + sum(_tree(child) for child in process.children())
    except psutil.NoSuchProcess:
        return 0.0


def told(before: dict[str, float], after: dict[str, float], postings: int) -> str:
    """Microseconds a posting, the greatest first."""
    spent = {name: (after[name] - before.get(name, 0.0)) / max(1, postings) * 1e6 for name in after}
    return " ".join(
        f"{name}={cost:.0f}" for name, cost in sorted(spent.items(), key=lambda each: -each[1]) if cost >= 1
    )
