"""Hosts claim: targets, sessions and accounts are decided on together (spec 8.2, 8.9; F-01, F-02)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from blacklight_servicekit.caller import Caller
from blacklight_servicekit.clock import Clock
from blacklight_servicekit.database import Database, attempt
from blacklight_servicekit.errors import FailedPrecondition
from blacklight_servicekit.ids import new_id
from sqlalchemy.orm import Session

from blacklight_scraper.claims.gate.service import Free, Gate
from blacklight_scraper.claims.states import Claimed, NothingReason, PlatformStanding
from blacklight_scraper.credentials.service import Credentials
from blacklight_scraper.credentials.views import LeaseView
from blacklight_scraper.hosts.service import Hosts
from blacklight_scraper.hosts.states import HostState, HostStream
from blacklight_scraper.keys.service import ApiKeys
from blacklight_scraper.platforms.views import Login
from blacklight_scraper.queue.schedule.service import Schedule
from blacklight_scraper.sessions.opening.service import Opening, SessionOpening
from blacklight_scraper.sessions.refusals import Refused, platform_not_allowed
from blacklight_scraper.sessions.service import ScrapeSessions
from blacklight_scraper.sessions.states import AssignmentView, Transport

MOST_ASSIGNMENTS = 50
CURRENT = timedelta(minutes=5)
"""A lost claim is asked for within so long (spec 8.2)."""


class NoCredential(FailedPrecondition):
    """No account of the platform is to be had."""

    def __init__(self, platform: str) -> None:
        super().__init__(
            f"there is no account of {platform} to lease; try again later, or report the platform as failed",
            reason="NO_CREDENTIAL",
            field="platform",
        )


@dataclass(frozen=True, slots=True)
class Asking:
    """A claim as it was asked."""

    api_key_id: UUID
    host_name: str
    claim_id: UUID
    platforms: frozenset[str]
    most: int
    transport: Transport
    can_lease: bool


class _NoAccount(Exception):
    """Between a platform's choice and its lease another claim took the last account."""

    def __init__(self, platform: str) -> None:
        super().__init__(platform)
        self.platform = platform


