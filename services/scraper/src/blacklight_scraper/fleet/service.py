"""What hosts do over their stream, each step one transaction (spec 8)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID

from blacklight_servicekit.caller import Caller
from blacklight_servicekit.clock import Clock
from blacklight_servicekit.database import Database
from blacklight_servicekit.ids import new_id
from blacklight_servicekit.listening import listen
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session

from blacklight_scraper.credentials.service import Credentials
from blacklight_scraper.credentials.views import LeaseView
from blacklight_scraper.fleet.standing import STANDING, Row, Standing
from blacklight_scraper.fleet.verdicts import Acknowledged, BatchWrite, Take, judge
from blacklight_scraper.hosts.service import Hosts
from blacklight_scraper.hosts.states import Arrival, HostStream
from blacklight_scraper.intake.service import BatchIntake
from blacklight_scraper.intake.states import KeptBatch, NewBatch
from blacklight_scraper.platforms.service import Platforms
from blacklight_scraper.sessions.refusals import RefusalView
from blacklight_scraper.sessions.reports import Report
from blacklight_scraper.sessions.service import ScrapeSessions
from blacklight_scraper.sessions.states import Holding, OpenSessionView, SessionState

CHANNEL = "fleet_scraper"
_STANDING = text(STANDING)


@dataclass(frozen=True, slots=True)
class Attached:
    """A host's new stream: what it may claim, what it goes on with, and what holds for it."""

    stream: HostStream
    platforms: tuple[str, ...]
    open_sessions: tuple[OpenSessionView, ...]
    leases: Mapping[UUID, tuple[LeaseView, ...]]
    standing: Standing


@dataclass(frozen=True, slots=True)
class Beat:
    """A stream's sign of life, and of the sessions that it works."""

    stream: HostStream
    session_ids: frozenset[UUID]


