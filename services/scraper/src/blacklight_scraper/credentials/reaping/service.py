"""Writes down what the expiry of a lease has made of an account (spec 6.16, 8.3; F-14, F-21)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from blacklight_servicekit.caller import Caller
from blacklight_servicekit.clock import Clock
from blacklight_servicekit.database import Database
from sqlalchemy import case, null, select, update
from sqlalchemy.orm import Session

from blacklight_scraper.credentials.leases.service import NO_LEASE, note_reaped
from blacklight_scraper.credentials.models import CredentialRow, lease_over, state_now
from blacklight_scraper.credentials.states import REAP_REST, SILENT_REASON, CredentialState

REAP_ROWS = 100
SILENT = "its holder gave no sign of life before the lease ended"


class Reaping:
    """Takes back what silent holders had."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def reap(self, caller: Caller) -> int:
        """Takes back expired leases, 100 at most; returns how many. The third in a row needs a person."""
        now = self._clock()
        with self._database.platform_transaction() as session:
            due = session.scalars(
                select(CredentialRow.credential_id)
                .where(lease_over(now))
                .order_by(CredentialRow.credential_id)
                .limit(REAP_ROWS)
                .with_for_update(skip_locked=True)
            ).all()
            return self.reap_of(session, due, now)

    def reap_of(self, session: Session, credential_ids: Sequence[UUID], now: datetime) -> int:
        """Part: takes back those of these accounts whose lease has expired; returns how many there were."""
        held = session.execute(
            select(CredentialRow.credential_id, CredentialRow.lease_session_id, CredentialRow.lease_api_key_id)
            .where(CredentialRow.credential_id.in_(credential_ids), lease_over(now))
            .order_by(CredentialRow.credential_id)
            .with_for_update()
        ).all()
        if not held:
            return 0
        fetched = CredentialRow.lease_fetched
        resting = state_now(now) == CredentialState.COOLDOWN
        rows = session.scalars(
            update(CredentialRow)
            .where(CredentialRow.credential_id.in_([each.credential_id for each in held]))
            .values(
                state=state_now(now),
                reap_count=case((fetched, CredentialRow.reap_count + 1), else_=CredentialRow.reap_count),
                cooldown_end_time=case((resting, CredentialRow.lease_expire_time + REAP_REST), else_=null()),
                last_failure_time=case(
                    (fetched, CredentialRow.lease_expire_time), else_=CredentialRow.last_failure_time
                ),
                last_failure_reason=case((fetched, SILENT_REASON), else_=CredentialRow.last_failure_reason),
                last_failure_message=case((fetched, SILENT), else_=CredentialRow.last_failure_message),
                update_time=now,
                **NO_LEASE,
            )
            .returning(CredentialRow)
            .execution_options(synchronize_session=False, populate_existing=True)
        )
        after = {row.credential_id: row for row in rows}
        for each in held:
            note_reaped(
                session,
                now,
                after[each.credential_id],
                session_id=each.lease_session_id,
                api_key_id=each.lease_api_key_id,
            )
        return len(held)
