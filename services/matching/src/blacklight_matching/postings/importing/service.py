"""Takes a batch of postings: checked, deduplicated and stored as a set, answered row by row."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from functools import cache
from operator import attrgetter
from typing import Any
from uuid import UUID

from blacklight_servicekit import bulk, outbox
from blacklight_servicekit.caller import Caller
from blacklight_servicekit.clock import Clock
from blacklight_servicekit.database import Database
from blacklight_servicekit.errors import Conflict
from blacklight_servicekit.ids import new_id
from sqlalchemy import text
from sqlalchemy.orm import Session

from blacklight_matching.postings.expiry import ExpiryRule
from blacklight_matching.postings.importing import sql
from blacklight_matching.postings.importing.drafts import Batch, Draft, KeptPosting, Row, RowResult, check_batch

SAME_CONTENT_WINDOW = timedelta(days=30)
"""Equal content met again within it is the same opening; later it is a repost (spec decision D-8)."""


@dataclass(frozen=True, slots=True)
class ImportOrder:
    """A batch as it arrives; `drafts` holds a RowResult where the contract's rules rejected the row already."""

    batch_id: UUID
    platform: str
    role_id: UUID | None
    session_id: UUID | None
    drafts: Sequence[Draft | RowResult]

    def digest(self) -> bytes:
        """What a batch of the same id must agree on to be the same batch."""
        content = hashlib.sha256(self.platform.encode())
        for draft in self.drafts:
            content.update("\x1f".join(map(str, _VALUES[type(draft)](draft))).encode())
        return content.digest()


_prepared = cache(text)
"""Statements are taken apart once."""


