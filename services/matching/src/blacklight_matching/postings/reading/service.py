"""Reads the postings that wait, page by page, and keeps the queue they wait in."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import fields
from operator import attrgetter
from uuid import UUID

from blacklight_servicekit import bulk, logs
from blacklight_servicekit.clock import Clock
from blacklight_servicekit.database import Database
from sqlalchemy import text
from sqlalchemy.orm import Session

from blacklight_matching.halfvec import to_literal
from blacklight_matching.postings.reading import sql
from blacklight_matching.postings.reading.read import RawPosting, Reading, StoredFields, read_posting, reading_engine
from blacklight_matching.roles.service import Roles
from blacklight_matching.vectors import embed_texts

log = logs.get(__name__)

MOST_READ = 2_000
_stored = attrgetter(*(each.name for each in fields(StoredFields)))


class PostingReader:
    """Reads postings as the platform; a posting is eligible for matching once its reading is committed."""

    def __init__(self, database: Database, clock: Clock, roles: Roles) -> None:
        self._database = database
        self._clock = clock
        self._roles = roles

    def read_waiting(self, page: int) -> int:
        """Reads up to `page` waiting postings in one transaction; returns how many it took.

        Only what has changed is read again; a posting that can't be read is set aside with the reason and
        stops no other.
        """
        with self._database.platform_transaction() as session:
            rows = session.execute(text(sql.TAKE_WAITING), {"page": page}).all()
            if not rows:
                return 0
            raws: list[RawPosting] = []
            unchanged: list[RawPosting] = []
            for row in rows:
                raw = RawPosting(*row[:10])
                same = row.source_hash is not None and bytes(row.source_hash) == raw.source_hash
                (unchanged if same else raws).append(raw)
            readings = self._readings(session, raws)
            self._keep(session, readings)
            ids = [raw.posting_id for raw in unchanged] + [reading.posting_id for reading in readings]
            session.execute(text(sql.ADVANCE), {"ids": ids})
            self._roles.link_postings_by_title(session, [(reading.posting_id, reading.title) for reading in readings])
            return len(rows)

    def last_ticket(self) -> int:
        """The highest ticket of the postings that wait to be read; 0 when none does."""
        with self._database.platform_transaction() as session:
            return int(session.execute(text(sql.LAST_TICKET)).scalar_one())

    def find_read(self) -> dict[UUID, int]:
        """Postings that are read and not yet matched, with their tickets; at most 2,000, the first first."""
        with self._database.platform_transaction() as session:
            rows = session.execute(text(sql.FIND_READ), {"page": MOST_READ})
            return {row.posting_id: row.ticket for row in rows}

    def settle(self, tickets: Mapping[UUID, int]) -> None:
        """Takes matched postings from the queue; one that came again since keeps its place."""
        with self._database.platform_transaction() as session:
            facts = {"postings": list(map(str, tickets)), "tickets": list(tickets.values())}
            session.execute(text(sql.SETTLE), facts)

    def _readings(self, session: Session, raws: Sequence[RawPosting]) -> list[Reading]:
        readings = []
        for raw in raws:
            try:
                readings.append(read_posting(raw))
            except (ArithmeticError, LookupError, RecursionError, TypeError, ValueError) as error:
                fault = type(error).__name__
                log.error("posting.unreadable", posting_id=str(raw.posting_id), error=fault)
                session.execute(text(sql.SET_ASIDE), {"posting_id": raw.posting_id, "fault": fault})
        return readings

    def _keep(self, session: Session, readings: Sequence[Reading]) -> None:
        if not readings:
            return
        vectors = embed_texts([reading.text for reading in readings], "posting")
        bulk.copy_rows(
            session,
            "readings",
            sql.READINGS,
            [
                (
                    reading.posting_id,
                    reading.description,
                    reading.remote,
                    reading.min_years,
                    reading.max_years,
                    json.dumps(reading.skills),
                    reading.skill_keys,
                    json.dumps(reading.evidence),
                    to_literal(vector),
                    reading.source_hash,
                    reading.content_hash,
                    *_stored(reading.fields),
                )
                for reading, vector in zip(readings, vectors, strict=True)
            ],
        )
        session.execute(text(sql.KEEP_READINGS), {"now": self._clock(), "engine": reading_engine()})
