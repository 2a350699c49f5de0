"""The rules of sessions: parts only, called by the verbs of sign-in and users in their transactions."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from blacklight_servicekit.clock import Clock
from sqlalchemy import ColumnElement, delete, or_, select, update
from sqlalchemy.orm import Session

from blacklight_auth.accounts.secret import NewSecret, fingerprint
from blacklight_auth.sessions.models import RefreshTokenRow, SessionRow
from blacklight_auth.sessions.rotation import REFRESH_LIFETIME, Verdict, judge
from blacklight_auth.sessions.session import OpenSession, Renewal, Reuse


class Sessions:
    """Sessions of accounts; an account may have several, one a device."""

    def __init__(self, clock: Clock, new_id: Callable[[], UUID], new_secret: NewSecret) -> None:
        self._clock = clock
        self._new_id = new_id
        self._new_secret = new_secret

    def open(self, session: Session, *, account_id: UUID, tenant_id: UUID | None) -> Renewal:
        """Begins a session."""
        now = self._clock()
        row = SessionRow(
            id=self._new_id(),
            account_id=account_id,
            tenant_id=tenant_id,
            expire_time=now + REFRESH_LIFETIME,
            create_time=now,
        )
        session.add(row)
        session.flush()
        return self._renew(session, row)

    def rotate(self, session: Session, refresh_token: str) -> Renewal | Reuse | None:
        """Exchanges a refresh token; None for one that is not good. One seen before revokes its session.

        The session's row is locked first: of two exchanges of one token at once, the second sees the first one's.
        """
        token_hash = fingerprint(refresh_token)
        row = session.scalar(
            select(SessionRow)
            .join(RefreshTokenRow, RefreshTokenRow.session_id == SessionRow.id)
            .where(RefreshTokenRow.token_hash == token_hash)
            .with_for_update(of=SessionRow)
        )
        if row is None:
            return None
        # Read only now, under the lock: what the join saw may be from before another exchange.
        token = session.get(RefreshTokenRow, token_hash, populate_existing=True)
        if token is None:
            return None
        verdict = judge(
            used_time=token.used_time,
            expire_time=token.expire_time,
            revoke_time=row.revoke_time,
            now=self._clock(),
        )
        if verdict is Verdict.DEAD:
            return None
        if verdict is Verdict.REUSED:
            self.revoke(session, row.id, reason="refresh_token_reused")
            return Reuse(_seen(row))
        token.used_time = self._clock()
        return self._renew(session, row)

    def find_open(self, session: Session, session_id: UUID) -> OpenSession | None:
        """The session, while it is neither revoked nor run out."""
        row = session.scalar(
            select(SessionRow)
            .where(SessionRow.id == session_id)
            .where(SessionRow.revoke_time.is_(None), SessionRow.expire_time > self._clock())
        )
        return None if row is None else _seen(row)

    def revoke(self, session: Session, session_id: UUID, *, reason: str) -> bool:
        """Ends one session; False when it had ended before."""
        return self._revoke(session, reason, SessionRow.id == session_id) > 0

    def revoke_all(self, session: Session, account_id: UUID, *, reason: str) -> int:
        """Ends every session of an account. Returns how many."""
        return self._revoke(session, reason, SessionRow.account_id == account_id)

    def forget_ended(self, session: Session, *, before: datetime) -> int:
        """Deletes sessions that ran out or were revoked before then, with their tokens. Returns how many."""
        gone = session.execute(
            delete(SessionRow)
            .where(or_(SessionRow.expire_time < before, SessionRow.revoke_time < before))
            .returning(SessionRow.id)
        )
        return len(gone.all())

    def _revoke(self, session: Session, reason: str, which: ColumnElement[bool]) -> int:
        ended = session.execute(
            update(SessionRow)
            .where(which, SessionRow.revoke_time.is_(None))
            .values(revoke_time=self._clock(), revoke_reason=reason)
            .returning(SessionRow.id)
        )
        return len(ended.all())

    def _renew(self, session: Session, row: SessionRow) -> Renewal:
        """Gives the next refresh token and forgets those of the session that have run out."""
        now, secret = self._clock(), self._new_secret()
        row.expire_time = now + REFRESH_LIFETIME
        session.execute(
            delete(RefreshTokenRow)
            .where(RefreshTokenRow.session_id == row.id, RefreshTokenRow.expire_time <= now)
            .execution_options(synchronize_session=False)
        )
        session.add(
            RefreshTokenRow(
                token_hash=fingerprint(secret),
                session_id=row.id,
                tenant_id=row.tenant_id,
                expire_time=row.expire_time,
                create_time=now,
            )
        )
        session.flush()
        return Renewal(_seen(row), secret, row.expire_time)


def _seen(row: SessionRow) -> OpenSession:
    return OpenSession(session_id=row.id, account_id=row.account_id, tenant_id=row.tenant_id)
