"""Links postings that are read already to a role that was made, named or approved since (pain P-36).

A posting is linked by its title when it is read. What was read before the role had the name is looked up here by the
words of its title, the newest first, page by page; each page is an event of its own.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from blacklight_servicekit import outbox
from blacklight_servicekit.caller import Caller
from blacklight_servicekit.clock import Clock
from blacklight_servicekit.database import Database
from sqlalchemy import ColumnElement, Row, func, literal_column, or_, select, text
from sqlalchemy.orm import Session

from blacklight_matching.postings.models import PostingReading
from blacklight_matching.roles.naming import clean_name, normal_form
from blacklight_matching.roles.service import Roles
from blacklight_matching.roles.view import LIVE

PAGE = 500

# Whoever is linking just now is waited for: it may not have seen the role, and its postings are not to be seen yet.
_BARRIER = text("SELECT pg_advisory_xact_lock(hashtext('matching.role_links'))")
_LINKING = text("SELECT pg_advisory_xact_lock_shared(hashtext('matching.role_links'))")
_LINK = text(
    "INSERT INTO posting_roles (posting_id, role_id, tenant_id, searched, link_time)"
    " SELECT p.posting_id, r.role_id, p.tenant_id, false, :now"
    " FROM postings p JOIN canonical_roles r ON r.role_id = :role_id AND r.state = ANY(:live)"
    " WHERE p.posting_id = ANY(:postings) ON CONFLICT DO NOTHING"
)
_SIMPLE: ColumnElement[Any] = literal_column("'simple'::regconfig")
_TITLE_WORDS = func.to_tsvector(_SIMPLE, PostingReading.clean_title)


class PostingNaming:
    """Works as the platform, for the postings of everybody."""

    def __init__(self, database: Database, clock: Clock, roles: Roles) -> None:
        self._database = database
        self._clock = clock
        self._roles = roles

    def link(self, caller: Caller, role_id: UUID, before: UUID | None) -> None:
        """Links one page of postings, those older than `before`; has the next one linked where there may be more.

        A title that is a name of the role is linked to it. The others go by the rule of reading: to the nearest role,
        if they have none. Repeatable. Raises NotFound.
        """
        if before is None:
            with self._database.platform_transaction() as session:
                session.execute(_BARRIER)
        role = self._roles.get_role(caller, role_id)
        if role.state not in LIVE:
            return
        keys = {normal_form(name) for name in (role.name, *role.aliases)}
        with self._database.platform_transaction() as session:
            session.execute(_LINKING)
            page = self._find(session, {role.name, *role.aliases, *keys}, before)
            exact = [row.posting_id for row in page if _is_named(row.clean_title, keys)]
            told = {"role_id": role_id, "live": list(LIVE), "postings": exact, "now": self._clock()}
            session.execute(_LINK, told)
            self._roles.link_postings_by_title(session, [(row.posting_id, row.clean_title) for row in page])
            if len(page) == PAGE:
                more = {"role_id": str(role_id), "before": str(page[-1].posting_id)}
                outbox.add(session, "role.named", more, tenant_id=None)

    def _find(self, session: Session, names: Collection[str], before: UUID | None) -> Sequence[Row[UUID, str]]:
        """Postings whose titles hold all words of one of the names."""
        statement = select(PostingReading.posting_id, PostingReading.clean_title).where(_has_words_of(names))
        if before is not None:
            statement = statement.where(PostingReading.posting_id < before)
        return session.execute(statement.order_by(PostingReading.posting_id.desc()).limit(PAGE)).all()


def _has_words_of(names: Collection[str]) -> ColumnElement[bool]:
    return or_(*(_TITLE_WORDS.op("@@")(func.plainto_tsquery(_SIMPLE, name)) for name in sorted(names)))


def _is_named(title: str, keys: Collection[str]) -> bool:
    return normal_form(title) in keys or normal_form(clean_name(title)) in keys
