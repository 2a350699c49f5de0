"""R2: leases as a state machine. Hosts say everything they may, with live tokens and stale ones, one at a time and at
once, while the clock moves and administrators interfere; after every step the database is held against the truth.

10,000 seeded steps over a real PostgreSQL: two keys, eight sessions and five accounts; hosts that sleep past the end of
their lease and then go on writing, two processes with one lease, the reaper, new streams, sessions that end. Looked
for: a word of a holder that has lost its lease and was taken (0), leases of one account that overlap (0), a word of the
holder that was refused (0), and any difference between the service's states and those that must be (0). Baseline: the
same machine, a tenth of the steps, against leases whose holder is known by the account's id alone, as the former
system did it.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

from blacklight_scraper.app import APP
from blacklight_scraper.credentials.models import CredentialRow
from blacklight_scraper.credentials.service import Credentials, LeaseLost
from blacklight_scraper.credentials.states import CredentialState
from blacklight_scraper.credentials.views import LeaseView
from blacklight_servicekit.caller import Caller
from blacklight_servicekit.database import Database
from blacklight_servicekit.errors import FailedPrecondition
from blacklight_testkit import servers
from blacklight_testkit.databases import Databases
from sqlalchemy.orm import Session

from services.scraper.tests.credential_rig import ADMIN, Rig, host
from tests.chaos.lease_truth import LENGTH, Findings, Holding, Truth
from tests.load.calibration import calibration
from tests.load.figures import Figure, verdict

SEED = 20260301
STEPS = 10_000
BASELINE_STEPS = 1_000
THREADS = 6
REMEMBERED = 24
COOKIES = '{"li_at": "renewed"}'
SET_ASIDE = (CredentialState.FAILED, CredentialState.NEEDS_RELOGIN, CredentialState.DISABLED)
NON_TERMINAL = ("heartbeat", "success", "refresh")
TERMINAL = ("terminal", "failure", "rest", "dead", "release")


class FormerCredentials(Credentials):
    """Who names an account may speak of it (P-15, SCR-5): the former system's rule, for comparison."""

    def _proven(
        self, session: Session, caller: Caller, credential_id: UUID, token: UUID, now: datetime
    ) -> CredentialRow:
        row = session.get(CredentialRow, credential_id, with_for_update=True)
        if row is None or row.lease_token is None:
            raise LeaseLost
        return row


@dataclass(frozen=True)
class Pocket:
    """A lease as some process of a host remembers it, be it over or not."""

    view: LeaseView
    key: UUID


