"""Ends the reading of mailboxes whose owners were deactivated: nobody is left to whom they belong."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from blacklight_servicekit import audit, outbox
from blacklight_servicekit.caller import Caller
from blacklight_servicekit.clock import Clock
from blacklight_servicekit.database import Database
from blacklight_servicekit.ids import new_id
from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from blacklight_matching.mailboxes.models import Mailbox, MailboxMessage, MailboxNotice, MailboxSignIn
from blacklight_matching.mailboxes.secrets import MailSecret
from blacklight_matching.mailboxes.signing.service import MailboxSigning
from blacklight_matching.mailboxes.states import (
    CHANGED,
    NOTICE_TEXTS,
    OWNER_DEACTIVATED,
    MailboxState,
    MailFailure,
    MailState,
)


class MailboxStopping:
    """Stops mailboxes for good."""

    def __init__(self, database: Database, clock: Clock, signing: MailboxSigning) -> None:
        self._database = database
        self._clock = clock
        self._signing = signing

    def stop_all(self, caller: Caller, user_id: UUID) -> int:
        """Stops a person's mailboxes, forgets their passwords and tokens, and tells the administrators; returns how
        many. Again, it changes nothing. Mails that were not read yet are not read any more.
        """
        with self._database.transaction(caller.tenant) as session:
            session.execute(
                delete(MailboxSignIn).where(MailboxSignIn.tenant_id == caller.tenant, MailboxSignIn.user_id == user_id)
            )
            rows = session.scalars(
                select(Mailbox)
                .where(
                    Mailbox.tenant_id == caller.tenant,
                    Mailbox.user_id == user_id,
                    Mailbox.state != MailboxState.STOPPED,
                )
                .order_by(Mailbox.mailbox_id)
                .with_for_update()
            ).all()
            forgotten = [self._stop(session, caller, row) for row in rows]
        for provider, secret in forgotten:
            if secret is not None:
                self._signing.revoke(provider, secret)
        return len(forgotten)

    def _stop(self, session: Session, caller: Caller, row: Mailbox) -> tuple[str, MailSecret | None]:
        now, secret = self._clock(), self._find_secret(row)
        row.state, row.failure, row.failure_time = MailboxState.STOPPED, OWNER_DEACTIVATED, now
        row.secret, row.version, row.update_time = b"", row.version + 1, now
        _drop_mails(session, row, now)
        _tell(session, row, now)
        audit.record(session, caller, "mailbox.stopped", row.mailbox_id, changes={"reason": OWNER_DEACTIVATED})
        outbox.add(session, CHANGED, {"mailbox_id": str(row.mailbox_id)}, tenant_id=row.tenant_id)
        return row.provider, secret

    def _find_secret(self, row: Mailbox) -> MailSecret | None:
        try:
            return self._signing.open(row)
        except MailFailure:
            return None


def _drop_mails(session: Session, row: Mailbox, now: datetime) -> None:
    session.execute(
        update(MailboxMessage)
        .where(
            MailboxMessage.tenant_id == row.tenant_id,
            MailboxMessage.mailbox_id == row.mailbox_id,
            MailboxMessage.state.in_((MailState.WAITING, MailState.FAILED)),
        )
        .values(state=MailState.GIVEN_UP, reason=OWNER_DEACTIVATED, read_time=now, body=None)
    )


def _tell(session: Session, row: Mailbox, now: datetime) -> None:
    """Other notices end: nobody can do anything about what they say."""
    session.execute(
        update(MailboxNotice)
        .where(
            MailboxNotice.tenant_id == row.tenant_id,
            MailboxNotice.mailbox_id == row.mailbox_id,
            MailboxNotice.dismiss_time.is_(None),
        )
        .values(dismiss_time=now)
    )
    values = {
        "notice_id": new_id(),
        "tenant_id": row.tenant_id,
        "mailbox_id": row.mailbox_id,
        "user_id": row.user_id,
        "kind": OWNER_DEACTIVATED,
        "message": NOTICE_TEXTS[OWNER_DEACTIVATED],
        "create_time": now,
    }
    session.execute(insert(MailboxNotice).values(values))
