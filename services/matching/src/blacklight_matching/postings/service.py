"""Postings as the tenants see them, and the parts that other features need of them.

Two predicates rule here and nowhere else: `visible_to` (pain P-05) and `is_open` (decision D-6, pain P-68).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from blacklight_servicekit.caller import Caller
from blacklight_servicekit.clock import Clock
from blacklight_servicekit.database import Database
from blacklight_servicekit.errors import NotFound
from blacklight_servicekit.paging import PageRequest
from sqlalchemy import ColumnElement, Row, Select, and_, func, not_, or_, select
from sqlalchemy.orm import Session

from blacklight_matching.blocks import PostingBlock
from blacklight_matching.halfvec import from_sent
from blacklight_matching.postings.expiry import ExpiryRule
from blacklight_matching.postings.models import Posting, PostingReading, PostingRole, PostingSource
from blacklight_matching.postings.view import Headline, PostingGrounds, PostingView, SourceView
from blacklight_matching.scoring import PostingSide

MOST_TEXT_A_PAGE = 4_000_000
"""Characters of descriptions on one page; a page of long texts is cut short and goes on in the next."""

_LISTED = (
    Posting.posting_id,
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
    func.coalesce(PostingReading.description, Posting.description).label("text"),
    PostingReading.remote,
    PostingReading.min_years,
    PostingReading.max_years,
    PostingReading.skills,
)


def visible_to(tenant_id: UUID) -> ColumnElement[bool]:
    """Postings that a tenant may see: everybody's, and its own."""
    return or_(Posting.tenant_id.is_(None), Posting.tenant_id == tenant_id)


