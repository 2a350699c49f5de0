"""Accounts leased to hosts: one holder at a time, proven by a token, for as long as it shows life (spec 6.15, 8.3)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from blacklight_servicekit import audit
from blacklight_servicekit.caller import Caller, CallerKind
from blacklight_servicekit.clock import Clock
from blacklight_servicekit.database import Database
from blacklight_servicekit.errors import Conflict, Invalid
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from blacklight_scraper.credentials.cookies import check_cookies
from blacklight_scraper.credentials.leases.service import NO_LEASE, Leases, end, leasable, note_about
from blacklight_scraper.credentials.models import CredentialRow
from blacklight_scraper.credentials.scrubbing import scrubbed
from blacklight_scraper.credentials.states import LONGEST_REST, UNKNOWN_REASON, CredentialState, after_failure
from blacklight_scraper.credentials.views import LeaseStanding, LeaseView, Secret
from blacklight_scraper.keys.service import ApiKeys
from blacklight_scraper.platforms.service import Platforms

UNLIMITED = 999
"""Accounts that a platform has which needs none (spec 8.2)."""
LEASE_TRIES = 20


class LeaseLost(Conflict):
    """The lease is not, or no longer, the caller's. One answer for all: it tells a stranger nothing (P-15)."""

    def __init__(self) -> None:
        super().__init__(
            "you do not hold this account: stop using it and lease another. Whatever is to be said of a lease must"
            " be sent before it is released: report first, then release",
            reason="LEASE_LOST",
            field="lease_token",
        )


