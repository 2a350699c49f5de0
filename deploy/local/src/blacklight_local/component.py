"""Starting many servers at once, each after those it needs, and stopping them in a fixed order."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Protocol

from blacklight_local.servers import ManagedProcess, ServerFailed


class Server(Protocol):
    """What everything in `servers` offers."""

    @property
    def process(self) -> ManagedProcess: ...

    def start(self) -> None: ...

    def wait_ready(self) -> None: ...

    def stop(self) -> None: ...


class Layer(IntEnum):
    """Stopped from the first to the last: what takes requests goes before what answers them."""

    EDGE = 0
    SERVICE = 1
    BACKING = 2
    DATABASE = 3


@dataclass
class Component:
    """A server of the stack. `step_of` marks a job that belongs to another component's start."""

    name: str
    layer: Layer
    server: Server
    needs: Sequence[str] = ()
    address: str = ""
    step_of: str | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)


@dataclass(frozen=True)
class Event:
    """A component changed: to starting, ready, failed, stopping or stopped, `seconds` after its own start."""

    component: Component
    state: str
    seconds: float = 0.0
    error: str = ""


Report = Callable[[Event], None]


class Fleet:
    """All components. `report` is called from several threads."""

    def __init__(self, components: Sequence[Component], report: Report) -> None:
        self.components = {component.name: component for component in components}
        self._report = report
        self._stopping = threading.Event()
        self._ready = {name: threading.Event() for name in self.components}
        self._begun: set[str] = set()

    def start(self) -> None:
        """Return when all are ready. Raises the first ServerFailed; then stop() must still be called."""
        with ThreadPoolExecutor(len(self.components), thread_name_prefix="start") as pool:
            futures = [pool.submit(self._bring_up, component) for component in self.components.values()]
            try:
                done, _ = wait(futures, return_when=FIRST_EXCEPTION)
                self._raise_first(done)
            except BaseException:  # Ctrl-C included: the pool waits for threads that wait for servers
                self.stop()
                raise

    def stop(self) -> None:
        """Stop everything, layer by layer, side by side within one. Safe while starting, and twice."""
        self._stopping.set()
        for ready in self._ready.values():
            ready.set()
        for layer in Layer:
            members = [component for component in self.components.values() if component.layer == layer]
            with ThreadPoolExecutor(max(1, len(members)), thread_name_prefix="stop") as pool:
                for future in [pool.submit(self._take_down, component) for component in members]:
                    future.result()

    def ended(self) -> list[Component]:
        """Servers that were ready and have ended by themselves."""
        if self._stopping.is_set():
            return []
        ready = [component for name, component in self.components.items() if self._ready[name].is_set()]
        return [component for component in ready if not component.step_of and not component.server.process.running]

    def restart(self, component: Component) -> None:
        """Start one that ended once more and wait for it. Raises ServerFailed."""
        self._report(Event(component, "ended", error=f"status {component.server.process.returncode}"))
        self._bring_up(component)

    def _bring_up(self, component: Component) -> None:
        for name in component.needs:
            self._ready[name].wait()
        began = time.monotonic()
        with component.lock:
            if self._stopping.is_set():
                return
            self._begun.add(component.name)
            self._report(Event(component, "starting"))
            self._failing(component, component.server.start)
        self._failing(component, component.server.wait_ready)
        if not self._stopping.is_set():
            self._report(Event(component, "ready", time.monotonic() - began))
        self._ready[component.name].set()

    def _failing(self, component: Component, act: Callable[[], None]) -> None:
        try:
            act()
        except ServerFailed as error:
            if not self._stopping.is_set():
                self._report(Event(component, "failed", error=str(error)))
            raise

    def _take_down(self, component: Component) -> None:
        began = time.monotonic()
        with component.lock:
            if component.name not in self._begun:
                return
            self._begun.discard(component.name)
            self._report(Event(component, "stopping"))
            component.server.stop()
        self._report(Event(component, "stopped", time.monotonic() - began))

    @staticmethod
    def _raise_first(done: set[Future[None]]) -> None:
        for future in done:
            error = future.exception()
            if error is not None:
                raise error
