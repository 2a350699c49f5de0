"""What the platform wants of this host at present: the directives that hold."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterable, Iterator

from blacklight.scraper.v1 import fleet_service_pb2
from blacklight.scraper.v1.fleet_service_pb2 import Directive

Board = tuple[str, str]
"""A session and a platform of it."""


class Standing:
    """Pauses and drains that hold, and the boards at work that a termination stops; told twice is told once."""

    def __init__(self) -> None:
        self._paused: set[Board] = set()
        self._closed: set[str] = set()
        self._at_work: dict[Board, asyncio.Event] = {}
        self._ended: set[Board] = set()
        self._changed = asyncio.Event()
        self.draining = False

    @property
    def paused(self) -> list[str]:
        """What is paused, for people: `host`, names of platforms, ids of sessions."""
        return sorted(session_id or platform or "host" for session_id, platform in self._paused)

    def begin(self, directives: Iterable[Directive]) -> None:
        """What a Welcome says holds now; what held before does not, unless it is said again."""
        self._paused.clear()
        self._closed.clear()
        self.draining = False
        for directive in directives:
            self.heed(directive)
        self._tell()

    def heed(self, directive: Directive) -> None:
        """Takes a directive."""
        scope = (directive.session_id, directive.platform)
        if directive.kind == fleet_service_pb2.DIRECTIVE_KIND_PAUSE:
            self._paused.add(scope)
        elif directive.kind == fleet_service_pb2.DIRECTIVE_KIND_RESUME:
            self._resume(scope)
        elif directive.kind == fleet_service_pb2.DIRECTIVE_KIND_DRAIN:
            self._drain(scope)
        elif directive.kind == fleet_service_pb2.DIRECTIVE_KIND_TERMINATE:
            self._terminate(scope)
        self._tell()

    def may_claim(self, platform: str) -> bool:
        """Whether a role may be claimed on a platform."""
        return not self.draining and platform not in self._closed and not self._paused & {("", ""), ("", platform)}

    def may_read(self, session_id: str, platform: str) -> bool:
        """Whether a board may be read for a session."""
        return not self._paused & {("", ""), ("", platform), (session_id, ""), (session_id, platform)}

    async def until_may_read(self, session_id: str, platform: str) -> None:
        """Waits while it is paused."""
        while not self.may_read(session_id, platform):
            await self._changed.wait()

    def session_ended(self, session_id: str) -> bool:
        """Whether the platform has ended the session."""
        return (session_id, "") in self._ended

    @contextlib.contextmanager
    def at_work(self, session_id: str, platform: str) -> Iterator[asyncio.Event]:
        """While a board is read; the event is set when it has to stop."""
        stop = self._at_work.setdefault((session_id, platform), asyncio.Event())
        if self._ended & {(session_id, ""), (session_id, platform)}:
            stop.set()
        try:
            yield stop
        finally:
            self._at_work.pop((session_id, platform), None)

    def _resume(self, scope: Board) -> None:
        self._paused.discard(scope)
        self._closed.discard(scope[1])
        if scope == ("", ""):
            self.draining = False

    def _drain(self, scope: Board) -> None:
        if scope == ("", ""):
            self.draining = True
        elif not scope[0]:
            self._closed.add(scope[1])

    def _terminate(self, scope: Board) -> None:
        session_id, platform = scope
        if session_id:
            self._ended.add(scope)  # it may be told before the board is at work
        elif not platform:
            self.draining = True
            self._ended |= {(its_session, "") for its_session, _ in self._at_work}
        for (its_session, its_platform), stop in self._at_work.items():
            if session_id in ("", its_session) and platform in ("", its_platform):
                stop.set()

    def _tell(self) -> None:
        """Wakes whoever waits; each change has an event of its own."""
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()
