"""Starts servers again that ended by themselves, but not for ever."""

from __future__ import annotations

import threading
import time

from blacklight_local.component import Component, Fleet
from blacklight_local.servers import ServerFailed

_LOOK_SECONDS = 0.25
_MOST_RESTARTS = 5
_FORGIVEN_AFTER_SECONDS = 60.0


class Keeper:
    """A thread that looks after a fleet. A server that has ended five times within a minute stays down."""

    def __init__(self, fleet: Fleet) -> None:
        self._fleet = fleet
        self._stop = threading.Event()
        self._restarts: dict[str, list[float]] = {}
        self._thread = threading.Thread(target=self._loop, name="keeper", daemon=True)

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def stop(self) -> None:
        """Restart nothing any more."""
        self._stop.set()

    def _loop(self) -> None:
        while not self._stop.wait(_LOOK_SECONDS):
            for component in self._fleet.ended():
                if self._may_restart(component):
                    self._restart(component)

    def _may_restart(self, component: Component) -> bool:
        now = time.monotonic()
        recent = [at for at in self._restarts.get(component.name, []) if now - at < _FORGIVEN_AFTER_SECONDS]
        self._restarts[component.name] = recent
        return len(recent) < _MOST_RESTARTS

    def _restart(self, component: Component) -> None:
        self._restarts[component.name].append(time.monotonic())
        try:
            self._fleet.restart(component)
        except ServerFailed:
            return  # the fleet has reported it; the next look tries again while that is allowed