class Postings:
    """Reads postings, and the parts that matching builds on."""

    def __init__(self, database: Database, clock: Clock, expiry: ExpiryRule) -> None:
        self._database = database
        self._clock = clock
        self._expiry = expiry

    def get_posting(self, caller: Caller, posting_id: UUID) -> PostingView:
        """Reads one posting with every place it was seen. Raises NotFound."""
        with self._database.transaction(caller.tenant) as session:
            row = session.execute(
                _select_listed().where(visible_to(caller.tenant), Posting.posting_id == posting_id)
            ).one_or_none()
            if row is None:
                raise NotFound(f"posting {posting_id} not found", reason="POSTING_NOT_FOUND", field="posting_id")
            sources = session.execute(
                select(
                    PostingSource.platform,
                    PostingSource.platform_job_id,
                    PostingSource.url,
                    PostingSource.last_seen_time,
                )
                .where(PostingSource.posting_id == posting_id)
                .order_by(PostingSource.source_id)
            ).all()
            return self._view(row, [SourceView(*source) for source in sources])

    def list_postings(
        self,
        caller: Caller,
        *,
        page_size: int,
        page_token: str,
        search: str = "",
        platform: str = "",
        role_id: UUID | None = None,
        state: str = "",
    ) -> tuple[list[PostingView], str]:
        """Postings the tenant may see, newest first, and the token of the next page.

        Args:
            search: words to find, in the syntax of web search engines ("java -angular", "or", quotes).
            state: ACTIVE, EXPIRED, or empty for both.
        """
        query = {"search": search, "platform": platform, "role": role_id, "state": state}
        page = PageRequest.of(page_size, page_token, {"rpc": "ListPostings", "tenant": caller.tenant, **query})
        statement = _select_listed().where(visible_to(caller.tenant))
        if search.strip():
            statement = statement.where(PostingReading.search.op("@@")(func.websearch_to_tsquery("english", search)))
        if platform:
            statement = statement.where(Posting.platform == platform.strip().lower())
        if role_id is not None:
            linked = select(PostingRole.posting_id).where(PostingRole.role_id == role_id)
            statement = statement.where(Posting.posting_id.in_(linked))
        if state:
            is_open = self.is_open(self._clock())
            statement = statement.where(is_open if state == "ACTIVE" else not_(is_open))
        if page.after is not None:
            statement = statement.where(Posting.posting_id < page.after[0])
        statement = statement.order_by(Posting.posting_id.desc()).limit(page.size + 1)
        with self._database.transaction(caller.tenant) as session:
            rows, token = page.cut(session.execute(statement).all(), key=lambda row: (row.posting_id,))
        fitting = _fitting(rows)
        if fitting < len(rows):
            rows, token = rows[:fitting], page.next_token((rows[fitting - 1].posting_id,))
        return [self._view(row, ()) for row in rows], token

    def is_open(self, now: datetime) -> ColumnElement[bool]:
        """Part: postings that count as open at `now`; the same rule as `ExpiryRule.is_open`."""
        return and_(
            Posting.last_seen_time >= now - self._expiry.unseen,
            or_(Posting.posted_time.is_(None), Posting.posted_time >= now - self._expiry.age),
        )

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

    def blocks(self, session: Session, tenant_id: UUID, size: int) -> Iterator[PostingBlock]:
        """Part: every posting that takes part in matching for the tenant, in blocks of at most `size`."""
        statement = _select_sides().where(visible_to(tenant_id), self.is_open(self._clock()))
        statement = statement.order_by(Posting.posting_id).limit(size)
        rows = session.execute(statement).all()
        while rows:
            yield _block(rows)
            after = rows[-1].posting_id
            rows = session.execute(statement.where(Posting.posting_id > after)).all() if len(rows) == size else []

    def headlines(self, session: Session, tenant_id: UUID, ids: Iterable[UUID]) -> dict[UUID, Headline]:
        """Part: what matches show of their postings."""
        rows = session.execute(
            select(
                Posting.posting_id,
                Posting.title,
                Posting.company,
                Posting.location,
                PostingReading.skills,
                PostingReading.content_hash,
            )
            .join(PostingReading, PostingReading.posting_id == Posting.posting_id)
            .where(visible_to(tenant_id), Posting.posting_id.in_(set(ids)))
        )
        return {
            row.posting_id: Headline(
                row.title, row.company, row.location, _required(row.skills), bytes(row.content_hash)
            )
            for row in rows
        }

    def find_grounds(self, session: Session, tenant_id: UUID, posting_id: UUID) -> PostingGrounds | None:
        """Part: what an explanation needs of a posting; None when it is not read or not visible."""
        row = session.execute(
            select(
                PostingReading.skills,
                PostingReading.evidence,
                PostingReading.min_years,
                PostingReading.max_years,
                PostingReading.content_hash,
            )
            .join(Posting, Posting.posting_id == PostingReading.posting_id)
            .where(visible_to(tenant_id), Posting.posting_id == posting_id)
        ).one_or_none()
        if row is None:
            return None
        return PostingGrounds(row.skills, row.evidence, row.min_years, row.max_years, bytes(row.content_hash))

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
            is_open=self._expiry.is_open(
                last_seen_time=row.last_seen_time, posted_time=row.posted_time, now=self._clock()
            ),
            role_id=row.role_id,
            posted_time=row.posted_time,
            create_time=row.create_time,
            last_seen_time=row.last_seen_time,
            sources=tuple(sources),
        )


def _select_listed() -> Select[Any]:
    # The role it was found for comes before one it is named after; of several, the first.
    role = (
        select(PostingRole.role_id)
        .where(PostingRole.posting_id == Posting.posting_id)
        .order_by(PostingRole.searched.desc(), PostingRole.link_time, PostingRole.role_id)
        .limit(1)
        .scalar_subquery()
    )
    return select(*_LISTED, role.label("role_id")).outerjoin(
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
    ).join(PostingReading, PostingReading.posting_id == Posting.posting_id)


def _block(rows: Sequence[Row[Any]]) -> PostingBlock:
    vectors = from_sent([row.vector for row in rows])
    return PostingBlock(
        ids=[row.posting_id for row in rows],
        hashes=[bytes(row.content_hash) for row in rows],
        sides=[
            PostingSide(tuple(row.skill_keys), row.min_years, row.max_years, vector)
            for row, vector in zip(rows, vectors, strict=True)
        ],
    )


def _required(skills: Sequence[dict[str, Any]]) -> tuple[tuple[str, str], ...]:
    return tuple((skill["key"], skill["name"]) for skill in skills)


def _fitting(rows: Sequence[Row[Any]]) -> int:
    """How many rows fit a page by the length of their texts; at least one."""
    total = 0
    for count, row in enumerate(rows):
        total += len(row.text)
        if count and total > MOST_TEXT_A_PAGE:
            return count
    return len(rows)
