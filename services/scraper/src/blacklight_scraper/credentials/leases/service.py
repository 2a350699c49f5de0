"""The mechanics of a lease: taken by one statement, opened for its holder, ended (spec 6.15, P-31)."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID, uuid4

from blacklight_servicekit import logs
from blacklight_servicekit.sealing import SecretUnreadable, Vault
from sqlalchemy import ColumnElement, and_, case, null, select, update
from sqlalchemy.orm import Session

from blacklight_scraper.activity.service import note
from blacklight_scraper.credentials.models import CredentialRow, lease_over, state_now
from blacklight_scraper.credentials.states import UNKNOWN_REASON, CredentialState
from blacklight_scraper.credentials.views import LeaseStanding, LeaseView, Secret

UNREADABLE = "its secret does not open with BLACKLIGHT_CREDENTIAL_KEYS; give it a new one, then reset it"
_UNREADABLE = "unreadable_credentials"
NO_LEASE: dict[str, object] = {
    "lease_token": None,
    "lease_api_key_id": None,
    "lease_session_id": None,
    "lease_start_time": None,
    "lease_heartbeat_time": None,
    "lease_expire_time": None,
    "lease_fetched": False,
}

log = logs.get(__name__)


class Leases:
    """Takes and opens leases; all are parts, in the caller's transaction."""

    def __init__(self, vault: Vault[Secret], length: timedelta) -> None:
        self._vault = vault
        self.length = length

    def find_held(
        self, session: Session, *, platform: str, api_key_id: UUID, session_id: UUID, now: datetime
    ) -> CredentialRow | None:
        """Part: the account of a platform that a session holds, locked."""
        return session.scalars(
            select(CredentialRow)
            .where(
                CredentialRow.lease_session_id == session_id,
                CredentialRow.platform == platform,
                CredentialRow.lease_api_key_id == api_key_id,
                CredentialRow.lease_expire_time > now,
            )
            .order_by(CredentialRow.credential_id)
            .limit(1)
            .with_for_update()
            .execution_options(populate_existing=True)
        ).one_or_none()

    def take(
        self, session: Session, *, platform: str, api_key_id: UUID, session_id: UUID, now: datetime, fetched: bool
    ) -> CredentialRow | None:
        """Part: leases the first account that is free; passes by those that others have locked, and locks one only."""
        picked = (
            select(
                CredentialRow.credential_id,
                lease_over(now).label("reaped"),
                CredentialRow.lease_session_id.label("old_session_id"),
                CredentialRow.lease_api_key_id.label("old_api_key_id"),
            )
            .where(CredentialRow.platform == platform, *leasable(now))
            .order_by(
                CredentialRow.failure_count,
                CredentialRow.last_success_time.asc().nulls_first(),
                CredentialRow.credential_id,
            )
            .limit(1)
            .with_for_update(skip_locked=True)
            .cte("picked")
        )
        silent = and_(lease_over(now), CredentialRow.lease_fetched)
        statement = (
            update(CredentialRow)
            .where(CredentialRow.credential_id == picked.c.credential_id)
            .values(
                state=CredentialState.IN_USE,
                reap_count=case((silent, CredentialRow.reap_count + 1), else_=CredentialRow.reap_count),
                cooldown_end_time=null(),
                lease_token=uuid4(),
                lease_api_key_id=api_key_id,
                lease_session_id=session_id,
                lease_start_time=now,
                lease_heartbeat_time=now,
                lease_expire_time=now + self.length,
                lease_fetched=fetched,
            )
            .returning(CredentialRow, picked.c.reaped, picked.c.old_session_id, picked.c.old_api_key_id)
            .execution_options(synchronize_session=False, populate_existing=True)
        )
        found = session.execute(statement).one_or_none()
        if found is None:
            return None
        row: CredentialRow = found[0]
        if found.reaped:
            note_reaped(session, now, row, session_id=found.old_session_id, api_key_id=found.old_api_key_id)
        return row

    def find_opened(self, session: Session, row: CredentialRow, now: datetime) -> LeaseView | None:
        """Part: the lease with its secret; None, and the account set aside for a person, when no key opens it."""
        secret = self.find_secret(row)
        if secret is not None:
            return _lease_view(row, secret)
        log.error("credential.unreadable", credential_id=str(row.credential_id), platform=row.platform)
        session.info.setdefault(_UNREADABLE, set()).add(row.credential_id)
        _set_aside(session, row, now)
        return None

    def set_aside_unreadable(self, session: Session, now: datetime) -> None:
        """Part: sets aside once more what was found unreadable in this transaction, by who has rolled back to a
        savepoint since; else the account would be found again by every claim.
        """
        for credential_id in sorted(session.info.pop(_UNREADABLE, ())):
            row = session.get(CredentialRow, credential_id, with_for_update=True)
            if row is not None and row.state != CredentialState.FAILED:
                _set_aside(session, row, now)

    def find_secret(self, row: CredentialRow) -> Secret | None:
        """What the account signs in with; None when it is deleted or no key opens it."""
        if row.secret is None:
            return None
        try:
            return self._vault.open(row.credential_id, bytes(row.secret))
        except SecretUnreadable:
            return None

    def seal(self, credential_id: UUID, secret: Secret) -> bytes:
        """What is stored of a secret."""
        return self._vault.seal(credential_id, secret)

    def keep(self, row: CredentialRow, now: datetime) -> LeaseStanding:
        """A sign of life."""
        row.lease_heartbeat_time = now
        row.lease_expire_time = now + self.length
        return LeaseStanding(held=True, expire_time=row.lease_expire_time)


