"""Postings as one tenant sees them, one by one, and the parts that other features need of them.

Two predicates rule here and nowhere else: `visible_to` (pain P-05) and `is_open` (decision D-6, pain P-68).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import numpy as np
from blacklight_servicekit.caller import Caller
from blacklight_servicekit.clock import Clock
from blacklight_servicekit.database import Database
from blacklight_servicekit.errors import NotFound
from sqlalchemy import (
    ColumnElement,
    DateTime,
    LargeBinary,
    Row,
    Select,
    Uuid,
    and_,
    cast,
    func,
    literal_column,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import JSON, JSONB, aggregate_order_by
from sqlalchemy.orm import Session

from blacklight_matching.blocks import PostingBlock, PostingTable
from blacklight_matching.halfvec import SENT_BYTES, from_packed, from_sent
from blacklight_matching.postings.expiry import ExpiryRule
from blacklight_matching.postings.models import Posting, PostingReading, PostingRole, PostingSource
from blacklight_matching.postings.view import (
    Headline,
    PostingFieldsView,
    PostingGrounds,
    PostingSnapshot,
    PostingView,
    SourceView,
    posting_etag,
)
from blacklight_matching.scoring import SAYS_NOTHING, PostingSide
from blacklight_matching.work import work_offered

SHARED: ColumnElement[bool] = Posting.tenant_id.is_(None)
"""Everybody's postings."""

_READ = tuple(getattr(PostingReading, name) for name in PostingFieldsView.__dataclass_fields__)
_SHOWN = (
    Posting.posting_id,
    Posting.tenant_id,
    Posting.platform,
    Posting.platform_job_id,
    Posting.title,
    Posting.company,
    Posting.location,
    Posting.url,
    Posting.board_remote,
    Posting.posted_time,
    Posting.create_time,
    Posting.last_seen_time,
    Posting.origin,
    Posting.end_state,
    Posting.version,
    func.coalesce(PostingReading.description, Posting.description).label("text"),
    PostingReading.remote,
    PostingReading.min_years,
    PostingReading.max_years,
    PostingReading.skills,
    *_READ,
)


def own(tenant_id: UUID) -> ColumnElement[bool]:
    """A tenant's own postings."""
    return Posting.tenant_id == tenant_id


_HEADLINE = (
    Posting.posting_id,
    Posting.title,
    Posting.company,
    Posting.location,
    Posting.platform,
    Posting.origin,
    Posting.posted_time,
    PostingReading.skills,
    PostingReading.content_hash,
)

# What a posting offers, for the hard filters; null where it says nothing, as most do.
_WORK: ColumnElement[Any] = literal_column(
    "CASE WHEN posting_readings.work_authorizations <> '{}' OR posting_readings.sponsorship <> ''"
    " OR posting_readings.clearance <> '' OR posting_readings.workplace <> ''"
    " OR posting_readings.contract_types <> '{}' OR posting_readings.pay_max IS NOT NULL THEN jsonb_build_object("
    "'work_authorizations', posting_readings.work_authorizations, 'sponsorship', posting_readings.sponsorship,"
    " 'clearance', posting_readings.clearance, 'places', posting_readings.places,"
    " 'workplace', posting_readings.workplace, 'contract_types', posting_readings.contract_types,"
    " 'pay_max', posting_readings.pay_max, 'pay_currency', posting_readings.pay_currency,"
    " 'pay_period', posting_readings.pay_period) END",
    JSONB,
).label("work")

_FIXED = np.dtype([("id", "u1", 16), ("hash", "u1", 16), ("years", ">f8", 2), ("vector", "u1", SENT_BYTES)])
"""What is of one length of each posting, as `_table` asks for it."""


def visible_to(tenant_id: UUID) -> ColumnElement[bool]:
    """Postings that a tenant may see: everybody's, and its own."""
    return or_(SHARED, own(tenant_id))


