"""What must be so of accounts and their leases, said once more and simpler than the service does; and what was not.

The rules are those of spec 8.3, in plain Python over values in memory; nothing here reads the service's tables or code
beyond the numbers of its states.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from uuid import UUID

from blacklight_scraper.credentials.states import CredentialState

LENGTH = timedelta(minutes=10)
REST = timedelta(minutes=5)
REAPS = 3


@dataclass
class Holding:
    """A lease as it should be: who has it, since when, and the last sign of life."""

    token: UUID
    key: UUID
    session: UUID
    start: datetime
    alive: datetime
    fetched: bool

    @property
    def end(self) -> datetime:
        """When it is over without another sign of life."""
        return self.alive + LENGTH


@dataclass
class Account:
    """An account as it should be."""

    profile: bool
    state: CredentialState = CredentialState.AVAILABLE
    rests_until: datetime | None = None
    reaps: int = 0
    failures: int = 0
    lease: Holding | None = None
    history: list[tuple[datetime, datetime]] = field(default_factory=list)

    def end_lease(self, state: CredentialState, at: datetime) -> None:
        """The lease is over at this time, if there is one."""
        if self.lease is not None:
            self.history.append((self.lease.start, at))
        self.lease, self.state, self.rests_until = None, state, None

    def settle(self, now: datetime) -> None:
        """Lets time have its way: expired leases and rests that are over."""
        if self.lease is not None and self.lease.end <= now:
            end, fetched = self.lease.end, self.lease.fetched
            self.end_lease(CredentialState.AVAILABLE, end)
            if fetched:
                self.reaps += 1
                self.state, self.rests_until = CredentialState.COOLDOWN, end + REST
            if fetched and self.reaps >= REAPS:
                self.state = CredentialState.NEEDS_RELOGIN if self.profile else CredentialState.FAILED
                self.rests_until = None
        if self.state is CredentialState.COOLDOWN and self.rests_until is not None and self.rests_until <= now:
            self.state, self.rests_until = CredentialState.AVAILABLE, None

    def overlaps(self) -> int:
        """Leases in its history that began before the one before had ended."""
        ordered = sorted(self.history)
        return sum(after[0] < before[1] for before, after in pairwise(ordered))


@dataclass
class Findings:
    """What happened, and what should not have."""

    steps: int = 0
    leases: int = 0
    refused: int = 0
    expired: int = 0
    stale_writes: int = 0
    overlaps: int = 0
    wrongly_refused: int = 0
    differences: list[str] = field(default_factory=list)

    @property
    def clean(self) -> bool:
        """Whether nothing was found."""
        return not (self.stale_writes or self.overlaps or self.wrongly_refused or self.differences)


class Truth:
    """All accounts, and the judgement of what the service did."""

    def __init__(self, accounts: dict[UUID, bool]) -> None:
        self.accounts = {credential_id: Account(profile) for credential_id, profile in accounts.items()}
        self.found = Findings()

    def settle(self, now: datetime) -> None:
        """Lets time have its way with all."""
        for account in self.accounts.values():
            held = account.lease is not None
            account.settle(now)
            self.found.expired += held and account.lease is None

    def holds(self, credential_id: UUID, token: UUID, key: UUID) -> bool:
        """Whether what is said with this token by this key counts now."""
        lease = self.accounts[credential_id].lease
        return lease is not None and lease.token == token and lease.key == key

    def of_session(self, session: UUID) -> Holding | None:
        """The lease that a session holds."""
        held = [each.lease for each in self.accounts.values() if each.lease and each.lease.session == session]
        return held[0] if held else None

    def free(self) -> int:
        """Accounts that can be leased now."""
        return sum(account.state is CredentialState.AVAILABLE for account in self.accounts.values())

    def judge_word(self, allowed: bool, accepted: bool) -> None:
        """A word that was said of a lease."""
        self.found.refused += not accepted
        self.found.stale_writes += accepted and not allowed
        self.found.wrongly_refused += allowed and not accepted

    def granted(self, credential_id: UUID, lease: Holding) -> None:
        """A lease was given: one on an account that is held, or not to be had, is an overlap."""
        account = self.accounts[credential_id]
        self.found.leases += 1
        if account.state is not CredentialState.AVAILABLE:
            self.found.overlaps += 1
            account.end_lease(CredentialState.AVAILABLE, lease.start)
        account.lease, account.state = lease, CredentialState.IN_USE

    def difference(self, text: str) -> None:
        """Something else that should not be; the first few are kept to be read."""
        self.found.differences.append(text)
