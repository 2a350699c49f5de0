"""A running stack in words: the table of `status` and the lines after a start."""

from __future__ import annotations

from rich.table import Table

from blacklight_local.data_folder import DataFolder
from blacklight_local.proc import is_alive, memory_mib
from blacklight_local.state import StackState


def overview(state: StackState) -> Table:
    """A row for each process: state, address, process number, memory (PSS with children, MiB)."""
    memory = memory_mib([row.pid for row in state.components.values() if row.pid])
    table = Table("process", "state", "address", "pid", "MiB", box=None, pad_edge=False, header_style="bold")
    table.columns[4].justify = "right"
    for row in state.components.values():
        told = row.state
        if told == "ready" and not is_alive(row.pid, row.started):
            told = "ended"
        table.add_row(row.name, told, row.address, str(row.pid or ""), f"{memory.get(row.pid, 0.0):.0f}")
    table.add_row("all", state.phase, state.urls.get("gateway", ""), "", f"{sum(memory.values()):.0f}")
    return table


def summary(data: DataFolder, state: StackState, *, foreground: bool = False) -> str:
    """What to know after a start."""
    width = max(len(name) for name in (*state.urls, "data"))
    lines = [f"the stack is up ({state.seconds:.1f} s)"]
    lines += [f"  {name:<{width}}  {url}" for name, url in state.urls.items()]
    lines.append(f"  {'data':<{width}}  {data.root}")
    lines.append("Ctrl-C stops it" if foreground else "next: blacklight status | logs SERVICE | down")
    return "\n".join(lines)
