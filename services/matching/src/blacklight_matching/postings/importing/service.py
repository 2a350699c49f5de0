"""Takes a batch of postings: checked, deduplicated and stored as a set, answered row by row."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
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
from blacklight_matching.postings.importing.drafts import (
    SAME_CONTENT_WINDOW,
    Batch,
    Draft,
    KeptPosting,
    Row,
    RowResult,
    check_batch,
)
from blacklight_matching.postings.own.service import OwnPostings


@dataclass(frozen=True, slots=True)
class ImportOrder:
    """A batch as it arrives; `drafts` holds a RowResult where the contract's rules rejected the row already."""

    batch_id: UUID
    platform: str
    role_id: UUID | None
    session_id: UUID | None
    drafts: Sequence[Draft | RowResult]
    origin: str = "FLEET"

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
        self._own = OwnPostings(database, clock, expiry)

    def import_own(
        self,
        session: Session,
        tenant_id: UUID,
        rows: Sequence[Draft | RowResult],
        *,
        platform: str,
        origin: str,
        role_id: UUID | None = None,
    ) -> list[RowResult]:
        """Part: takes in postings of one tenant's own, as `OwnPostings.take` says."""
        return self._own.take(session, tenant_id, rows, platform=platform, origin=origin, role_id=role_id)

    def import_batch(self, caller: Caller, order: ImportOrder) -> list[RowResult]:
        """Stores the batch and answers each row, in order; the same batch again gets the same answer.

        Raises Conflict (BATCH_ID_REUSED) when another batch had this id.
        """
        now = self._clock()
        batch = check_batch(order.platform, order.drafts, now)
        facts = self._facts(order, now)
        with self._database.platform_transaction() as session:
            answer, known = self._look(session, sql.LOOK, facts | _keys(batch.heads))
            if answer is None:
                brought = self._bring(session, [row for row in batch.heads if row.ordinal not in known])
                if batch.rows:
                    outbox.add(session, "postings.waiting", {"batch_id": str(order.batch_id)}, tenant_id=None)
                # From here on one import runs at a time; another may have stored what was not known a moment ago.
                again = f"{sql.LOCK}; {sql.LOOK_AGAIN if brought else sql.LOOK_FOR_ANSWER}"
                answer, overtaken = self._look(session, again, facts)
                if answer is None:
                    answer = self._store(session, batch, known | overtaken, brought, facts)
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
            "origin": order.origin,
            "now": now,
            "batch_id": order.batch_id,
            "request_hash": order.digest(),
            "session_id": order.session_id,
            "role_id": order.role_id,
            "since": now - SAME_CONTENT_WINDOW,
            "expired_before": now - self._expiry.unseen,
        }

    def _look(
        self, session: Session, statement: str, facts: dict[str, Any]
    ) -> tuple[list[RowResult] | None, dict[int, UUID]]:
        """The answer given to this batch before, and ids of stored postings that the rows equal, by ordinal."""
        answer, known = None, {}
        for ordinal, posting_id, request_hash, stored in session.execute(_prepared(statement), facts):
            if ordinal is not None:
                known[ordinal] = posting_id
            elif bytes(request_hash) == facts["request_hash"]:
                answer = [RowResult(*row) for row in stored]
            else:
                raise Conflict(
                    "another batch was imported under this batch_id; give each batch an id of its own",
                    reason="BATCH_ID_REUSED",
                    field="batch_id",
                )
        return answer, known

    def _bring(self, session: Session, rows: Sequence[Row]) -> dict[int, UUID]:
        """Brings the rows to the server under new ids; returns the ids by ordinal."""
        ids = {row.ordinal: new_id() for row in rows}
        if rows:
            columns = [_columns(row, ids[row.ordinal]) for row in rows]
            bulk.copy_rows(session, "batch_new", sql.NEW, columns, analyze=False, lasting=True)
        return ids

    def _store(
        self,
        session: Session,
        batch: Batch,
        known: Mapping[int, UUID],
        brought: Mapping[int, UUID],
        facts: dict[str, Any],
    ) -> list[RowResult]:
        """Stores the batch and its answer, which is returned, in one go."""
        fresh = {ordinal: posting_id for ordinal, posting_id in brought.items() if ordinal not in known}
        ids = {ordinal: str(posting_id) for ordinal, posting_id in (*known.items(), *fresh.items())}
        met = [row for row in batch.rows if row.ordinal not in fresh]
        answer = _answer(batch, known, ids)
        seen = {
            "overtaken": sorted(brought.keys() & known.keys()),
            "known_ids": [ids[ordinal] for ordinal in known],
            "batch_posting_ids": [ids[row.head] for row in batch.rows],
            "posting_ids": [ids[row.head] for row in met],
            "job_ids": [row.platform_job_id for row in met],
            "urls": [row.draft.url for row in met],
            "answer": json.dumps([_flat(row) for row in answer]),
        }
        statements = [sql.LEAVE_OVERTAKEN] if seen["overtaken"] else []
        statements += [sql.INSERT_NEW, sql.AWAIT_NEW, sql.KEEP_NEW_SOURCES] if fresh else []
        statements += [sql.KEEP_SOURCES] if met else []
        statements += [sql.AWAIT_REVIVED, sql.TOUCH] if known else []
        statements += [sql.LINK_ROLE] if facts["role_id"] is not None else []
        session.execute(_prepared("; ".join([*statements, sql.KEEP_ANSWER])), facts | seen)
        return answer


_VALUES = {
    kind: attrgetter(*(each.name for each in fields(kind) if each.name != "kept")) for kind in (Draft, RowResult)
}


def _keys(rows: Sequence[Row]) -> dict[str, Any]:
    return {
        "ordinals": [row.ordinal for row in rows],
        "job_ids": [row.platform_job_id for row in rows],
    }


def _flat(row: RowResult) -> list[str]:
    """A row of an answer as it is stored: its values in order, up to the last that says something."""
    values = [row.outcome, row.posting_id, row.reason, row.field, row.message]
    while not values[-1]:
        values.pop()
    return values


def _columns(row: Row, posting_id: UUID) -> tuple[Any, ...]:
    draft = row.draft
    return (
        row.ordinal,
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


def _answer(batch: Batch, known: Mapping[int, UUID], ids: Mapping[int, str]) -> list[RowResult]:
    answer = dict(batch.rejections)
    for row in batch.rows:
        outcome = "DUPLICATE" if not row.is_head else "REFRESHED" if row.ordinal in known else "NEW"
        answer[row.ordinal] = RowResult(outcome, ids[row.head])
    return [answer[ordinal] for ordinal in sorted(answer)]