class PostingImport:
    """Imports batches of shared postings, as the platform."""

    def __init__(self, database: Database, clock: Clock, expiry: ExpiryRule) -> None:
        self._database = database
        self._clock = clock
        self._expiry = expiry

    def import_batch(self, caller: Caller, order: ImportOrder) -> list[RowResult]:
        """Stores the batch and answers each row, in order; the same batch again gets the same answer.

        Raises Conflict (BATCH_ID_REUSED) when another batch had this id.
        """
        now = self._clock()
        batch = check_batch(order.platform, order.drafts, now)
        digest = order.digest()
        facts = self._facts(order, now)
        with self._database.platform_transaction() as session:
            known = self._find_known(session, batch.heads, facts)
            brought = self._bring(session, [row for row in batch.heads if row.ordinal not in known])
            session.execute(_prepared(sql.LOCK))
            answer = self._find_answer(session, order.batch_id, digest)
            if answer is None:
                # Another batch may have stored what was not known a moment ago.
                known |= self._find_known(session, [row for row in batch.heads if row.ordinal in brought], facts)
                fresh = {ordinal: posting_id for ordinal, posting_id in brought.items() if ordinal not in known}
                self._store(session, batch, known, fresh, facts)
                answer = _answer(batch, known, fresh)
                self._keep_answer(session, order, digest, answer, now)
        return self._with_kept(answer)

    def _with_kept(self, answer: list[RowResult]) -> list[RowResult]:
        """Lays the stored posting beside each row that was taken for one; after the lock, which others wait for."""
        ids = sorted({row.posting_id for row in answer if row.outcome in ("DUPLICATE", "REFRESHED")})
        if not ids:
            return answer
        with self._database.platform_transaction() as session:
            found = session.execute(text(sql.KEPT), {"posting_ids": ids}).all()
        kept = {str(posting_id): KeptPosting(*values) for posting_id, *values in found}
        return [row if row.outcome == "NEW" else replace(row, kept=kept.get(row.posting_id)) for row in answer]

    def _facts(self, order: ImportOrder, now: datetime) -> dict[str, Any]:
        return {
            "platform": order.platform,
            "now": now,
            "batch_id": order.batch_id,
            "session_id": order.session_id,
            "role_id": order.role_id,
            "since": now - SAME_CONTENT_WINDOW,
            "expired_before": now - self._expiry.unseen,
        }

    def _find_answer(self, session: Session, batch_id: UUID, digest: bytes) -> list[RowResult] | None:
        found = session.execute(_prepared(sql.FIND_ANSWER), {"batch_id": batch_id}).one_or_none()
        if found is None:
            return None
        if bytes(found.request_hash) != digest:
            raise Conflict(
                "another batch was imported under this batch_id; give each batch an id of its own",
                reason="BATCH_ID_REUSED",
                field="batch_id",
            )
        return [RowResult(**row) for row in found.answer]

    def _keep_answer(
        self, session: Session, order: ImportOrder, digest: bytes, answer: list[RowResult], now: datetime
    ) -> None:
        session.execute(
            text(sql.KEEP_ANSWER),
            {
                "batch_id": order.batch_id,
                "platform": order.platform,
                "request_hash": digest,
                "answer": json.dumps([_flat(row) for row in answer]),
                "now": now,
            },
        )

    def _find_known(self, session: Session, rows: Sequence[Row], facts: dict[str, Any]) -> dict[int, UUID]:
        """Ids of the stored postings that these rows equal, by ordinal."""
        if not rows:
            return {}
        keys = {
            "ordinals": [row.ordinal for row in rows],
            "job_ids": [row.platform_job_id for row in rows],
            "fingerprints": [row.fingerprint for row in rows],
        }
        return {row.ordinal: row.posting_id for row in session.execute(_prepared(sql.FIND_KNOWN), facts | keys)}

    def _bring(self, session: Session, rows: Sequence[Row]) -> dict[int, UUID]:
        """Brings the rows to the server under new ids; returns the ids by ordinal."""
        ids = {row.ordinal: new_id() for row in rows}
        if rows:
            columns = [_columns(row, ids[row.ordinal]) for row in rows]
            bulk.copy_rows(session, "batch_new", sql.NEW, columns, analyze=False)
        return ids

    def _store(
        self,
        session: Session,
        batch: Batch,
        known: Mapping[int, UUID],
        fresh: Mapping[int, UUID],
        facts: dict[str, Any],
    ) -> None:
        if not batch.rows:
            return
        ids = {ordinal: str(posting_id) for ordinal, posting_id in (*known.items(), *fresh.items())}
        seen = {
            "new_ids": [ids[ordinal] for ordinal in fresh],
            "known_ids": [ids[ordinal] for ordinal in known],
            "posting_ids": [ids[row.head] for row in batch.rows],
            "job_ids": [row.platform_job_id for row in batch.rows],
            "urls": [row.draft.url for row in batch.rows],
        }
        statements = [sql.INSERT_NEW, sql.AWAIT_NEW] if fresh else []
        statements += [sql.KEEP_SOURCES, sql.AWAIT_REVIVED, sql.TOUCH] if known else [sql.KEEP_SOURCES]
        statements += [sql.LINK_ROLE] if facts["role_id"] is not None else []
        for statement in statements:
            session.execute(_prepared(statement), facts | seen)
        outbox.add(session, "postings.waiting", {"batch_id": str(facts["batch_id"])}, tenant_id=None)


_VALUES = {
    kind: attrgetter(*(each.name for each in fields(kind) if each.name != "kept")) for kind in (Draft, RowResult)
}


def _flat(row: RowResult) -> dict[str, Any]:
    """`asdict` of a row of plain values, without its copies."""
    return {name: getattr(row, name) for name in row.__dataclass_fields__}


def _columns(row: Row, posting_id: UUID) -> tuple[Any, ...]:
    draft = row.draft
    return (
        posting_id,
        row.platform_job_id,
        draft.title,
        draft.company,
        draft.location,
        draft.description,
        draft.url,
        draft.salary_min,
        draft.salary_max,
        draft.salary_currency,
        draft.job_type,
        draft.experience_level,
        draft.remote,
        row.fingerprint,
        row.posted_time,
    )


def _answer(batch: Batch, known: Mapping[int, UUID], fresh: Mapping[int, UUID]) -> list[RowResult]:
    answer = dict(batch.rejections)
    for row in batch.rows:
        if not row.is_head:
            answer[row.ordinal] = RowResult("DUPLICATE", str(known.get(row.head) or fresh[row.head]))
        elif row.ordinal in known:
            answer[row.ordinal] = RowResult("REFRESHED", str(known[row.ordinal]))
        else:
            answer[row.ordinal] = RowResult("NEW", str(fresh[row.ordinal]))
    return [answer[ordinal] for ordinal in sorted(answer)]
