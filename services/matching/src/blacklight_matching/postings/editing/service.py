"""Adds, changes and deletes postings of a tenant's own; shared ones can't be changed, others' are not there."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any
from uuid import UUID

from blacklight.matching.v1 import posting_pb2, posting_service_pb2
from blacklight_servicekit import audit, request_log
from blacklight_servicekit.caller import Caller
from blacklight_servicekit.clock import Clock
from blacklight_servicekit.database import Database
from blacklight_servicekit.errors import Conflict, FailedPrecondition, Invalid, NotFound
from blacklight_servicekit.etag import check_etag
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from blacklight_matching.postings.editing.changes import MET_ANEW, OWN_PLATFORM, as_columns, as_draft, merged
from blacklight_matching.postings.expiry import ExpiryRule
from blacklight_matching.postings.importing.drafts import Draft, check_batch
from blacklight_matching.postings.models import Posting, PostingRole
from blacklight_matching.postings.own.service import OwnPostings
from blacklight_matching.postings.service import Postings, visible_to
from blacklight_matching.postings.view import PostingView, posting_etag

MAIL, API = "MAIL", "API"


ForgetMatches = Callable[[Session, UUID, UUID], None]
"""Deletes what is stored of a posting's matches: (session, tenant, posting)."""


class PostingEditing:
    """Writes postings inside the caller's tenant; each write is audited."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        expiry: ExpiryRule,
        postings: Postings,
        own: OwnPostings,
        forget_matches: ForgetMatches,
    ) -> None:
        self._database = database
        self._clock = clock
        self._expiry = expiry
        self._postings = postings
        self._own = own
        self._forget_matches = forget_matches

    def create(
        self,
        caller: Caller,
        draft: Draft,
        *,
        request: posting_service_pb2.CreatePostingRequest,
        encode: Callable[[PostingView], posting_pb2.Posting],
    ) -> posting_pb2.Posting:
        """Stores a posting, or answers the one that it equals.

        Raises Invalid for what no posting may hold, and Conflict (REQUEST_ID_REUSED; POSTING_EXISTS with `posting_id`
        and `etag` where the id is taken by a posting that says something else: nobody's changes are written over).
        """
        with self._database.transaction(caller.tenant) as session:
            return request_log.once(
                session,
                caller,
                request_id=request.request_id,
                method="CreatePosting",
                request=request,
                answer=posting_pb2.Posting,
                make=lambda: encode(self._create(session, caller, draft)),
            )

    def update(
        self, caller: Caller, posting_id: UUID, given: Draft, paths: Collection[str], *, etag: str
    ) -> PostingView:
        """Writes these fields; where something changed, the posting is read and matched again.

        Raises NotFound, FailedPrecondition (POSTING_SHARED), Conflict (etag), and Invalid as `create`.
        """
        with self._database.transaction(caller.tenant) as session:
            posting = self._lock(session, caller, posting_id, etag)
            before = as_draft(vars(posting))
            after = merged(before, given, paths)
            if after != before:
                self._write(session, caller, posting, before, after)
            return self._postings.read(session, caller.tenant, posting_id)

    def set_state(self, caller: Caller, posting_id: UUID, state: str, *, etag: str) -> PostingView:
        """FILLED and CLOSED take a posting out of matching, ACTIVE takes it in again, as if it was met today.

        Raises NotFound, FailedPrecondition (POSTING_SHARED, POSTING_TOO_OLD), and Conflict (etag).
        """
        with self._database.transaction(caller.tenant) as session:
            posting = self._lock(session, caller, posting_id, etag)
            now = self._clock()
            before = self._state(posting)
            if before != state:
                posting.end_state = "" if state == "ACTIVE" else state
                if state == "ACTIVE":
                    posting.last_seen_time = max(posting.last_seen_time, now)
                    self._refuse_too_old(posting)
                self._changed(session, caller, posting, "posting.state_changed", {"state": [before, state]})
            return self._postings.read(session, caller.tenant, posting_id)

    def delete(self, caller: Caller, posting_id: UUID) -> None:
        """Deletes a posting with its reading, sources and matches; who cites it keeps a snapshot. Absent is a success.

        Raises FailedPrecondition (POSTING_SHARED).
        """
        with self._database.transaction(caller.tenant) as session:
            try:
                posting = self._lock(session, caller, posting_id, "")
            except NotFound:
                return
            self._forget_matches(session, caller.tenant, posting_id)
            session.execute(delete(Posting).where(Posting.tenant_id == caller.tenant, Posting.posting_id == posting_id))
            audit.record(session, caller, "posting.deleted", posting_id, changes={"origin": posting.origin})

    def _create(self, session: Session, caller: Caller, draft: Draft) -> PostingView:
        (row,) = self._own.take(session, caller.tenant, [draft], platform=OWN_PLATFORM, origin=API)
        if row.outcome == "REJECTED":
            raise Invalid(row.message, reason=row.reason, field=f"posting.{row.field}")
        if row.outcome == "DIFFERS":
            self._refuse_other(session, caller, UUID(row.posting_id), draft)
        if row.outcome == "NEW":
            audit.record(session, caller, "posting.created", row.posting_id, changes={"origin": API})
        return self._postings.read(session, caller.tenant, UUID(row.posting_id))

    def _refuse_other(self, session: Session, caller: Caller, posting_id: UUID, given: Draft) -> None:
        """Refuses what neither was stored under this id nor is, since a person changed it."""
        posting = self._lock(session, caller, posting_id, "")
        columns = as_columns(check_batch(posting.platform, [given], self._clock()).rows[0])
        if any(getattr(posting, name) != columns[name] for name in columns.keys() - MET_ANEW):
            raise Conflict(
                f"posting {posting_id} has this platform_job_id and says something else; change that one, or give"
                " this one an id of its own",
                reason="POSTING_EXISTS",
                field="posting.platform_job_id",
                metadata={"posting_id": str(posting_id), "etag": posting_etag(posting_id, posting.version)},
            )

    def _lock(self, session: Session, caller: Caller, posting_id: UUID, etag: str) -> Posting:
        """The tenant's own posting, locked until the transaction ends."""
        found = session.execute(
            select(Posting.tenant_id).where(visible_to(caller.tenant), Posting.posting_id == posting_id)
        ).one_or_none()
        if found is not None and found.tenant_id is None:
            raise FailedPrecondition(
                "this posting is shared by all tenants and can't be changed; only postings of your own can",
                reason="POSTING_SHARED",
                field="posting_id",
            )
        locked = (
            select(Posting)
            .where(Posting.tenant_id == caller.tenant, Posting.posting_id == posting_id)
            .with_for_update()
        )
        posting = session.scalars(locked).one_or_none() if found is not None else None
        if posting is None:
            raise NotFound(f"posting {posting_id} not found", reason="POSTING_NOT_FOUND", field="posting_id")
        check_etag(etag, posting_etag(posting_id, posting.version))
        return posting

    def _write(self, session: Session, caller: Caller, posting: Posting, before: Draft, after: Draft) -> None:
        batch = check_batch(posting.platform, [after], self._clock(), by_mail=posting.origin == MAIL)
        for fault in batch.rejections.values():
            raise Invalid(fault.message, reason=fault.reason, field=f"posting.{fault.field}")
        columns = as_columns(batch.rows[0])
        changed = sorted(name for name, value in columns.items() if getattr(posting, name) != value)
        for name in changed:
            setattr(posting, name, columns[name])
        if "title" in changed:  # it is not named after its former role any more
            named = (PostingRole.posting_id == posting.posting_id, PostingRole.searched.is_(False))
            session.execute(delete(PostingRole).where(PostingRole.tenant_id == caller.tenant, *named))
        if changed:
            self._changed(session, caller, posting, "posting.updated", {"fields": changed})

    def _changed(
        self, session: Session, caller: Caller, posting: Posting, action: str, changes: dict[str, Any]
    ) -> None:
        posting.version += 1
        posting.update_time = self._clock()
        session.flush()
        audit.record(session, caller, action, posting.posting_id, changes=changes)
        self._own.have_read(session, caller.tenant, [posting.posting_id])

    def _state(self, posting: Posting) -> str:
        return self._expiry.state(
            end_state=posting.end_state,
            last_seen_time=posting.last_seen_time,
            posted_time=posting.posted_time,
            now=self._clock(),
        )

    def _refuse_too_old(self, posting: Posting) -> None:
        if self._state(posting) != "ACTIVE":
            raise FailedPrecondition(
                f"it was posted more than {self._expiry.age.days} days ago; set its posted_date first",
                reason="POSTING_TOO_OLD",
                field="state",
            )