class Fleet:
    """The hosts."""

    def __init__(
        self,
        database: Database,
        platforms: Platforms,
        sessions: ScrapeSessions,
        intake: BatchIntake,
        hosts: Hosts,
        credentials: Credentials,
        clock: Clock,
        late: timedelta,
    ) -> None:
        self._database = database
        self._platforms = platforms
        self._sessions = sessions
        self._intake = intake
        self._hosts = hosts
        self._credentials = credentials
        self._clock = clock
        self._late = late

    def attach(self, caller: Caller, arrival: Arrival) -> Attached:
        """Begins a stream; an older stream of the same key and name can write no more, nor use its accounts (R2)."""
        now = self._clock()
        with self._database.platform_transaction() as session:
            stream = self._hosts.attach(session, arrival, now)
            opened = self._sessions.attach(session, api_key_id=arrival.api_key_id, host_name=arrival.host_name)
            ids = [each.assignment.session_id for each in opened]
            leases = self._credentials.leases_of(session, ids, now=now, rotate=True) if ids else {}
            platforms = self._platforms.enabled_among(session, caller.platforms)
            standing = self._standing(session, [str(stream.host_id)], [str(each) for each in ids])
        return Attached(stream, tuple(platforms), tuple(opened), leases, standing)

    def detach(self, streams: Sequence[HostStream]) -> list[None]:
        """These streams have ended; all in one transaction."""
        with self._database.platform_transaction() as session:
            self._hosts.detach(session, streams, self._clock())
        return [None] * len(streams)

    def beat(self, beats: Sequence[Beat]) -> list[bool]:
        """These hosts, the sessions they work and the leases of those are alive, all in one transaction.

        False for a stream whose host has begun another, wherever that is; its sessions are not touched.
        """
        now = self._clock()
        with self._database.platform_transaction() as session:
            alive = set(self._hosts.beat(session, [beat.stream for beat in beats], now))
            working = {session_id for beat in beats if beat.stream in alive for session_id in beat.session_ids}
            self._sessions.touch(session, working, now)
            self._credentials.extend(session, working, now)
        return [beat.stream in alive for beat in beats]

    def standing(self, hosts: Collection[str], sessions: Collection[str]) -> Standing:
        """What holds for these hosts and sessions."""
        with self._database.platform_transaction() as session:
            return self._standing(session, hosts, sessions)

    async def listen(self, heard: Callable[[], None]) -> None:
        """Calls `heard` whenever something happens in the fleet, until cancelled."""
        await listen(self._database.platform_url, CHANNEL, heard)

    def store_batches(self, writes: Sequence[BatchWrite]) -> list[Acknowledged | RefusalView]:
        """Stores the batches that can be taken, all in one transaction, in order; an answer for each.

        What is returned as acknowledged is committed, each with the event that takes it to matching (H-12).
        """
        now = self._clock()
        with self._database.platform_transaction() as session:
            holdings = self._sessions.holdings(session, {write.session_id for write in writes})
            numbers = {(write.session_id, write.sequence) for write in writes}
            taken_before = {
                (session_id, sequence)
                for session_id, sequence in numbers
                if session_id in holdings and sequence <= holdings[session_id].last_sequence
            }
            kept = dict(self._intake.kept(session, taken_before))
            answers: list[Acknowledged | RefusalView] = []
            stored: list[NewBatch] = []
            for write in writes:
                number = (write.session_id, write.sequence)
                holding = holdings.get(write.session_id)
                verdict = judge(write, holding, kept.get(number), now=now, late=self._late)
                if not isinstance(verdict, Take):
                    answers.append(verdict)
                    continue
                stored.append(_new_batch(write, verdict.holding))
                holdings[write.session_id] = replace(verdict.holding, last_sequence=write.sequence)
                kept[number] = KeptBatch(write.sha256, write.platform, write.acknowledgement)
                answers.append(Acknowledged(write.acknowledgement))
            self._intake.store(session, stored, now)
            reached = {batch.session_id: holdings[batch.session_id].last_sequence for batch in stored}
            self._sessions.advance(session, reached, now)
        return answers

    def report(self, caller: Caller, report: Report) -> None:
        """Takes a platform's report. Raises Refused."""
        with self._database.platform_transaction() as session:
            self._sessions.report(session, api_key_id=UUID(caller.id), report=report)

    def finish(self, caller: Caller, *, session_id: UUID, fencing_token: int) -> SessionState:
        """Takes the end of a host's work on a session. Raises Refused."""
        with self._database.platform_transaction() as session:
            return self._sessions.finish(
                session, api_key_id=UUID(caller.id), session_id=session_id, fencing_token=fencing_token
            )

    def abandon(
        self, caller: Caller, *, session_id: UUID, fencing_token: int, failure_reason: int, message: str
    ) -> SessionState:
        """Takes a host's word that it gives a session up. Raises Refused."""
        with self._database.platform_transaction() as session:
            return self._sessions.abandon(
                session,
                api_key_id=UUID(caller.id),
                session_id=session_id,
                fencing_token=fencing_token,
                failure_reason=failure_reason,
                message=message,
            )

    def _standing(self, session: Session, hosts: Collection[str], sessions: Collection[str]) -> Standing:
        rows = session.execute(_STANDING, {"hosts": list(hosts), "sessions": list(sessions)})
        return Standing.of(Row(row.subject, row.id, row.platform, row.state, row.reason) for row in rows)


def is_outage(error: Exception) -> bool:
    """Whether the database did not answer, rather than refuse what it was given."""
    return isinstance(error, OperationalError | PoolTimeout)


def _new_batch(write: BatchWrite, holding: Holding) -> NewBatch:
    return NewBatch(
        batch_id=new_id(),
        session_id=write.session_id,
        sequence=write.sequence,
        role_id=holding.role_id,
        platform=write.platform,
        payload=write.payload,
        sha256=write.sha256,
        received=write.received,
        accepted=write.accepted,
        acknowledgement=write.acknowledgement,
        fills=write.fills,
    )