def leasable(now: datetime) -> tuple[ColumnElement[bool], ...]:
    """What an account must be to be leased at this time."""
    return (
        CredentialRow.delete_time.is_(None),
        CredentialRow.secret.is_not(None),
        state_now(now) == CredentialState.AVAILABLE,
    )


def end(row: CredentialRow, state: CredentialState) -> LeaseStanding:
    """Ends the lease of a locked row, if it has one, in this state."""
    for column, value in NO_LEASE.items():
        setattr(row, column, value)
    row.state = state
    return LeaseStanding(held=False, expire_time=None)


def note_about(
    session: Session, kind: str, now: datetime, row: CredentialRow, state: CredentialState, **detail: str
) -> None:
    """Part: notes what happened to an account, with its holder as long as the row still names it."""
    note(
        session,
        kind,
        now,
        session_id=row.lease_session_id,
        platform=row.platform,
        api_key_id=row.lease_api_key_id,
        detail={"credential_id": str(row.credential_id), "state": state.name, **detail},
    )


def note_reaped(
    session: Session, now: datetime, row: CredentialRow, *, session_id: UUID | None, api_key_id: UUID | None
) -> None:
    """Part: notes that a lease was taken back from a silent holder; `row` is as the expiry left it."""
    note(
        session,
        "credential.reaped",
        now,
        session_id=session_id,
        platform=row.platform,
        api_key_id=api_key_id,
        detail={
            "credential_id": str(row.credential_id),
            "state": CredentialState(row.state).name,
            "in_a_row": str(row.reap_count),
        },
    )


def _set_aside(session: Session, row: CredentialRow, now: datetime) -> None:
    note_about(session, "credential.unreadable", now, row, CredentialState.FAILED)
    row.last_failure_time = row.update_time = now
    row.last_failure_reason, row.last_failure_message = UNKNOWN_REASON, UNREADABLE
    row.cooldown_end_time = None
    end(row, CredentialState.FAILED)
    session.flush()


def _lease_view(row: CredentialRow, secret: Secret) -> LeaseView:
    assert row.lease_token is not None
    assert row.lease_session_id is not None
    assert row.lease_expire_time is not None
    return LeaseView(
        credential_id=row.credential_id,
        platform=row.platform,
        session_id=row.lease_session_id,
        lease_token=row.lease_token,
        name=row.name,
        profile_key=row.profile_key,
        proxy=secret.proxy,
        username=secret.username,
        password=secret.password,
        cookies=secret.cookies,
        expire_time=row.lease_expire_time,
    )
