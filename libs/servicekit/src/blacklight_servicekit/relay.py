"""Delivers outbox events: to RPCs that are idempotent by event id, and to the service's own workflows.

A row is locked while it is delivered, so a relay that dies lets go of it at once and another delivers it again:
at least once, one effect. What fails comes again later and later; what can never succeed is left, visibly, as a
dead letter.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from blacklight_servicekit import logs
from blacklight_servicekit.clock import Clock
from blacklight_servicekit.database import Database
from blacklight_servicekit.listening import listen

log = logs.get(__name__)

BATCH = 16
LANES = 3
MAX_ATTEMPTS = 25
HANDLER_SECONDS = 30.0
POLL_SECONDS = 1.0
LONGEST_PAUSE = timedelta(minutes=5)

# Its transactions last as long as what they deliver, so others must be able to tell them from those that write.
APPLICATION_NAME = "blacklight relay"

_TAKE = text(
    f"SET LOCAL application_name = '{APPLICATION_NAME}';"
    " SELECT id, kind, tenant_id, payload, attempts FROM outbox"
    " WHERE dead_time IS NULL AND next_time <= :now ORDER BY next_time, id"
    " LIMIT :batch FOR UPDATE SKIP LOCKED"
)
_DONE = text("DELETE FROM outbox WHERE id = ANY(:ids)")
_LATER = text("UPDATE outbox SET attempts = attempts + 1, next_time = :next_time, error = :error WHERE id = :id")
_DEAD = text("UPDATE outbox SET attempts = attempts + 1, dead_time = :now, error = :error WHERE id = :id")


@dataclass(frozen=True, slots=True)
class Event:
    """An outbox row on delivery; `attempt` counts from 1."""

    id: UUID
    kind: str
    tenant_id: UUID | None
    payload: dict[str, Any]
    attempt: int


Handler = Callable[[Event], Awaitable[None]]
Result = TypeVar("Result")


class DeadLetter(Exception):
    """Raised by a handler: this event can never be delivered."""


@dataclass(frozen=True, slots=True)
class _Outcome:
    event: Event
    error: str = ""
    dead: bool = False


def pause_after(attempt: int) -> timedelta:
    """How long an event waits after its n-th failure: 0.2 s doubling, at most five minutes."""
    return min(timedelta(seconds=0.2 * 2 ** min(attempt - 1, 20)), LONGEST_PAUSE)


async def _blocking(work: Callable[[], Result]) -> Result:
    """Runs it in a thread, to its end even when cancelled: two threads must not use one session."""
    running = asyncio.ensure_future(asyncio.to_thread(work))
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        await asyncio.wait({running})
        raise


class Relay:
    """Runs in `work`, as the platform role. Several may run at once."""

    def __init__(self, database: Database, service: str, handlers: Mapping[str, Handler], clock: Clock) -> None:
        self._database = database
        self._service = service
        self._handlers = handlers
        self._clock = clock
        self._wake = asyncio.Event()

    async def run(self) -> None:
        """Delivers until cancelled."""
        channel = f"outbox_{self._service}"
        # Polling covers whatever a notification misses.
        listener = asyncio.create_task(listen(self._database.platform_url, channel, self._wake.set))
        lanes = [asyncio.create_task(self._lane()) for _ in range(LANES)]
        try:
            await asyncio.gather(listener, *lanes)
        finally:
            for task in (listener, *lanes):
                task.cancel()
            await asyncio.gather(listener, *lanes, return_exceptions=True)

    async def _lane(self) -> None:
        while True:
            try:
                taken = await self.deliver_due()
            except SQLAlchemyError as error:
                log.warning("relay.database_error", error=type(getattr(error, "orig", None) or error).__name__)
                await asyncio.sleep(POLL_SECONDS)
                continue
            if taken == 0:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(POLL_SECONDS):
                        await self._wake.wait()
                self._wake.clear()

    async def deliver_due(self) -> int:
        """Delivers one batch of due events in one transaction; returns how many were taken."""
        with contextlib.ExitStack() as stack:
            session = await _blocking(lambda: stack.enter_context(self._database.platform_transaction()))
            events = await _blocking(lambda: self._take(session))
            outcomes = await asyncio.gather(*(self._deliver(event) for event in events))
            await _blocking(lambda: self._settle(session, outcomes))
            await _blocking(stack.close)
        return len(events)

    def _take(self, session: Session) -> list[Event]:
        rows = session.execute(_TAKE, {"now": self._clock(), "batch": BATCH}).all()
        return [Event(row.id, row.kind, row.tenant_id, row.payload, row.attempts + 1) for row in rows]

    async def _deliver(self, event: Event) -> _Outcome:
        handler = self._handlers.get(event.kind)
        if handler is None:
            return _Outcome(event, f"no handler for {event.kind}", dead=True)
        try:
            async with asyncio.timeout(HANDLER_SECONDS):
                await handler(event)
        except DeadLetter as error:
            log.error("relay.dead_letter", kind=event.kind, event_id=str(event.id), error=str(error))
            return _Outcome(event, str(error)[:500], dead=True)
        except Exception as error:  # noqa: BLE001 - whatever it was, it is kept with the row and tried again
            # The type only: an exception's text may hold personal data.
            said = getattr(error, "reason", "") or getattr(getattr(error, "code", None), "__name__", "")
            log.warning(
                "relay.failed",
                kind=event.kind,
                event_id=str(event.id),
                attempt=event.attempt,
                error=type(error).__name__,
                reason=str(said),
            )
            return _Outcome(event, type(error).__name__, dead=event.attempt >= MAX_ATTEMPTS)
        return _Outcome(event)

    def _settle(self, session: Session, outcomes: list[_Outcome]) -> None:
        now: datetime = self._clock()
        done = [outcome.event.id for outcome in outcomes if not outcome.error]
        if done:
            session.execute(_DONE, {"ids": done})
        for outcome in outcomes:
            if outcome.error and outcome.dead:
                session.execute(_DEAD, {"id": outcome.event.id, "now": now, "error": outcome.error})
            elif outcome.error:
                session.execute(
                    _LATER,
                    {
                        "id": outcome.event.id,
                        "next_time": now + pause_after(outcome.event.attempt),
                        "error": outcome.error,
                    },
                )