class Postings:
    """Reads postings, and the parts that matching builds on."""

    def __init__(self, database: Database, clock: Clock, expiry: ExpiryRule) -> None:
        self._database = database
        self._clock = clock
        self._expiry = expiry

    def get_posting(self, caller: Caller, posting_id: UUID) -> PostingView:
        """Reads one posting with every place it was seen. Raises NotFound."""
        with self._database.transaction(caller.tenant) as session:
            return self.read(session, caller.tenant, posting_id)

    def read(self, session: Session, tenant_id: UUID, posting_id: UUID) -> PostingView:
        """Part: one posting with every place it was seen. Raises NotFound."""
        views = self.read_all(session, tenant_id, [posting_id], with_sources=True)
        if not views:
            raise NotFound(f"posting {posting_id} not found", reason="POSTING_NOT_FOUND", field="posting_id")
        return views[0]

    def read_all(
        self, session: Session, tenant_id: UUID, posting_ids: Sequence[UUID], *, with_sources: bool = False
    ) -> list[PostingView]:
        """Part: those of these postings that the tenant may see, in the order given."""
        rows = session.execute(_select_shown().where(visible_to(tenant_id), Posting.posting_id.in_(posting_ids))).all()
        sources = self._sources(session, posting_ids) if with_sources else {}
        views = {row.posting_id: self._view(row, sources.get(row.posting_id, ())) for row in rows}
        return [views[posting_id] for posting_id in posting_ids if posting_id in views]

    def snapshot(self, session: Session, tenant_id: UUID, posting_id: UUID) -> PostingSnapshot | None:
        """Part: what somebody who cites a posting keeps of it; None when it is not visible."""
        row = session.execute(
            select(
                Posting.posting_id,
                Posting.platform,
                Posting.title,
                Posting.company,
                Posting.location,
                func.coalesce(PostingReading.description, Posting.description),
                Posting.url,
            )
            .outerjoin(PostingReading, PostingReading.posting_id == Posting.posting_id)
            .where(visible_to(tenant_id), Posting.posting_id == posting_id)
        ).one_or_none()
        return None if row is None else PostingSnapshot(*row)

    def is_open(self, now: datetime) -> ColumnElement[bool]:
        """Part: postings that take part in matching at `now`; the same rule as `ExpiryRule.state`."""
        return and_(
            Posting.end_state == "",
            Posting.last_seen_time >= now - self._expiry.unseen,
            or_(Posting.posted_time.is_(None), Posting.posted_time >= now - self._expiry.age),
        )

    def is_expired(self, now: datetime) -> ColumnElement[bool]:
        """Part: postings that nobody ended and that are not open at `now`, in the words of `last_sign`'s index."""
        return and_(Posting.end_state == "", self.last_sign() < now - self._expiry.unseen)

    def last_sign(self) -> ColumnElement[datetime]:
        """Part: the time from which `unseen` counts: when a posting was last seen, or less where its date is old.

        The index over it is for the rule's own days: where a deployment lays down others, expired postings are found
        by walking.
        """
        seen, posted = (f"timezone('UTC'::text, postings.{name})" for name in ("last_seen_time", "posted_time"))
        longer = f"{posted} + '{self._expiry.grace_days} days'::interval"
        return literal_column(f"timezone('UTC'::text, LEAST({seen}, {longer}))", DateTime(timezone=True))

    def select_open(self, tenant_id: UUID) -> Select[UUID]:
        """Part: ids of the open postings that the tenant may see, as a statement to build on."""
        return select(Posting.posting_id).where(visible_to(tenant_id), self.is_open(self._clock()))

    def block(
        self, session: Session, tenant_id: UUID, posting_ids: Sequence[UUID], *, all_states: bool = False
    ) -> PostingBlock:
        """Part: of these postings, those that take part in matching, ready to be scored, by id.

        `all_states` takes in the expired ones, whose kept matches must stay true.
        """
        statement = _select_sides().where(visible_to(tenant_id), Posting.posting_id.in_(posting_ids))
        if not all_states:
            statement = statement.where(self.is_open(self._clock()))
        return _block(session.execute(statement.order_by(Posting.posting_id)).all())

    def hashes(self, session: Session, tenant_id: UUID, posting_ids: bytes) -> dict[bytes, bytes]:
        """Part: the content hashes of those of these postings that take part in matching, by id; 16 bytes each.

        Many are asked for while others wait, so ids and answers go as one value each.
        """
        asked = func.string_to_table(posting_ids.hex(",", 16), ",").table_valued("posting_id").render_derived()
        pair = func.uuid_send(Posting.posting_id).op("||", return_type=LargeBinary)(PostingReading.content_hash)
        statement = (
            select(func.string_agg(pair, b""))
            .select_from(Posting)
            .join(PostingReading, PostingReading.posting_id == Posting.posting_id)
            .where(
                visible_to(tenant_id),
                self.is_open(self._clock()),
                Posting.posting_id.in_(select(cast(asked.c.posting_id, Uuid))),
            )
        )
        found = bytes(session.scalar(statement) or b"")
        return {found[place : place + 16]: found[place + 16 : place + 32] for place in range(0, len(found), 32)}

    def blocks(self, session: Session, tenant_id: UUID, size: int) -> Iterator[PostingTable]:
        """Part: every posting that takes part in matching for the tenant, in blocks of at most `size`, by id."""
        sides = _select_sides().where(visible_to(tenant_id), self.is_open(self._clock()))
        sides = sides.order_by(Posting.posting_id).limit(size)
        table = _table(session, sides)
        while len(table):
            yield table
            after = UUID(bytes=table.ids[-1].tobytes())
            if len(table) < size:
                return
            table = _table(session, sides.where(Posting.posting_id > after))

    def select_facets(self, tenant_id: UUID) -> Select[UUID, str, str, datetime]:
        """Part: what lists of matches are narrowed and ordered by, of each posting the tenant may see."""
        posted = func.coalesce(Posting.posted_time, Posting.create_time).label("posted")
        return select(Posting.posting_id, Posting.platform, Posting.origin, posted).where(visible_to(tenant_id))

    def is_known(self, session: Session, tenant_id: UUID, posting_id: UUID) -> bool:
        """Part: whether there is such a posting that the tenant may see, read or not."""
        facets = self.select_facets(tenant_id).where(Posting.posting_id == posting_id)
        return session.execute(facets).first() is not None

    def headlines(self, session: Session, tenant_id: UUID, ids: Iterable[UUID]) -> dict[UUID, Headline]:
        """Part: what matches show of their postings."""
        statement = select(*_HEADLINE).join(PostingReading, PostingReading.posting_id == Posting.posting_id)
        rows = session.execute(statement.where(visible_to(tenant_id), Posting.posting_id.in_(set(ids))))
        return {row.posting_id: _headline(row) for row in rows}

    def find_grounds(self, session: Session, tenant_id: UUID, posting_id: UUID) -> PostingGrounds | None:
        """Part: what an explanation needs of a posting; None when it is not read or not visible."""
        row = session.execute(
            select(*_HEADLINE, PostingReading.evidence, PostingReading.min_years, PostingReading.max_years)
            .join(PostingReading, PostingReading.posting_id == Posting.posting_id)
            .where(visible_to(tenant_id), Posting.posting_id == posting_id)
        ).one_or_none()
        if row is None:
            return None
        shown = _headline(row)
        return PostingGrounds(row.skills, row.evidence, row.min_years, row.max_years, shown.content_hash, shown)

    def _sources(self, session: Session, posting_ids: Sequence[UUID]) -> dict[UUID, list[SourceView]]:
        rows = session.execute(
            select(
                PostingSource.posting_id,
                PostingSource.platform,
                PostingSource.platform_job_id,
                PostingSource.url,
                PostingSource.last_seen_time,
            )
            .where(PostingSource.posting_id.in_(posting_ids))
            .order_by(PostingSource.source_id)
        )
        found: dict[UUID, list[SourceView]] = {}
        for row in rows:
            found.setdefault(row.posting_id, []).append(SourceView(*row[1:]))
        return found

    def _view(self, row: Row[Any], sources: Sequence[SourceView]) -> PostingView:
        return PostingView(
            posting_id=row.posting_id,
            platform=row.platform,
            platform_job_id=row.platform_job_id,
            title=row.title,
            company=row.company,
            location=row.location,
            description=row.text,
            url=row.url,
            remote=bool(row.board_remote) if row.remote is None else row.remote,
            min_years=row.min_years,
            max_years=row.max_years,
            skills=tuple(name for _, name in _required(row.skills or [])),
            state=self._expiry.state(
                end_state=row.end_state,
                last_seen_time=row.last_seen_time,
                posted_time=row.posted_time,
                now=self._clock(),
            ),
            role_id=row.role_id,
            posted_time=row.posted_time,
            create_time=row.create_time,
            last_seen_time=row.last_seen_time,
            origin=row.origin,
            private=row.tenant_id is not None,
            etag="" if row.tenant_id is None else posting_etag(row.posting_id, row.version),
            fields=_fields(row),
            sources=tuple(sources),
        )


