"""How a start is shown: a live table on a terminal, a line per change elsewhere, or nothing."""

from __future__ import annotations

import threading
from types import TracebackType
from typing import Protocol

import click
from rich.console import Console
from rich.live import Live
from rich.table import Table

from blacklight_local.state import ComponentState, StackState

_MARKS = {
    "waiting": "[dim]·[/dim]",
    "starting": "[yellow]…[/yellow]",
    "ready": "[green]✓[/green]",
    "failed": "[red]✗[/red]",
    "ended": "[red]✗[/red]",
    "stopping": "[yellow]…[/yellow]",
    "stopped": "[dim]■[/dim]",
}


class Display(Protocol):
    """Shows states as they come; entered for the start, and again for the stop."""

    def __enter__(self) -> Display: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def update(self, state: StackState) -> None:
        """The state is now this."""


class NoDisplay:
    """Shows nothing: for tests and for the supervisor in the background."""

    def __enter__(self) -> NoDisplay:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Nothing to undo."""

    def update(self, state: StackState) -> None:
        """Ignored."""


class LineDisplay(NoDisplay):
    """A line when a server gets ready, ends or fails: for logs and pipes."""

    def __init__(self) -> None:
        self._shown: dict[str, str] = {}
        self._notices = 0

    def update(self, state: StackState) -> None:
        """Print what is new."""
        for notice in state.notices[self._notices :]:
            click.echo(notice)
        self._notices = len(state.notices)
        for row in state.components.values():
            if self._shown.get(row.name) != row.state and row.state not in (
                "waiting",
                "starting",
                "stopping",
            ):
                click.echo(_line(row))
            self._shown[row.name] = row.state


class TableDisplay:
    """A table that lives while the stack starts or stops."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._live: Live | None = None
        self._lock = threading.Lock()
        self._notices = 0

    def __enter__(self) -> TableDisplay:
        self._live = Live(console=self._console, refresh_per_second=12, transient=True)
        self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live is not None:
            self._live.stop()

    def update(self, state: StackState) -> None:
        """Draw the table anew."""
        with self._lock:
            for notice in state.notices[self._notices :]:
                self._console.print(notice)
            self._notices = len(state.notices)
            if self._live is not None:
                self._live.update(_table(state))


def suitable() -> Display:
    """The table on a terminal, lines elsewhere."""
    console = Console()
    return TableDisplay(console) if console.is_terminal else LineDisplay()


def _line(row: ComponentState) -> str:
    if row.state == "ready":
        where = f" at {row.address}" if row.address else ""
        return f"{row.name} is ready{where} ({row.seconds:.1f} s)"
    return f"{row.name} {row.state}" + (f": {row.detail.splitlines()[0]}" if row.detail else "")


def _table(state: StackState) -> Table:
    table = Table.grid(padding=(0, 2))
    for row in state.components.values():
        first_line = (row.detail or row.state).splitlines()[0]
        seconds = f"{row.seconds:.1f} s" if row.seconds else ""
        table.add_row(_MARKS[row.state], row.name, row.address, seconds, f"[dim]{first_line}[/dim]")
    return table
