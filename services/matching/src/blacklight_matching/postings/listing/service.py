"""Lists postings: found by indexes as the platform, shown inside the tenant's walls.

Below row security an index serves only operators and functions that a superuser has vouched for, which full text and
expressions are not. So the ids of a page are looked up by the platform's role, each half of `visible_to` by itself and
in the order of an index; what is shown of them is then read as the tenant, inside the walls.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from blacklight_servicekit.caller import Caller
from blacklight_servicekit.clock import Clock
from blacklight_servicekit.database import Database
from blacklight_servicekit.errors import Denied
from blacklight_servicekit.paging import PageRequest
from blacklight_skills import key_of
from sqlalchemy import ColumnElement, Select, func, literal_column, select, tuple_, union_all

from blacklight_matching.fingerprint import normal_company
from blacklight_matching.mailboxes.outcomes.service import MailOutcomes
from blacklight_matching.mailboxes.sight import VIEW_ALL, person, sees_all
from blacklight_matching.postings.listing.query import CREATED, EXPIRED_LATELY, POSTED, SEEN, TITLE, PostingQuery
from blacklight_matching.postings.listing.words import COMPANY_WEIGHT, TITLE_WEIGHT, all_of, in_a_row
from blacklight_matching.postings.models import Posting, PostingReading, PostingRole
from blacklight_matching.postings.place_query import place_query
from blacklight_matching.postings.service import SHARED, Postings, own
from blacklight_matching.postings.view import PostingView

MOST_TEXT_A_PAGE = 4_000_000
"""Characters of descriptions on one page; a page of long texts is cut short and goes on in the next."""

_SIMPLE: ColumnElement[Any] = literal_column("'simple'::regconfig")
_KEYS: dict[str, ColumnElement[Any]] = {
    CREATED: Posting.__table__.c.create_time,
    SEEN: Posting.__table__.c.last_seen_time,
    POSTED: func.coalesce(Posting.posted_time, Posting.create_time),
    TITLE: func.lower(func.left(Posting.title, 80)),
}
"""What each order goes by; of postings without a date of their own, when they were imported."""


class PostingList:
    """Pages of postings that a tenant may see."""

    def __init__(self, database: Database, clock: Clock, postings: Postings, mails: MailOutcomes) -> None:
        self._database = database
        self._clock = clock
        self._postings = postings
        self._mails = mails

    def list_postings(
        self, caller: Caller, query: PostingQuery, *, page_size: int, page_token: str
    ) -> tuple[list[PostingView], str]:
        """Postings the tenant may see, and the token of the next page.

        Raises Denied (OTHERS_MAILBOXES) for the mailboxes of a colleague without `mailboxes.view_all`.
        """
        page = PageRequest.of(page_size, page_token, {"rpc": "ListPostings", "tenant": caller.tenant, **query.bound()})
        if query.sourced_by is not None and query.sourced_by != person(caller) and not sees_all(caller):
            raise Denied(
                "postings from a colleague's mailboxes are shown to who may see everybody's mailboxes",
                reason="OTHERS_MAILBOXES",
                metadata={"permission": VIEW_ALL},
            )
        # Mails are seen inside the walls alone; few postings came to one person, so no index is missed there.
        walled = query.sourced_by is not None
        transaction = self._database.transaction(caller.tenant) if walled else self._database.platform_transaction()
        with transaction as session:
            found = session.execute(self.select_page(caller.tenant, query, page)).all()
        rows, token = page.cut(found, key=lambda row: (row.key, row.posting_id))
        with self._database.transaction(caller.tenant) as session:
            shown = self._postings.read_all(session, caller.tenant, [row.posting_id for row in rows])
        fitting = _fitting(shown)
        if fitting < len(shown):
            shown = shown[:fitting]
            last = next(row for row in rows if row.posting_id == shown[-1].posting_id)
            token = page.next_token((last.key, last.posting_id))
        return self.with_mails(caller, shown), token

    def with_mails(self, caller: Caller, postings: Sequence[PostingView]) -> list[PostingView]:
        """The postings with the mails of the tenant that the caller may see; a shared one may have come by mail too."""
        ids = [posting.posting_id for posting in postings]
        if not ids:
            return list(postings)
        with self._database.transaction(caller.tenant) as session:
            mails = self._mails.mails_of(session, caller.tenant, ids, caller)
        return [replace(posting, mails=tuple(mails.get(posting.posting_id, ()))) for posting in postings]

    def select_page(self, tenant_id: UUID, query: PostingQuery, page: PageRequest) -> Select[Any]:
        """Ids and keys of one page and one row more, in order."""
        key = self._postings.last_sign() if query.order == EXPIRED_LATELY else _KEYS[query.order]
        descending = query.order != TITLE
        conditions = [*self._conditions(tenant_id, query), *_after(key, page, descending)]
        halves = []
        for half in (SHARED, own(tenant_id)):
            statement = select(Posting.posting_id, key.label("key")).where(half, *conditions)
            if _reads(query):
                statement = statement.join(PostingReading, PostingReading.posting_id == Posting.posting_id)
            ordered = (key.desc(), Posting.posting_id.desc()) if descending else (key, Posting.posting_id)
            # The tenant is the same throughout, which of `IS NULL` the planner does not see: it would sort them all.
            order = (Posting.tenant_id, *ordered)
            halves.append(statement.order_by(*order).limit(page.size + 1).subquery())
        both = union_all(*(select(half.c.posting_id, half.c.key) for half in halves)).subquery()
        sorted_by = (both.c.key.desc(), both.c.posting_id.desc()) if descending else (both.c.key, both.c.posting_id)
        return select(both.c.posting_id, both.c.key).order_by(*sorted_by).limit(page.size + 1)

    def _conditions(self, tenant_id: UUID, query: PostingQuery) -> list[ColumnElement[bool]]:
        found: list[ColumnElement[bool]] = []
        if query.platform:
            found.append(Posting.platform == query.platform.strip().lower())
        if query.origin:
            found.append(Posting.origin == query.origin)
        if query.role_id is not None:
            found.append(
                Posting.posting_id.in_(select(PostingRole.posting_id).where(PostingRole.role_id == query.role_id))
            )
        if query.sourced_by is not None:
            found.append(Posting.posting_id.in_(self._mails.select_sourced_by(tenant_id, query.sourced_by)))
        if query.workplace:
            found.append(PostingReading.workplace == query.workplace)
        if query.contract_type:
            found.append(PostingReading.contract_types.contains([query.contract_type]))
        if query.skills:
            found.append(PostingReading.skill_keys.contains([key_of(skill) for skill in query.skills]))
        return [*found, *self._of_state(query.state), *_texts(query)]

    def _of_state(self, state: str) -> list[ColumnElement[bool]]:
        if state in ("FILLED", "CLOSED"):
            return [Posting.end_state == state]
        if state == "ACTIVE":
            return [self._postings.is_open(self._clock())]
        return [self._postings.is_expired(self._clock())] if state == "EXPIRED" else []


def _after(key: ColumnElement[Any], page: PageRequest, descending: bool) -> list[ColumnElement[bool]]:
    if page.after is None:
        return []
    here, last = tuple_(key, Posting.posting_id), tuple_(*page.after)
    return [here < last if descending else here > last]


def _reads(query: PostingQuery) -> bool:
    """Whether the query asks for what was read of the postings."""
    asked = (query.search, query.title, query.company, query.workplace, query.contract_type, query.skills)
    return any(asked) or bool(query.location and place_query(query.location).country)


def _texts(query: PostingQuery) -> list[ColumnElement[bool]]:
    """Full text: anywhere, or in the words of title (weight A) or company (weight B); places by their own words."""
    found: list[ColumnElement[bool]] = []
    if query.search.strip():
        found.append(_finds(func.websearch_to_tsquery("english", query.search)))
    if query.title.strip():
        found.append(_finds(func.to_tsquery("english", all_of(query.title, TITLE_WEIGHT))))
    if query.company.strip():
        company = normal_company(query.company) or query.company
        found.append(_finds(func.to_tsquery("english", in_a_row(company, COMPANY_WEIGHT))))
    if query.location.strip():
        found.append(_at(query.location))
    return found


def _finds(asked: ColumnElement[Any]) -> ColumnElement[bool]:
    return PostingReading.search.op("@@")(asked)


def _at(location: str) -> ColumnElement[bool]:
    place = place_query(location)
    if place.country:
        return PostingReading.country == place.country
    words = func.to_tsvector(_SIMPLE, func.replace(Posting.location, "/", " "))
    return words.op("@@")(func.to_tsquery(_SIMPLE, place.words))


def _fitting(shown: Sequence[PostingView]) -> int:
    """How many postings fit a page by the length of their texts; at least one."""
    total = 0
    for count, posting in enumerate(shown):
        total += len(posting.description)
        if count and total > MOST_TEXT_A_PAGE:
            return count
    return len(shown)
