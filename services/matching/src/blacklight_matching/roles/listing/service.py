"""Canonical roles in lists and by their numbers (spec 6.7)."""

from __future__ import annotations

from typing import Any

from blacklight_servicekit.caller import Caller
from blacklight_servicekit.database import Database
from blacklight_servicekit.paging import PageRequest
from sqlalchemy import func, literal_column, select, text, tuple_

from blacklight_matching.roles.models import CanonicalRole
from blacklight_matching.roles.naming import words_of
from blacklight_matching.roles.service import Roles
from blacklight_matching.roles.view import LIVE, RoleCounts, RoleView

_NAME_WORDS = func.to_tsvector(literal_column("'simple'"), CanonicalRole.name)
_ORDERS: dict[str, tuple[Any, bool]] = {
    "name": (CanonicalRole.name, False),
    "candidate_count desc": (CanonicalRole.candidate_count, True),
    "create_time desc": (CanonicalRole.create_time, True),
}
_COUNT = text(
    "SELECT count(*) FILTER (WHERE state = 'PENDING') AS pending,"
    " count(*) FILTER (WHERE state = 'APPROVED') AS approved,"
    " count(*) FILTER (WHERE state = 'REJECTED') AS rejected,"
    " count(*) FILTER (WHERE state = 'MERGED') AS merged,"
    " count(*) FILTER (WHERE state = ANY(:live) AND candidate_count = 0) AS unwanted"
    " FROM canonical_roles"
)


class RoleList:
    """Pages of roles; they are the platform's, so it works as the platform."""

    def __init__(self, database: Database, roles: Roles) -> None:
        self._database = database
        self._roles = roles

    def list_roles(
        self,
        caller: Caller,
        *,
        page_size: int,
        page_token: str,
        state: str = "",
        search: str = "",
        order_by: str = "",
    ) -> tuple[list[RoleView], str]:
        """Roles in an order, and the token of the next page.

        Args:
            state: empty = the live ones.
            search: words that begin like words of the name.
            order_by: `name` (also when empty), `candidate_count desc` or `create_time desc`.
        """
        query = {"rpc": "ListRoles", "state": state, "search": search, "order": order_by}
        page = PageRequest.of(page_size, page_token, query)
        column, descending = _ORDERS[order_by or "name"]
        place = tuple_(column, CanonicalRole.role_id)
        statement = select(CanonicalRole).where(CanonicalRole.state.in_((state,) if state else LIVE))
        if words := words_of(search):
            matches = func.to_tsquery("simple", " & ".join(f"{word}:*" for word in words))
            statement = statement.where(_NAME_WORDS.op("@@")(matches))
        if page.after is not None:
            statement = statement.where(place < page.after if descending else place > page.after)
        order = (column.desc(), CanonicalRole.role_id.desc()) if descending else (column, CanonicalRole.role_id)
        with self._database.platform_transaction() as session:
            found = session.scalars(statement.order_by(*order).limit(page.size + 1)).all()
            rows, token = page.cut(found, key=lambda role: (getattr(role, column.key), role.role_id))
            return self._roles.views(session, rows), token

    def count_roles(self, caller: Caller) -> RoleCounts:
        """Roles by state."""
        with self._database.platform_transaction() as session:
            return RoleCounts(**session.execute(_COUNT, {"live": list(LIVE)}).one()._mapping)
