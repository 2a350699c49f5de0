"""What came of the mails of mailboxes, and what their owners are told (spec 4.3.6; pains P-87, P-91)."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from blacklight_servicekit.caller import Caller
from blacklight_servicekit.clock import Clock
from blacklight_servicekit.database import Database
from blacklight_servicekit.errors import NotFound
from blacklight_servicekit.paging import PageRequest
from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session

from blacklight_matching.mailboxes.models import Mailbox, MailboxMessage, MailboxNotice, PostingMail, visible
from blacklight_matching.mailboxes.sight import mailbox_not_found, person, sees_all
from blacklight_matching.mailboxes.states import OWNER_DEACTIVATED, MailState
from blacklight_matching.mailboxes.views import FinderView, MessageView, NoticeView, PostingMailView, StatisticsView

MOST_MAILS_SHOWN = 50


class MailOutcomes:
    """Reads what came of mails."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    # Mails

    def list_messages(
        self, caller: Caller, mailbox_id: UUID, *, page_size: int, page_token: str, state: str
    ) -> tuple[list[MessageView], str]:
        """The mails of a mailbox and what came of each, newest first. Raises NotFound."""
        query = {"rpc": "ListMailboxMessages", "tenant": caller.tenant, "mailbox": mailbox_id, "state": state}
        page = PageRequest.of(page_size, page_token, query)
        statement = select(*_MESSAGE).where(
            MailboxMessage.tenant_id == caller.tenant, MailboxMessage.mailbox_id == mailbox_id
        )
        if state:
            statement = statement.where(MailboxMessage.state == state)
        if page.after is not None:
            statement = statement.where(MailboxMessage.message_id < page.after[0])
        statement = statement.order_by(MailboxMessage.message_id.desc()).limit(page.size + 1)
        with self._database.transaction(caller.tenant) as session:
            _check_seen(session, caller, mailbox_id)
            rows, token = page.cut(session.execute(statement).all(), key=lambda row: (row.message_id,))
            postings = self._postings_of(session, caller, [row.message_id for row in rows])
            views = [
                MessageView(*row[:8], posting_ids=tuple(postings.get(row.message_id, ())), read_time=row.read_time)
                for row in rows
            ]
            return views, token

    def _postings_of(self, session: Session, caller: Caller, ids: Collection[UUID]) -> dict[UUID, list[UUID]]:
        found: dict[UUID, list[UUID]] = {}
        rows = session.execute(
            select(PostingMail.message_id, PostingMail.posting_id)
            .where(PostingMail.tenant_id == caller.tenant, PostingMail.message_id.in_(ids))
            .order_by(PostingMail.posting_mail_id)
        )
        for message_id, posting_id in rows:
            found.setdefault(message_id, []).append(posting_id)
        return found

    def statistics(self, caller: Caller, mailbox_id: UUID | None) -> StatisticsView:
        """What came of the mails of one mailbox, or of all that the caller sees. Raises NotFound."""
        with self._database.transaction(caller.tenant) as session:
            if mailbox_id is not None:
                _check_seen(session, caller, mailbox_id)
            of = select(Mailbox.mailbox_id).where(
                visible(caller.tenant, person(caller), all_of_tenant=sees_all(caller))
            )
            if mailbox_id is not None:
                of = of.where(Mailbox.mailbox_id == mailbox_id)
            rows = session.execute(
                select(MailboxMessage.state, func.count(), func.sum(MailboxMessage.posting_count))
                .where(MailboxMessage.tenant_id == caller.tenant, MailboxMessage.mailbox_id.in_(of))
                .group_by(MailboxMessage.state)
            ).all()
            credited = session.scalar(
                select(func.count()).where(PostingMail.tenant_id == caller.tenant, PostingMail.mailbox_id.in_(of))
            )
        mails = {state: int(count) for state, count, _ in rows}
        created = sum(int(postings or 0) for _, _, postings in rows)
        read = sum(mails.get(state, 0) for state in _READ)
        giving = mails.get(MailState.POSTING_CREATED, 0)
        return StatisticsView(mails, created, max(0, int(credited or 0) - created), 100 * giving // read if read else 0)

    def list_finders(self, caller: Caller, *, page_size: int, page_token: str) -> tuple[list[FinderView], str]:
        """Who found postings by mail, by id: everybody of the tenant for who sees all mailboxes, else the caller."""
        query = {"rpc": "ListMailFinders", "tenant": caller.tenant, "caller": caller.id, "all": sees_all(caller)}
        page = PageRequest.of(page_size, page_token, query)
        postings, last = func.count(PostingMail.posting_id.distinct()), func.max(PostingMail.receive_time)
        statement = select(PostingMail.user_id, postings, last).where(PostingMail.tenant_id == caller.tenant)
        if not sees_all(caller):
            statement = statement.where(PostingMail.user_id == person(caller))
        if page.after is not None:
            statement = statement.where(PostingMail.user_id > page.after[0])
        statement = statement.group_by(PostingMail.user_id).order_by(PostingMail.user_id).limit(page.size + 1)
        with self._database.transaction(caller.tenant) as session:
            rows, token = page.cut(session.execute(statement).all(), key=lambda row: (row.user_id,))
            return [FinderView(*row) for row in rows], token

    # Notices

    def list_notices(self, caller: Caller, *, page_size: int, page_token: str) -> tuple[list[NoticeView], str]:
        """What the caller is told of its mailboxes and has not dismissed, newest first."""
        query = {"rpc": "ListMailboxNotices", "tenant": caller.tenant, "caller": caller.id, "all": sees_all(caller)}
        page = PageRequest.of(page_size, page_token, query)
        statement = select(MailboxNotice).where(_own_notices(caller), MailboxNotice.dismiss_time.is_(None))
        if page.after is not None:
            statement = statement.where(MailboxNotice.notice_id < page.after[0])
        statement = statement.order_by(MailboxNotice.notice_id.desc()).limit(page.size + 1)
        with self._database.transaction(caller.tenant) as session:
            rows, token = page.cut(session.scalars(statement).all(), key=lambda row: (row.notice_id,))
            return [_notice(row) for row in rows], token

    def dismiss_notice(self, caller: Caller, notice_id: UUID) -> NoticeView:
        """Takes a notice off the list; a second time changes nothing. Raises NotFound."""
        with self._database.transaction(caller.tenant) as session:
            row = session.scalars(
                select(MailboxNotice).where(_own_notices(caller), MailboxNotice.notice_id == notice_id)
            ).one_or_none()
            if row is None:
                raise NotFound(f"notice {notice_id} not found", reason="NOTICE_NOT_FOUND", field="notice_id")
            row.dismiss_time = row.dismiss_time or self._clock()
            return _notice(row)

    # Parts

    def mails_of(
        self, session: Session, tenant_id: UUID, posting_ids: Collection[UUID], viewer: Caller
    ) -> dict[UUID, list[PostingMailView]]:
        """Part: the mails that postings came by, oldest first, at most 50 a posting: the viewer's own, and those of
        colleagues only for who may see them (P-91).
        """
        order = func.row_number().over(partition_by=PostingMail.posting_id, order_by=PostingMail.posting_mail_id)
        seen = select(PostingMail.posting_mail_id, order.label("place")).where(
            PostingMail.tenant_id == tenant_id, PostingMail.posting_id.in_(set(posting_ids))
        )
        if not sees_all(viewer):
            seen = seen.where(PostingMail.user_id == person(viewer))
        first = seen.subquery()
        statement = (
            select(PostingMail)
            .join(first, first.c.posting_mail_id == PostingMail.posting_mail_id)
            .where(first.c.place <= MOST_MAILS_SHOWN)
        )
        found: dict[UUID, list[PostingMailView]] = {}
        for row in session.scalars(statement.order_by(PostingMail.posting_mail_id)):
            mail = PostingMailView(row.user_id, row.mailbox_id, row.subject, row.sender, row.receive_time)
            found.setdefault(row.posting_id, []).append(mail)
        return found

    def select_sourced_by(self, tenant_id: UUID, user_id: UUID) -> Select[UUID]:
        """Part: ids of the postings that came by mail to somebody, as a statement to build on."""
        return select(PostingMail.posting_id).where(PostingMail.tenant_id == tenant_id, PostingMail.user_id == user_id)


_READ = (MailState.POSTING_CREATED, MailState.DUPLICATE, MailState.IRRELEVANT, MailState.GIVEN_UP)
_MESSAGE = (
    MailboxMessage.message_id,
    MailboxMessage.mailbox_id,
    MailboxMessage.subject,
    MailboxMessage.sender,
    MailboxMessage.receive_time,
    MailboxMessage.state,
    MailboxMessage.reason,
    MailboxMessage.attempts,
    MailboxMessage.read_time,
)


def _own_notices(caller: Caller) -> ColumnElement[bool]:
    """What the caller is told: of its own mailboxes, and of those whose owners can't be told any more."""
    own = MailboxNotice.user_id == person(caller)
    told = own | (MailboxNotice.kind == OWNER_DEACTIVATED) if sees_all(caller) else own
    return (MailboxNotice.tenant_id == caller.tenant) & told


def _check_seen(session: Session, caller: Caller, mailbox_id: UUID) -> None:
    sight = visible(caller.tenant, person(caller), all_of_tenant=sees_all(caller))
    if session.scalar(select(Mailbox.mailbox_id).where(sight, Mailbox.mailbox_id == mailbox_id)) is None:
        raise mailbox_not_found(mailbox_id)


def _notice(row: MailboxNotice) -> NoticeView:
    return NoticeView(row.notice_id, row.mailbox_id, row.kind, row.message, row.create_time)