class Machine:
    """The hosts, the administrators and the clock; `step` does something and judges what came of it."""

    def __init__(self, rig: Rig, seed: int) -> None:
        self.rig = rig
        self.random = random.Random(seed)
        rig.add_platform(session_cookie="li_at")
        self.keys = [rig.add_key("host-a"), rig.add_key("host-b")]
        self.sessions = {rig.add_session(key): key for key in self.keys for _ in range(4)}
        names = ("one", "two", "three", "four", "five")
        accounts = {
            rig.add_account(name, profile_key=name * (rank % 2)): bool(rank % 2) for rank, name in enumerate(names)
        }
        self.truth = Truth(accounts)
        self.pockets: list[Pocket] = []

    @property
    def now(self) -> datetime:
        return self.rig.clock()

    def run(self, steps: int) -> Findings:
        """So many steps, judged one by one."""
        kinds: list[tuple[int, Callable[[], None]]] = [
            (22, self.lease),
            (40, self.word),
            (12, self.pass_time),
            (4, self.reap),
            (10, self.administer),
            (4, self.extend),
            (3, self.new_stream),
            (3, self.end_session),
            (4, self.race_for_leases),
            (5, self.race_of_words),
        ]
        weights, actions = [weight for weight, _ in kinds], [action for _, action in kinds]
        while self.truth.found.steps < steps:
            [action] = self.random.choices(actions, weights)
            self.truth.found.steps += 1
            action()
            self.truth.settle(self.now)
            self.compare()
        self.truth.found.overlaps += sum(account.overlaps() for account in self.truth.accounts.values())
        return self.truth.found

    # Steps

    def lease(self) -> None:
        session = self.random.choice(list(self.sessions))
        self.judge_lease(session, self.ask(session, fetched=self.random.random() < 0.8), self.truth.free())

    def word(self) -> None:
        if not self.pockets:
            return
        live = [pocket for pocket in self.pockets if self.truth.holds(*_claim(pocket, pocket.key))]
        pocket = self.random.choice(live if live and self.random.random() < 0.6 else self.pockets)
        key = pocket.key if self.random.random() < 0.9 else self.random.choice(self.keys)
        kind = self.random.choice(NON_TERMINAL * 2 + TERMINAL)
        self.judge_word(pocket, key, kind, self.say(pocket, key, kind))

    def pass_time(self) -> None:
        """Mostly seconds; now and then a host sleeps to the very end of its lease, or past it."""
        jumps = [timedelta(seconds=self.random.randint(1, 120))] * 6
        jumps += [LENGTH, timedelta(minutes=self.random.randint(6, 30))]
        if ends := [account.lease.end for account in self.truth.accounts.values() if account.lease]:
            to_an_end = min(ends) - self.now
            jumps += [to_an_end, to_an_end - timedelta(microseconds=1)]
        self.rig.clock.advance(max(timedelta(), self.random.choice(jumps)))
        self.truth.settle(self.now)

    def reap(self) -> None:
        self.rig.reap()

    def administer(self) -> None:
        """Mostly somebody brings back what has been set aside; else whatever comes to mind."""
        aside = [known for known, account in self.truth.accounts.items() if account.state in SET_ASIDE]
        likely = bool(aside) and self.random.random() < 0.8
        credential_id = self.random.choice(aside if likely else list(self.truth.accounts))
        account = self.truth.accounts[credential_id]
        verb = self.random.choice(("disable", "enable", "reset"))
        if likely:
            verb = "enable" if account.state is CredentialState.DISABLED else "reset"
        resting = (CredentialState.COOLDOWN, CredentialState.FAILED, CredentialState.NEEDS_RELOGIN)
        allowed = {
            "disable": True,
            "enable": account.state is CredentialState.DISABLED,
            "reset": account.state in resting,
        }
        try:
            getattr(self.rig.accounts, verb)(ADMIN, credential_id=credential_id)
        except FailedPrecondition:
            if allowed[verb]:
                self.truth.difference(f"{verb} of {account.state.name} refused")
            return
        if not allowed[verb]:
            self.truth.difference(f"{verb} of {account.state.name} taken")
        account.end_lease(CredentialState.DISABLED if verb == "disable" else CredentialState.AVAILABLE, self.now)
        if verb == "reset":
            account.reaps = account.failures = 0

    def extend(self) -> None:
        session_id = self.random.choice(list(self.sessions))
        with self.rig.database.platform_transaction() as session:
            self.rig.credentials.extend(session, [session_id], self.now)
        if held := self.truth.of_session(session_id):
            held.alive = self.now

    def new_stream(self) -> None:
        """Another stream takes a session over; what the one before remembers is stale from now on."""
        session_id = self.random.choice(list(self.sessions))
        with self.rig.database.platform_transaction() as session:
            found = self.rig.credentials.leases_of(session, [session_id], now=self.now, rotate=True)
        held = self.truth.of_session(session_id)
        if len(found[session_id]) != (held is not None):
            self.truth.difference(f"a session with {held} was given {len(found[session_id])} leases")
        for view in found[session_id]:
            self.remember(view, self.sessions[session_id])
            if held is not None:
                held.token, held.alive, held.fetched = view.lease_token, self.now, True

    def end_session(self) -> None:
        session_id = self.random.choice(list(self.sessions))
        with self.rig.database.platform_transaction() as session:
            self.rig.credentials.release_of(session, session_id, self.now)
        for account in self.truth.accounts.values():
            if account.lease is not None and account.lease.session == session_id:
                account.end_lease(CredentialState.AVAILABLE, self.now)

    def race_for_leases(self) -> None:
        """Sessions without an account ask all at once: each that can get one does, and no account goes to two."""
        asking = [session for session in self.sessions if self.truth.of_session(session) is None][:THREADS]
        free = self.truth.free()
        with ThreadPoolExecutor(THREADS) as pool:
            answers = list(pool.map(partial(self.ask, fetched=True), asking))
        granted = [view for view in answers if view is not None]
        if len(granted) < min(free, len(asking)):
            self.truth.difference(f"{len(asking)} asked for {free} accounts at once, {len(granted)} got one")
        for session, view in zip(asking, answers, strict=True):
            if view is not None:
                self.judge_lease(session, view, free=1)
        self.truth.found.steps += max(0, len(asking) - 1)

    def race_of_words(self) -> None:
        """Two processes with one lease, and others with leases that are over, speak of it at once: one ends it."""
        live = [pocket for pocket in self.pockets if self.truth.holds(*_claim(pocket, pocket.key))]
        if not live:
            return
        chosen = self.random.choice(live)
        credential_id = chosen.view.credential_id
        stale = [each for each in self.pockets if each.view.credential_id == credential_id and each not in live]
        said = [(chosen, chosen.key, self.random.choice(TERMINAL)) for _ in range(2)]
        said += [
            (each, each.key, self.random.choice(TERMINAL)) for each in self.random.sample(stale, min(3, len(stale)))
        ]
        said.append((chosen, next(key for key in self.keys if key != chosen.key), "failure"))
        with ThreadPoolExecutor(THREADS) as pool:
            accepted = list(pool.map(lambda each: self.say(*each), said))
        if accepted[:2].count(True) != 1:
            self.truth.difference(f"of two last words {accepted[:2].count(True)} were taken")
        for each, taken in zip(said[2:], accepted[2:], strict=True):
            self.truth.judge_word(allowed=False, accepted=taken)
            if taken:
                self.adopt(each[0].view.credential_id)
        for each, taken in zip(said[:2], accepted[:2], strict=True):
            if taken and self.truth.accounts[credential_id].lease is not None:
                self.take_word(each[0], each[2])
        self.truth.found.steps += len(said) - 1

    # What is asked and said

    def ask(self, session_id: UUID, *, fetched: bool) -> LeaseView | None:
        return self.rig.lease(session_id, self.sessions[session_id], fetched=fetched)

    def say(self, pocket: Pocket, key: UUID, kind: str) -> bool:
        """Whether it was accepted."""
        caller, credentials = host(key), self.rig.credentials
        of: dict[str, Any] = {"credential_id": pocket.view.credential_id, "lease_token": pocket.view.lease_token}
        failed: dict[str, Any] = {"reason": 3, "message": "it failed", "cooldown_minutes": 0, "auth_dead": False}
        words: dict[str, Callable[[], object]] = {
            "heartbeat": lambda: credentials.heartbeat(caller, **of),
            "success": lambda: credentials.succeed(caller, **of, terminal=False),
            "refresh": lambda: credentials.refresh(caller, **of, cookies=COOKIES),
            "terminal": lambda: credentials.succeed(caller, **of, terminal=True),
            "failure": lambda: credentials.fail(caller, **of, **failed),
            "rest": lambda: credentials.fail(caller, **of, **{**failed, "cooldown_minutes": 3}),
            "dead": lambda: credentials.fail(caller, **of, **{**failed, "auth_dead": True}),
            "release": lambda: credentials.release(caller, **of),
        }
        try:
            words[kind]()
        except LeaseLost:
            return False
        return True

    # What came of it

    def judge_lease(self, session_id: UUID, view: LeaseView | None, free: int) -> None:
        held = self.truth.of_session(session_id)
        if view is None:
            if held is not None or free:
                self.truth.difference(f"no lease, though {free} accounts are free")
            return
        self.remember(view, self.sessions[session_id])
        row = self.rig.row(view.credential_id)
        if held is not None and held.token == view.lease_token:
            held.alive, held.fetched = self.now, row.lease_fetched
            return
        if held is not None:
            self.truth.difference("a session that holds an account was given another")
        lease = Holding(view.lease_token, self.sessions[session_id], session_id, self.now, self.now, row.lease_fetched)
        self.truth.granted(view.credential_id, lease)

    def judge_word(self, pocket: Pocket, key: UUID, kind: str, accepted: bool) -> None:
        allowed = self.truth.holds(*_claim(pocket, key))
        self.truth.judge_word(allowed, accepted)
        if accepted and allowed:
            self.take_word(pocket, kind)
        elif accepted:
            self.adopt(pocket.view.credential_id)

    def take_word(self, pocket: Pocket, kind: str) -> None:
        """What an accepted word makes of the account."""
        account, now = self.truth.accounts[pocket.view.credential_id], self.now
        assert account.lease is not None
        if kind in ("success", "terminal"):
            account.reaps = account.failures = 0
        if kind in NON_TERMINAL:
            account.lease.alive = now
            return
        ends = {
            "failure": CredentialState.FAILED,
            "dead": CredentialState.NEEDS_RELOGIN,
            "rest": CredentialState.COOLDOWN,
        }
        account.end_lease(ends.get(kind, CredentialState.AVAILABLE), now)
        account.failures += kind in ends
        account.rests_until = now + timedelta(minutes=3) if kind == "rest" else None

    def adopt(self, credential_id: UUID) -> None:
        """After a word that should not have been taken, the truth goes on from what the service made of it."""
        account, row = self.truth.accounts[credential_id], self.rig.row(credential_id)
        account.reaps, account.failures = row.reap_count, row.failure_count
        if row.lease_token is None:
            account.end_lease(CredentialState(row.state), self.now)
            account.rests_until = row.cooldown_end_time
        elif account.lease is not None and row.lease_heartbeat_time is not None:
            account.lease.alive = row.lease_heartbeat_time

    def compare(self) -> None:
        """Holds what the service says of every account against the truth."""
        views, _ = self.rig.accounts.list_accounts(ADMIN, page_size=0, page_token="", platform="", state=None)
        tokens = {
            row.credential_id: row.lease_token
            for row in self.rig.rows(
                "SELECT credential_id, lease_token FROM scraper.credentials WHERE lease_expire_time > :now",
                now=self.now,
            )
        }
        for view in views:
            account = self.truth.accounts[view.credential_id]
            lease = account.lease
            there = (view.state, view.reap_count if lease else None, view.failure_count, tokens.get(view.credential_id))
            here = (account.state, account.reaps if lease else None, account.failures, lease.token if lease else None)
            holder = (view.holder.session_id, view.holder.expire_time) if view.holder else None
            if there != here or holder != ((lease.session, lease.end) if lease else None):
                self.truth.difference(f"step {self.truth.found.steps}: {there} instead of {here}")
                self.adopt(view.credential_id)

    def remember(self, view: LeaseView, key: UUID) -> None:
        self.pockets = [*self.pockets[-REMEMBERED + 1 :], Pocket(view, key)]


