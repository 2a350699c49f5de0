"""Keeps the vectors of canonical roles up with the engine, as the platform."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from blacklight_servicekit.database import Database
from sqlalchemy import Select, func, select, text, update
from sqlalchemy.orm import Session

from blacklight_matching.halfvec import to_literal
from blacklight_matching.roles.models import CanonicalRole
from blacklight_matching.vectors import embed_titles, engine_version


class RoleVectors:
    """Parts of the maintenance of vectors."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def count(self) -> tuple[int, int]:
        """How many roles there are, and how many of them have a stale vector."""
        with self._database.platform_transaction() as session:
            stale = func.count().filter(CanonicalRole.engine_version != engine_version())
            total, old = session.execute(select(func.count(), stale).select_from(CanonicalRole)).one()
            return total, old

    def embed_page(
        self, session: Session, *, after: UUID | None, ids: Sequence[UUID], everything: bool, size: int
    ) -> list[UUID]:
        """Part: makes what is stale among the next `size` roles by id; says which it looked at."""
        rows = session.execute(_page(after, ids, size)).all()
        stale = [row for row in rows if everything or row.engine_version != engine_version()]
        if stale:
            vectors = embed_titles([row.name for row in stale])
            for row, vector in zip(stale, vectors, strict=True):
                session.execute(
                    update(CanonicalRole)
                    .where(CanonicalRole.role_id == row.role_id)
                    .values(
                        embedding=text("CAST(:vector AS halfvec)").bindparams(vector=to_literal(vector)),
                        engine_version=engine_version(),
                    )
                    .execution_options(synchronize_session=False)
                )
        return [row.role_id for row in rows]


def _page(after: UUID | None, ids: Sequence[UUID], size: int) -> Select[UUID, str, str]:
    """Without their vectors (P-101)."""
    statement = select(CanonicalRole.role_id, CanonicalRole.name, CanonicalRole.engine_version)
    if after is not None:
        statement = statement.where(CanonicalRole.role_id > after)
    if ids:
        statement = statement.where(CanonicalRole.role_id.in_(ids))
    return statement.order_by(CanonicalRole.role_id).limit(size)
