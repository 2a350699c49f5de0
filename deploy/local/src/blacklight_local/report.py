"""Keeps the state of a stack up to date as its components change: in memory, on file, on a display."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from blacklight_local.component import Component, Event
from blacklight_local.data_folder import DataFolder
from blacklight_local.display import Display
from blacklight_local.proc import start_ticks
from blacklight_local.servers import ServerFailed
from blacklight_local.state import ComponentState, StackState, write_state


class Reporter:
    """Takes events from any thread."""

    def __init__(self, data: DataFolder, state: StackState, display: Display) -> None:
        self.state = state
        self._data = data
        self._display = display
        self._lock = threading.Lock()

    def expect(self, components: Sequence[Component]) -> None:
        """Name all that will come, so that a display shows them from the beginning."""
        with self._lock:
            for component in components:
                if component.step_of is None:
                    self.state.components[component.name] = ComponentState(component.name)
            self._publish()

    @contextmanager
    def showing_on(self, display: Display) -> Iterator[None]:
        """Changes inside the block go to this display too."""
        before = self._display
        with display:
            self._display = display
            try:
                yield
            finally:
                self._display = before

    def phase(self, phase: str, *, error: str = "", seconds: float = 0.0) -> None:
        """The whole stack changed."""
        with self._lock:
            self.state.phase = phase
            self.state.error = error or self.state.error
            self.state.seconds = seconds or self.state.seconds
            self._publish()

    def event(self, event: Event) -> None:
        """One component changed."""
        with self._lock:
            if event.component.step_of is not None:
                self._step(event)
            else:
                self._server(event)
            self._publish()

    def _step(self, event: Event) -> None:
        """A job shows as what its component is doing."""
        row = self.state.components[str(event.component.step_of)]
        if event.state == "starting" and row.state == "waiting":
            row.detail = event.component.name.removeprefix(f"{event.component.step_of} ")
        elif event.state == "failed":
            row.state = "failed"
            row.detail = event.error

    def _server(self, event: Event) -> None:
        row = self.state.components[event.component.name]
        row.state = event.state
        row.detail = event.error
        row.seconds = event.seconds or row.seconds
        row.address = event.component.address
        if event.state == "ready":
            row.pid, row.started = _identity(event.component)
        if event.state == "stopped":
            row.pid = row.started = 0

    def _publish(self) -> None:
        write_state(self._data, self.state)
        self._display.update(self.state)


def _identity(component: Component) -> tuple[int, int]:
    try:
        pid = component.server.process.pid
    except ServerFailed:
        return 0, 0
    return pid, start_ticks(pid)