class Credentials:
    """The accounts, as hosts and their sessions use them."""

    def __init__(self, database: Database, leases: Leases, platforms: Platforms, keys: ApiKeys, clock: Clock) -> None:
        self._database = database
        self._leases = leases
        self._platforms = platforms
        self._keys = keys
        self._clock = clock

    # Verbs of the holder

    def heartbeat(self, caller: Caller, *, credential_id: UUID, lease_token: UUID) -> LeaseStanding:
        """Extends the lease; the token says whose it is, however long the session lasts (F-04). Raises LeaseLost."""
        now = self._clock()
        with self._database.platform_transaction() as session:
            row = self._proven(session, caller, credential_id, lease_token, now)
            return self._leases.keep(row, now)

    def succeed(self, caller: Caller, *, credential_id: UUID, lease_token: UUID, terminal: bool) -> LeaseStanding:
        """Notes that the account works, which ends its streaks; `terminal` gives it back. Raises LeaseLost."""
        now = self._clock()
        with self._database.platform_transaction() as session:
            row = self._proven(session, caller, credential_id, lease_token, now)
            row.success_count += 1
            row.last_success_time = row.update_time = now
            row.failure_count = row.reap_count = 0
            return end(row, CredentialState.AVAILABLE) if terminal else self._leases.keep(row, now)

    def fail(
        self,
        caller: Caller,
        *,
        credential_id: UUID,
        lease_token: UUID,
        reason: int,
        message: str,
        cooldown_minutes: int,
        auth_dead: bool,
    ) -> LeaseStanding:
        """Ends the lease of an account that failed; it rests, waits for a reset, or for a person's sign-in (F-24).

        Raises LeaseLost, and Invalid for a rest outside 0 to 10,080 minutes.
        """
        rest = timedelta(minutes=cooldown_minutes)
        if not timedelta() <= rest <= LONGEST_REST:
            raise Invalid("a rest is 0 to 10080 minutes", reason="COOLDOWN_OUT_OF_RANGE", field="cooldown_minutes")
        now = self._clock()
        with self._database.platform_transaction() as session:
            row = self._proven(session, caller, credential_id, lease_token, now)
            after = after_failure(auth_dead=auth_dead, cooldown=rest, now=now)
            note_about(session, "credential.failed", now, row, after.state, reason=str(reason))
            row.failure_count += 1
            row.last_failure_time = row.update_time = now
            row.last_failure_reason = reason or UNKNOWN_REASON
            row.last_failure_message = scrubbed(message, self._leases.find_secret(row) or Secret())
            row.cooldown_end_time = after.cooldown_end_time
            return end(row, after.state)

    def refresh(self, caller: Caller, *, credential_id: UUID, lease_token: UUID, cookies: str) -> LeaseStanding:
        """Stores renewed cookies in place of the old ones (F-27). Raises LeaseLost, and Invalid as `check_cookies`."""
        now = self._clock()
        with self._database.platform_transaction() as session:
            row = self._proven(session, caller, credential_id, lease_token, now)
            check_cookies(cookies, self._platforms.facts(session, row.platform).session_cookie, field="cookies")
            secret = self._leases.find_secret(row)
            if secret is None:
                raise LeaseLost
            row.secret = self._leases.seal(credential_id, replace(secret, cookies=cookies))
            row.update_time = now
            return self._leases.keep(row, now)

    def release(self, caller: Caller, *, credential_id: UUID, lease_token: UUID) -> LeaseStanding:
        """Gives the account back, neither a success nor a failure. Raises LeaseLost."""
        now = self._clock()
        with self._database.platform_transaction() as session:
            row = self._proven(session, caller, credential_id, lease_token, now)
            row.update_time = now
            return end(row, CredentialState.AVAILABLE)

    # Parts

    def lease(
        self,
        session: Session,
        *,
        platform: str,
        api_key_id: UUID,
        session_id: UUID,
        now: datetime,
        fetched: bool = True,
    ) -> LeaseView | None:
        """Part: leases the next account of a platform to a session, or answers the one it holds; None = none is free.

        `fetched`: whether the holder is given the secret now; False where it fetches it later, by asking again. The
        key's use is counted with the lease (H-14). The session's row must be there, and locked by the caller. Who rolls
        back to a savepoint when there is none calls `set_aside_unreadable` afterwards.
        """
        held = self._leases.find_held(session, platform=platform, api_key_id=api_key_id, session_id=session_id, now=now)
        if held is not None:
            held.lease_fetched = held.lease_fetched or fetched
            self._leases.keep(held, now)
            return self._leases.find_opened(session, held, now)
        for _ in range(LEASE_TRIES):
            row = self._leases.take(
                session, platform=platform, api_key_id=api_key_id, session_id=session_id, now=now, fetched=fetched
            )
            if row is None:
                return None
            view = self._leases.find_opened(session, row, now)
            if view is not None:
                self._account_for(session, view, api_key_id, now)
                return view
        return None

    def set_aside_unreadable(self, session: Session, now: datetime) -> None:
        """Part: keeps accounts that no key opens out of later claims, after a savepoint has been rolled back."""
        self._leases.set_aside_unreadable(session, now)

    def leases_of(
        self, session: Session, session_ids: Collection[UUID], *, now: datetime, rotate: bool = False
    ) -> dict[UUID, tuple[LeaseView, ...]]:
        """Part: the live leases of sessions. `rotate`: another stream has them now, so each gets a new token."""
        rows = session.scalars(
            select(CredentialRow)
            .where(CredentialRow.lease_session_id.in_(sorted(session_ids)), CredentialRow.lease_expire_time > now)
            .order_by(CredentialRow.credential_id)
            .with_for_update()
            .execution_options(populate_existing=True)
        ).all()
        found: dict[UUID, tuple[LeaseView, ...]] = dict.fromkeys(session_ids, ())
        for row in rows:
            if rotate:
                row.lease_token, row.lease_fetched = uuid4(), True
                self._leases.keep(row, now)
            view = self._leases.find_opened(session, row, now)
            if view is not None:
                found[view.session_id] += (view,)
        return found

    def available(self, session: Session, platforms: Collection[str], now: datetime) -> dict[str, int]:
        """Part: how many accounts each platform has to lease now; 999 where it needs none."""
        rows = session.execute(
            select(CredentialRow.platform, func.count().label("accounts"))
            .where(CredentialRow.platform.in_(sorted(platforms)), *leasable(now))
            .group_by(CredentialRow.platform)
        )
        counted = {row.platform: row.accounts for row in rows}
        needing = self._platforms.needing_account(session, platforms)
        return {name: counted.get(name, 0) if name in needing else UNLIMITED for name in platforms}

    def extend(self, session: Session, session_ids: Collection[UUID], now: datetime) -> None:
        """Part: a sign of life of all leases of these sessions; what has expired stays lost."""
        if session_ids:
            beat = {"lease_heartbeat_time": now, "lease_expire_time": now + self._leases.length}
            self._write_live(session, session_ids, now, beat)

    def release_of(self, session: Session, session_id: UUID, now: datetime, *, platform: str = "") -> None:
        """Part: the session has ended, or been ended on one platform: what it still holds goes back (F-22).

        What has expired is the reaper's.
        """
        released = {"state": CredentialState.AVAILABLE, "update_time": now, **NO_LEASE}
        self._write_live(session, [session_id], now, released, platform=platform)

    # Inside

    def _proven(
        self, session: Session, caller: Caller, credential_id: UUID, token: UUID, now: datetime
    ) -> CredentialRow:
        """The row, locked, if the caller holds it now: its key, the current token, not expired (P-15, F-05)."""
        row = session.get(CredentialRow, credential_id, with_for_update=True)
        if row is None or row.lease_expire_time is None or row.lease_token != token:
            raise LeaseLost
        if row.lease_api_key_id != UUID(caller.id):
            raise LeaseLost
        if row.lease_expire_time <= now:
            raise LeaseLost
        return row

    def _write_live(
        self,
        session: Session,
        session_ids: Collection[UUID],
        now: datetime,
        values: Mapping[str, object],
        *,
        platform: str = "",
    ) -> None:
        """Writes to the live leases of sessions, locked in a fixed order so that no two writers wait for each other."""
        live = (
            select(CredentialRow.credential_id)
            .where(CredentialRow.lease_session_id.in_(sorted(session_ids)), CredentialRow.lease_expire_time > now)
            .order_by(CredentialRow.credential_id)
            .with_for_update()
        )
        if platform:
            live = live.where(CredentialRow.platform == platform)
        session.execute(
            update(CredentialRow)
            .where(CredentialRow.credential_id.in_(live))
            .values(**values)
            .execution_options(synchronize_session=False)
        )

    def _account_for(self, session: Session, lease: LeaseView, api_key_id: UUID, now: datetime) -> None:
        """Who was given which account is audited, and the key's use counted, with the lease itself (H-14)."""
        host = Caller(CallerKind.HOST, str(api_key_id))
        said = {"session_id": str(lease.session_id)}
        audit.record(session, host, "credential.leased", lease.credential_id, changes=said)
        self._keys.count_use(session, api_key_id, now)