def _claim(pocket: Pocket, key: UUID) -> tuple[UUID, UUID, UUID]:
    return pocket.view.credential_id, pocket.view.lease_token, key


@contextmanager
def _rig() -> Iterator[Rig]:
    """A rig on a database of its own."""
    with servers.folder() as base, servers.postgres(base) as server:
        urls = Databases(server).create(APP)
        database = Database(urls.app, urls.platform, pool_size=THREADS + 2)
        try:
            yield Rig(database)
        finally:
            database.dispose()


def former(rig: Rig) -> Rig:
    """The same with the former system's rule of who may speak."""
    known = rig.credentials
    rig.credentials = FormerCredentials(rig.database, known._leases, rig.platforms, rig.keys, rig.clock)
    return rig


def run(root: Path) -> list[str]:
    """The line of R2."""
    with _rig() as rig:
        ours = Machine(rig, SEED).run(STEPS)
    with _rig() as rig:
        base = Machine(former(rig), SEED).run(BASELINE_STEPS)
    wrong = "; ".join(ours.differences[:5])
    said = (
        f"{ours.steps} steps ({ours.leases} leases, {ours.expired} expired, {ours.refused} words refused, seed {SEED}):"
        f" {ours.stale_writes} writes by a stale holder, {ours.overlaps} overlaps, {ours.wrongly_refused} of a holder"
        f" refused, {len(ours.differences)} differences {wrong}"
    )
    line = Figure(
        id="R2",
        ours=said.strip(),
        baseline=f"holder known by the account's id alone: {base.stale_writes} stale writes in {base.steps} steps",
        ratio="-",
        target="0 writes by the stale holder, 0 overlaps",
        calibration=calibration(),
        verdict=verdict(ours.clean),
    )
    return [str(line)]