class Claims:
    """Claims of hosts."""

    def __init__(
        self,
        database: Database,
        gate: Gate,
        schedule: Schedule,
        opening: SessionOpening,
        sessions: ScrapeSessions,
        credentials: Credentials,
        hosts: Hosts,
        keys: ApiKeys,
        clock: Clock,
    ) -> None:
        self._database = database
        self._gate = gate
        self._schedule = schedule
        self._opening = opening
        self._sessions = sessions
        self._credentials = credentials
        self._hosts = hosts
        self._keys = keys
        self._clock = clock

    # Verbs

    def claim(
        self,
        caller: Caller,
        *,
        claim_id: UUID,
        host_name: str,
        platforms: Collection[str],
        most: int,
        transport: Transport,
        can_lease: bool,
        stream: HostStream | None = None,
    ) -> Claimed:
        """Roles to work until every free platform has one, or `most` are given (0 = no limit), or nothing is due.

        The same claim gets the same answer, also while the first is being answered. Empty `platforms` = all that the
        key allows. Raises Refused for platforms none of which it allows, and TakenOver when `stream` is no longer the
        host's: the answer to a repeated claim holds tokens that an older stream must not have (R2).
        """
        asking = Asking(
            api_key_id=UUID(caller.id),
            host_name=host_name,
            claim_id=claim_id,
            platforms=self._allowed(caller, platforms),
            most=min(most or MOST_ASSIGNMENTS, MOST_ASSIGNMENTS),
            transport=transport,
            can_lease=can_lease,
        )
        now = self._clock()
        with self._database.platform_transaction() as session:
            if stream is not None:
                self._hosts.hold(session, stream)
            known = self._opening.find_claimed(session, api_key_id=asking.api_key_id, claim_id=claim_id)
            if known:
                return Claimed(self._with_leases(session, known, now), ())
            if not self._may_work(session, asking, now):
                return _nothing(asking.platforms, NothingReason.HOST_PAUSED)
            recovered = self._recovered(session, asking, now)
            there = {platform for assignment in recovered for platform in assignment.platforms}
            claimed = self._claim(session, asking, asking.platforms - there, len(recovered), now)
            return Claimed((*recovered, *claimed.assignments), claimed.standings)

    def lease(self, caller: Caller, *, session_id: UUID, fencing_token: int | None, platform: str) -> LeaseView:
        """An account for a session's platform, the one that it holds if any; what a host asks after one has failed.

        Raises Refused and NoCredential.
        """
        self._allowed(caller, [platform])
        api_key_id = UUID(caller.id)
        now = self._clock()
        with self._database.platform_transaction() as session:
            self._sessions.held(
                session,
                api_key_id=api_key_id,
                session_id=session_id,
                fencing_token=fencing_token,
                platform=platform,
            )
            found = self._credentials.lease(
                session, platform=platform, api_key_id=api_key_id, session_id=session_id, now=now
            )
            if found is None:
                raise NoCredential(platform)
            return found

    def current(self, caller: Caller) -> AssignmentView | None:
        """The newest session by REST of the key that it is at work on, opened in the last 5 minutes (spec 8.2)."""
        now = self._clock()
        with self._database.platform_transaction() as session:
            found = self._opening.find_newest(session, api_key_id=UUID(caller.id), since=now - CURRENT)
            return None if found is None else self._with_leases(session, [found], now)[0]

    # Inside

    def _allowed(self, caller: Caller, platforms: Collection[str]) -> frozenset[str]:
        wanted = caller.platforms & frozenset(platforms) if platforms else caller.platforms
        if not wanted:
            raise Refused(platform_not_allowed(caller.platforms))
        return wanted

    def _may_work(self, session: Session, asking: Asking, now: datetime) -> bool:
        if asking.transport is Transport.REST:
            self._hosts.seen(session, api_key_id=asking.api_key_id, host_name=asking.host_name, now=now)
        state = self._hosts.state_of(session, api_key_id=asking.api_key_id, host_name=asking.host_name)
        return state is HostState.ACTIVE

    def _recovered(self, session: Session, asking: Asking, now: datetime) -> tuple[AssignmentView, ...]:
        """Sessions by REST whose assignment did not reach the host, given again instead of others (F-01)."""
        if asking.transport is not Transport.REST:
            return ()
        found = self._opening.find_untouched(
            session, api_key_id=asking.api_key_id, host_name=asking.host_name, platforms=asking.platforms
        )
        return self._with_leases(session, found[: asking.most], now)

    def _claim(self, session: Session, asking: Asking, wanted: Collection[str], given: int, now: datetime) -> Claimed:
        if not wanted or given >= asking.most:
            return _nothing(wanted, NothingReason.NOTHING_DUE)
        free = self._gate.free(session, wanted, can_lease=asking.can_lease, now=now)
        assignments: list[AssignmentView] = []
        while free.boards and given + len(assignments) < asking.most:
            try:
                with attempt(session):
                    assignment = self._open_next(session, asking, free, len(assignments), now)
            except _NoAccount as missing:
                self._credentials.set_aside_unreadable(session, now)
                free.close([missing.platform], NothingReason.NO_CREDENTIAL)
                continue
            if assignment is None:
                break
            free.taken(assignment.platforms)
            assignments.append(assignment)
        if assignments:
            self._keys.count_use(session, asking.api_key_id, now)
        free.close(list(free.boards), NothingReason.NOTHING_DUE)
        return Claimed(tuple(assignments), _standings(free.closed))

    def _open_next(
        self, session: Session, asking: Asking, free: Free, index: int, now: datetime
    ) -> AssignmentView | None:
        """The next target that is due, as a session with its accounts. Raises _NoAccount."""
        session_id = new_id()
        role = self._schedule.take(session, session_id=session_id, platforms=list(free.boards))
        if role is None:
            return None
        opening = Opening(session_id, asking.api_key_id, asking.host_name, asking.claim_id, index, asking.transport)
        platforms = [name for name in free.boards if name in role.platforms]
        assignment = self._opening.open(session, opening, role, platforms, now)
        leases = [
            self._lease(session, asking, session_id, name, now)
            for name in platforms
            if free.boards[name].login is not Login.NONE
        ]
        return replace(assignment, leases=tuple(leases))

    def _lease(self, session: Session, asking: Asking, session_id: UUID, platform: str, now: datetime) -> LeaseView:
        found = self._credentials.lease(
            session,
            platform=platform,
            api_key_id=asking.api_key_id,
            session_id=session_id,
            now=now,
            fetched=asking.transport is Transport.STREAM,
        )
        if found is None:
            raise _NoAccount(platform)
        return found

    def _with_leases(
        self, session: Session, assignments: Sequence[AssignmentView], now: datetime
    ) -> tuple[AssignmentView, ...]:
        if not assignments:
            return ()
        ids = [assignment.session_id for assignment in assignments]
        leases: Mapping[UUID, tuple[LeaseView, ...]] = self._credentials.leases_of(session, ids, now=now)
        return tuple(replace(each, leases=leases.get(each.session_id, ())) for each in assignments)


def _nothing(platforms: Collection[str], reason: NothingReason) -> Claimed:
    return Claimed((), _standings(dict.fromkeys(platforms, reason)))


def _standings(closed: Mapping[str, NothingReason]) -> tuple[PlatformStanding, ...]:
    return tuple(PlatformStanding(name, reason) for name, reason in sorted(closed.items()))
