"""Takes in postings of one tenant's own, by whichever way they come, and has them read."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from blacklight_servicekit import outbox
from blacklight_servicekit.caller import Caller
from blacklight_servicekit.clock import Clock
from blacklight_servicekit.database import Database
from blacklight_servicekit.ids import new_id
from sqlalchemy import insert, select, text
from sqlalchemy.orm import Session

from blacklight_matching.postings.expiry import ExpiryRule
from blacklight_matching.postings.importing.drafts import (
    SAME_CONTENT_WINDOW,
    Batch,
    Draft,
    KeptPosting,
    Row,
    RowResult,
    check_batch,
    dates_of,
)
from blacklight_matching.postings.models import Posting
from blacklight_matching.postings.own import sql

IDS_AN_EVENT = 200


class OwnPostings:
    """Stores a tenant's own postings inside the caller's transaction, and queues them as the platform."""

    def __init__(self, database: Database, clock: Clock, expiry: ExpiryRule) -> None:
        self._database = database
        self._clock = clock
        self._expiry = expiry

    def take(
        self,
        session: Session,
        tenant_id: UUID,
        rows: Sequence[Draft | RowResult],
        *,
        platform: str,
        origin: str,
        role_id: UUID | None = None,
    ) -> list[RowResult]:
        """Part: stores what is new to the tenant and answers each row, in order.

        REFRESHED is a posting of its own met again, DIFFERS one of the same id that said something else when it was
        stored; DUPLICATE a shared one of the same board and id or of the same content (nothing is stored), or an
        earlier row of this batch. `origin` is MAIL or API.
        """
        now = self._clock()
        batch = check_batch(platform, rows, now, by_mail=origin == "MAIL")
        facts: dict[str, Any] = {
            "tenant_id": tenant_id,
            "platform": platform,
            "now": now,
            "since": now - SAME_CONTENT_WINDOW,
            "expired_before": now - self._expiry.unseen,
            "aged_before": now - self._expiry.age,
            "role_id": role_id,
        }
        session.execute(text(sql.LOCK), {"tenant_id": str(tenant_id)})
        known, shared, differing = self._find_known(session, batch.heads, facts)
        fresh = {row.ordinal: new_id() for row in batch.heads if row.ordinal not in known | shared}
        self._add(session, [row for row in batch.heads if row.ordinal in fresh], fresh, facts, origin)
        self._refresh(session, batch, known, fresh, facts)
        return self._answer(session, batch, {**known, **shared, **fresh}, fresh, shared, differing)

    def have_read(self, session: Session, tenant_id: UUID, posting_ids: Sequence[UUID]) -> None:
        """Part: has postings of the tenant's own read and matched (again) once this transaction is committed."""
        ids = sorted(map(str, posting_ids))
        pages = [ids[start : start + IDS_AN_EVENT] for start in range(0, len(ids), IDS_AN_EVENT)]
        outbox.add_all(session, "postings.waiting", [{"posting_ids": page} for page in pages], tenant_id=tenant_id)

    def queue(self, caller: Caller, posting_ids: Sequence[UUID]) -> None:
        """Puts postings into the queue of reading; those that are gone meanwhile are passed over. Repeatable."""
        with self._database.platform_transaction() as session:
            session.execute(text(sql.QUEUE), {"posting_ids": [str(each) for each in posting_ids]})

    def _find_known(
        self, session: Session, heads: Sequence[Row], facts: Mapping[str, Any]
    ) -> tuple[dict[int, UUID], dict[int, UUID], set[int]]:
        """By ordinal: the tenant's own postings that rows are, and the shared ones; and which rows say other things."""
        if not heads:
            return {}, {}, set()
        keys = {
            "ordinals": [row.ordinal for row in heads],
            "job_ids": [row.platform_job_id for row in heads],
            "fingerprints": [row.fingerprint for row in heads],
            "contents": [row.content for row in heads],
        }
        found = session.execute(text(sql.FIND_KNOWN), {**facts, **keys}).all()
        own = {row.ordinal: row.posting_id for row in found if not row.is_shared}
        shared = {row.ordinal: row.posting_id for row in found if row.is_shared}
        return own, shared, {row.ordinal for row in found if row.differs}

    def _add(
        self,
        session: Session,
        rows: Sequence[Row],
        ids: Mapping[int, UUID],
        facts: Mapping[str, Any],
        origin: str,
    ) -> None:
        if rows:
            session.execute(insert(Posting), [_values(row, ids[row.ordinal], facts, origin) for row in rows])

    def _refresh(
        self,
        session: Session,
        batch: Batch,
        known: Mapping[int, UUID],
        fresh: Mapping[int, UUID],
        facts: Mapping[str, Any],
    ) -> None:
        """Sources, dates and role of what is the tenant's own; what is new or had expired is read."""
        ids = {ordinal: str(posting_id) for ordinal, posting_id in {**known, **fresh}.items()}
        rows = [row for row in batch.firsts if row.head in ids]
        if not rows:
            return
        seen = {
            **facts,
            **dates_of([row for row in batch.rows if row.head in known], ids),
            "posting_ids": [ids[row.head] for row in rows],
            "job_ids": [row.platform_job_id for row in rows],
            "urls": [row.draft.url for row in rows],
            "contents": [row.content for row in rows],
        }
        revived = session.scalars(text(sql.FIND_REVIVED), seen).all()
        for statement in (sql.KEEP_SOURCES, sql.TOUCH, *([sql.LINK_ROLE] if facts["role_id"] else [])):
            session.execute(text(statement), seen)
        self.have_read(session, facts["tenant_id"], [*fresh.values(), *revived])

    def _answer(
        self,
        session: Session,
        batch: Batch,
        ids: Mapping[int, UUID],
        fresh: Collection[int],
        shared: Collection[int],
        differing: Collection[int],
    ) -> list[RowResult]:
        kept = self._kept(session, sorted({str(ids[row.head]) for row in batch.rows if row.ordinal not in fresh}))
        answer = dict(batch.rejections)
        for row in batch.rows:
            posting_id = str(ids[row.head])
            if row.ordinal in fresh:
                answer[row.ordinal] = RowResult("NEW", posting_id)
                continue
            outcome = "DIFFERS" if row.ordinal in differing else "REFRESHED"
            outcome = "DUPLICATE" if not row.is_head or row.ordinal in shared else outcome
            answer[row.ordinal] = RowResult(outcome, posting_id, kept=kept.get(posting_id))
        return [answer[ordinal] for ordinal in sorted(answer)]

    def _kept(self, session: Session, posting_ids: Sequence[str]) -> dict[str, KeptPosting]:
        if not posting_ids:
            return {}
        rows = session.execute(
            select(
                Posting.posting_id,
                Posting.platform,
                Posting.platform_job_id,
                Posting.title,
                Posting.company,
                Posting.location,
                Posting.url,
            ).where(Posting.posting_id.in_(posting_ids))
        )
        return {str(posting_id): KeptPosting(*values) for posting_id, *values in rows}


def _values(row: Row, posting_id: UUID, facts: Mapping[str, Any], origin: str) -> dict[str, Any]:
    draft = row.draft
    return {
        "posting_id": posting_id,
        "tenant_id": facts["tenant_id"],
        "platform": facts["platform"],
        "platform_job_id": row.platform_job_id,
        "title": draft.title,
        "company": draft.company,
        "location": draft.location,
        "description": draft.description,
        "url": draft.url,
        "salary_min": draft.salary_min,
        "salary_max": draft.salary_max,
        "salary_currency": draft.salary_currency,
        "job_type": draft.job_type,
        "experience_level": draft.experience_level,
        "board_remote": draft.remote,
        "fingerprint": row.fingerprint,
        "posted_time": row.posted_time,
        "create_time": facts["now"],
        "last_seen_time": facts["now"],
        "origin": origin,
        "update_time": facts["now"],
    }
