"""What holds for the hosts of this process, and what follows for each of them. Pure.

A pause is state, kept where it belongs (platform, host, session); hosts are told the differences (ADR 0014).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum

from blacklight_scraper.hosts.states import HostState

# One question for all streams of the process, whatever their number; all by primary key but for the few boards.
STANDING = """
SELECT 'host' AS subject, host_id::text AS id, '' AS platform, state, state_reason AS reason
FROM hosts WHERE host_id = ANY(CAST(:hosts AS uuid[])) AND state <> 1
UNION ALL
SELECT 'platform', '', name, 0, CASE WHEN enabled THEN pause_reason ELSE 'the platform is switched off' END
FROM platforms WHERE paused OR NOT enabled
UNION ALL
SELECT CASE WHEN end_time IS NULL THEN 'waiting' ELSE 'ended' END, session_id::text, '', state, end_reason
FROM sessions WHERE session_id = ANY(CAST(:sessions AS uuid[])) AND (paused OR end_time IS NOT NULL)
UNION ALL
SELECT 'run', session_id::text, platform, 0, message
FROM platform_runs WHERE session_id = ANY(CAST(:sessions AS uuid[])) AND failure_reason = 13
"""

ENDED_BY_US = (5, 6)
"""TIMED_OUT and TERMINATED: the host does not know unless it is told."""


class Kind(IntEnum):
    """What a host is told to do, numbered as in the contract."""

    PAUSE = 1
    RESUME = 2
    DRAIN = 3
    TERMINATE = 4


@dataclass(frozen=True, slots=True)
class Order:
    """A directive; neither platform nor session = the whole host."""

    kind: Kind
    platform: str = ""
    session_id: str = ""
    message: str = ""

    @property
    def subject(self) -> Subject:
        """What it is about."""
        return self.platform, self.session_id


Subject = tuple[str, str]
"""A platform and a session, either of them empty."""


@dataclass(frozen=True, slots=True)
class Row:
    """What holds for one thing, as the question answers it."""

    subject: str
    id: str
    platform: str
    state: int
    reason: str


@dataclass(frozen=True, slots=True)
class Standing:
    """What holds, by what it holds for."""

    hosts: Mapping[str, Row] = field(default_factory=dict)
    platforms: Mapping[str, Row] = field(default_factory=dict)
    sessions: Mapping[str, tuple[Row, ...]] = field(default_factory=dict)

    @classmethod
    def of(cls, rows: Iterable[Row]) -> Standing:
        """Sorts the rows."""
        hosts, platforms, sessions = {}, {}, dict[str, tuple[Row, ...]]()
        for row in rows:
            if row.subject == "host":
                hosts[row.id] = row
            elif row.subject == "platform":
                platforms[row.platform] = row
            else:
                sessions[row.id] = (*sessions.get(row.id, ()), row)
        return cls(hosts, platforms, sessions)

    def orders(self, host_id: str, platforms: Collection[str], sessions: Collection[str]) -> dict[Subject, Order]:
        """What holds for a host with these platforms, at work on these sessions."""
        found = []
        if (host := self.hosts.get(host_id)) is not None:
            kind = Kind.DRAIN if host.state == HostState.DRAINING else Kind.PAUSE
            found.append(Order(kind, message=host.reason))
        for name in sorted(self.platforms.keys() & set(platforms)):
            found.append(Order(Kind.PAUSE, platform=name, message=self.platforms[name].reason))
        for session_id in sorted(self.sessions.keys() & set(sessions)):
            found += _of_session(session_id, self.sessions[session_id])
        return {order.subject: order for order in found}


def differences(told: Mapping[Subject, Order], holds: Mapping[Subject, Order]) -> list[Order]:
    """What to tell a host that was told one thing when now another holds. What has ended stays ended."""
    found = []
    for subject, order in told.items():
        if order.kind is not Kind.TERMINATE and (subject not in holds or holds[subject].kind is not order.kind):
            found.append(Order(Kind.RESUME, *subject))
    for subject, order in holds.items():
        if subject not in told or told[subject].kind is not order.kind:
            found.append(order)
    return [order for order in found if not _goes_on_to_its_end(order, holds)]


def _goes_on_to_its_end(order: Order, holds: Mapping[Subject, Order]) -> bool:
    """A session that was paused and is ended now must not be resumed in between."""
    upcoming = holds.get(order.subject)
    return order.kind is Kind.RESUME and upcoming is not None and upcoming.kind is Kind.TERMINATE


def _of_session(session_id: str, rows: tuple[Row, ...]) -> list[Order]:
    """A session that has ended needs no word about its platforms."""
    for row in rows:
        if row.subject == "ended":
            ended = row.state in ENDED_BY_US
            return [Order(Kind.TERMINATE, session_id=session_id, message=row.reason)] if ended else []
    found = [Order(Kind.TERMINATE, row.platform, session_id, row.reason) for row in rows if row.subject == "run"]
    if any(row.subject == "waiting" for row in rows):
        found.append(Order(Kind.PAUSE, session_id=session_id))
    return found
