"""Takes a batch of postings: checked, deduplicated and stored as a set, answered row by row."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime
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
    dates_of,
)
from blacklight_matching.postings.own.service import OwnPostings


@dataclass(frozen=True, slots=True)
class ImportOrder:
    """A batch as it arrives.

    Attributes:
        drafts: holds a RowResult where the contract's rules rejected the row already.
        scraped_time: as of when the texts are; where it is not said, when the session began, else now. Of two texts of
            one posting the later one stays, in whichever order they arrive.
        takes_changes: whether changed texts of known postings are taken over.
    """

    batch_id: UUID
    platform: str
    role_id: UUID | None
    session_id: UUID | None
    drafts: Sequence[Draft | RowResult]
    origin: str = "FLEET"
    scraped_time: datetime | None = None
    takes_changes: bool = True

    def digest(self) -> bytes:
        """What a batch of the same id must agree on to be the same batch."""
        content = hashlib.sha256(self.platform.encode())
        for draft in self.drafts:
            content.update("\x1f".join(map(str, _VALUES[type(draft)](draft))).encode())
        return content.digest()


@dataclass(slots=True)
class _Known:
    """Ids of stored postings that rows are, by ordinal; rows that differ from them; rows that leave them."""

    ids: dict[int, UUID] = field(default_factory=dict)
    changed: set[int] = field(default_factory=set)
    gone: set[int] = field(default_factory=set)


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
                unsettled = known.changed | known.gone
                brought = self._bring(
                    session, [row for row in batch.heads if row.ordinal not in known.ids or row.ordinal in unsettled]
                )
                if batch.rows:
                    outbox.add(session, "postings.waiting", {"batch_id": str(order.batch_id)}, tenant_id=None)
                # From here on one import runs at a time; another may have stored what was not known a moment ago.
                again = f"{sql.LOCK}; {sql.LOOK_AGAIN if brought else sql.LOOK_FOR_ANSWER}"
                answer, now_known = self._look(session, again, facts)
                if answer is None:
                    now_known.ids |= {n: known.ids[n] for n in known.ids if n not in brought}
                    answer = self._store(session, batch, now_known, brought, facts)
        return self._with_kept(answer)

    def _with_kept(self, answer: list[RowResult]) -> list[RowResult]:
        """Lays the stored posting beside each row that was taken for one; after the lock, which others wait for."""
        ids = sorted({row.posting_id for row in answer if row.outcome in ("DUPLICATE", "REFRESHED", "UPDATED")})
        if not ids:
            return answer
        with self._database.platform_transaction() as session:
            found = session.execute(text(sql.KEPT), {"posting_ids": ids}).all()
        kept = {str(posting_id): KeptPosting(*values) for posting_id, *values in found}
        return [row if row.outcome == "NEW" else replace(row, kept=kept.get(row.posting_id)) for row in answer]

    def _facts(self, order: ImportOrder, now: datetime) -> dict[str, Any]:
        scraped_time = order.scraped_time or _begin_time(order.session_id) or now
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
            "aged_before": now - self._expiry.age,
            "scraped_time": min(scraped_time, now),
            "takes_changes": order.takes_changes,
        }

    def _look(self, session: Session, statement: str, facts: dict[str, Any]) -> tuple[list[RowResult] | None, _Known]:
        """The answer given to this batch before, and what is known of its rows."""
        answer, known = None, _Known()
        for ordinal, posting_id, how, request_hash, stored in session.execute(_prepared(statement), facts):
            if ordinal is not None:
                if posting_id is not None:
                    known.ids[ordinal] = posting_id
                if how in ("CHANGED", "GONE"):
                    (known.changed if how == "CHANGED" else known.gone).add(ordinal)
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
        known: _Known,
        brought: Mapping[int, UUID],
        facts: dict[str, Any],
    ) -> list[RowResult]:
        """Stores the batch and its answer, which is returned, in one go."""
        fresh = {ordinal: posting_id for ordinal, posting_id in brought.items() if ordinal not in known.ids}
        ids = {ordinal: str(posting_id) for ordinal, posting_id in (*known.ids.items(), *fresh.items())}
        answer = _answer(batch, known, ids)
        seen = {
            "overtaken": sorted(brought.keys() & known.ids.keys()),
            "changed": sorted(known.changed),
            "changed_ids": [ids[ordinal] for ordinal in sorted(known.changed)],
            "gone_job_ids": [row.platform_job_id for row in batch.heads if row.ordinal in known.gone],
            "batch_posting_ids": [ids[row.head] for row in batch.rows],
            **_sources([row for row in batch.firsts if row.ordinal not in fresh], ids),
            **dates_of([row for row in batch.rows if row.head in known.ids], ids),
            "answer": json.dumps([_flat(row) for row in answer]),
        }
        statements = [sql.LEAVE_ROLES, sql.UPDATE_CHANGED] if seen["changed"] else []
        statements += [sql.LEAVE_SOURCES] if seen["gone_job_ids"] else []
        statements += [sql.LEAVE_OVERTAKEN] if seen["overtaken"] else []
        statements += [sql.INSERT_NEW, sql.AWAIT_NEW, sql.KEEP_NEW_SOURCES] if fresh else []
        statements += [sql.KEEP_SOURCES] if seen["posting_ids"] else []
        statements += [sql.AWAIT_REVIVED, sql.TOUCH] if known.ids else []
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
        "contents": [row.content for row in rows],
    }


def _sources(rows: Sequence[Row], ids: Mapping[int, str]) -> dict[str, Any]:
    """Where these rows were met, which are stored already."""
    return {
        "posting_ids": [ids[row.head] for row in rows],
        "met_job_ids": [row.platform_job_id for row in rows],
        "urls": [row.draft.url for row in rows],
        "met_contents": [row.content for row in rows],
    }


def _begin_time(session_id: UUID | None) -> datetime | None:
    """When the session was begun, as its id says (UUIDv7, RFC 9562)."""
    if session_id is None or session_id.version != 7:
        return None
    return datetime.fromtimestamp((session_id.int >> 80) / 1000, UTC)


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
        row.content,
    )


def _answer(batch: Batch, known: _Known, ids: Mapping[int, str]) -> list[RowResult]:
    answer = dict(batch.rejections)
    for row in batch.rows:
        outcome = "NEW" if row.ordinal not in known.ids else "UPDATED" if row.ordinal in known.changed else "REFRESHED"
        answer[row.ordinal] = RowResult(outcome if row.is_head else "DUPLICATE", ids[row.head])
    return [answer[ordinal] for ordinal in sorted(answer)]