def _fields(row: Row[Any]) -> PostingFieldsView:
    if row.remote is None:  # not read yet
        return PostingFieldsView()
    told: dict[str, Any] = {name: getattr(row, name) for name in PostingFieldsView.__dataclass_fields__}
    for name, value in told.items():
        told[name] = tuple(value) if isinstance(value, list) else value
    return PostingFieldsView(**told)


def _select_shown() -> Select[Any]:
    # The role it was found for comes before one it is named after; of several, the first.
    role = (
        select(PostingRole.role_id)
        .where(PostingRole.posting_id == Posting.posting_id)
        .order_by(PostingRole.searched.desc(), PostingRole.link_time, PostingRole.role_id)
        .limit(1)
        .scalar_subquery()
    )
    return select(*_SHOWN, role.label("role_id")).outerjoin(
        PostingReading, PostingReading.posting_id == Posting.posting_id
    )


def _select_sides() -> Select[Any]:
    return select(
        Posting.posting_id,
        PostingReading.content_hash,
        PostingReading.skill_keys,
        PostingReading.min_years,
        PostingReading.max_years,
        func.halfvec_send(PostingReading.embedding).label("vector"),
        _WORK,
    ).join(PostingReading, PostingReading.posting_id == Posting.posting_id)


def _table(session: Session, sides: Select[Any]) -> PostingTable:
    """Each column as one value: a row for each posting would cost more than the scoring."""
    each = sides.subquery()
    fixed = func.uuid_send(each.c.posting_id).op("||", return_type=LargeBinary)(each.c.content_hash)
    for years in (each.c.min_years, each.c.max_years):
        fixed = fixed.op("||", return_type=LargeBinary)(func.float8send(func.coalesce(years, literal_column("'NaN'"))))
    fixed = fixed.op("||", return_type=LargeBinary)(each.c.vector)
    row = session.execute(
        select(
            func.string_agg(fixed, aggregate_order_by(literal_column("''::bytea"), each.c.posting_id)),
            func.json_agg(aggregate_order_by(each.c.skill_keys, each.c.posting_id), type_=JSON),
            func.json_agg(aggregate_order_by(each.c.work, each.c.posting_id), type_=JSON),
        )
    ).one()
    told, skills, works = row
    columns = np.frombuffer(bytes(told or b""), dtype=_FIXED)
    return PostingTable(
        ids=columns["id"],
        hashes=columns["hash"],
        skills=skills or [],
        years=columns["years"].astype(np.float64),
        vectors=from_packed(columns["vector"]),
        offers=[work_offered(**work) if work else SAYS_NOTHING for work in works or []],
    )


def _block(rows: Sequence[Row[Any]]) -> PostingBlock:
    vectors = from_sent([row.vector for row in rows])
    return PostingBlock(
        ids=[row.posting_id for row in rows],
        hashes=[bytes(row.content_hash) for row in rows],
        sides=[
            PostingSide(tuple(row.skill_keys), row.min_years, row.max_years, vector, work_offered(**(row.work or {})))
            for row, vector in zip(rows, vectors, strict=True)
        ],
    )


def _headline(row: Row[Any]) -> Headline:
    return Headline(
        row.title,
        row.company,
        row.location,
        _required(row.skills),
        bytes(row.content_hash),
        row.platform,
        row.origin,
        row.posted_time,
    )


def _required(skills: Sequence[dict[str, Any]]) -> tuple[tuple[str, str], ...]:
    return tuple((skill["key"], skill["name"]) for skill in skills)
