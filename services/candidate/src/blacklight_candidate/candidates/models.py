"""Candidates as stored, and the statements that find them."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from blacklight_servicekit.tables import Kind
from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Computed,
    Index,
    Select,
    SmallInteger,
    Text,
    Uuid,
    cast,
    select,
    text,
    tuple_,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TIMESTAMP, TSQUERY, TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from blacklight_candidate.tables import Base


class State(StrEnum):
    """Where a candidate stands; named as in the contract (spec 3.4 and 3.5 merged, D-1)."""

    INTAKE = "INTAKE"
    PARSING = "PARSING"
    REVIEW = "REVIEW"
    READY = "READY"


class Candidate(Base):
    """A consultant on the bench of one tenant."""

    __tablename__ = "candidates"

    tenant_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    given_name: Mapped[str] = mapped_column(Text)
    family_name: Mapped[str] = mapped_column(Text)
    email: Mapped[str] = mapped_column(Text)
    phone: Mapped[str] = mapped_column(Text)
    location: Mapped[str] = mapped_column(Text)
    current_title: Mapped[str] = mapped_column(Text)
    experience_years: Mapped[int | None] = mapped_column(SmallInteger)
    skills: Mapped[list[str]] = mapped_column(ARRAY(Text))
    preferred_roles: Mapped[list[str]] = mapped_column(ARRAY(Text))
    # The contract's WorkPreferences as JSON.
    preferences: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))
    summary: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text)
    # Grows with every change of the row: matching keeps the latest it was told of.
    version: Mapped[int] = mapped_column(BigInteger)
    # Fields that a person has written, so that reading a resume again leaves them alone (P-59).
    edited_fields: Mapped[list[str]] = mapped_column(ARRAY(Text))
    # The resume that the other fields were filled from.
    profile_resume_id: Mapped[UUID | None] = mapped_column(Uuid)
    skill_keys: Mapped[list[str]] = mapped_column(ARRAY(Text))
    search_words: Mapped[list[str]] = mapped_column(ARRAY(Text))
    search_vector: Mapped[Any] = mapped_column(
        TSVECTOR, Computed("array_to_tsvector(search_words)", persisted=True), nullable=False, deferred=True
    )
    create_time: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True))
    update_time: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True))

    __table_args__ = (
        CheckConstraint("state IN ('INTAKE', 'PARSING', 'REVIEW', 'READY')", name="state"),
        CheckConstraint("experience_years BETWEEN 0 AND 70", name="experience_years"),
        Index("ix_candidates_newest", "tenant_id", "create_time", "id"),
        Index("ix_candidates_state", "tenant_id", "state", "create_time", "id"),
        Index("ix_candidates_search_vector", "search_vector", postgresql_using="gin"),
        Index("ix_candidates_skill_keys", "skill_keys", postgresql_using="gin"),
        {"info": {"kind": Kind.TENANT}},
    )
    __mapper_args__ = {"eager_defaults": False}  # noqa: RUF012 - SQLAlchemy's own spelling


_TABLE = Candidate.__table__
_SHOWN = [column for column in _TABLE.c if column.name not in ("search_vector", "search_words", "skill_keys")]


def select_candidate(tenant_id: UUID, candidate_id: UUID) -> Select[Candidate]:
    """The row, locked until the transaction ends."""
    return select(Candidate).where(*_key(tenant_id, candidate_id)).with_for_update()


def select_shown(tenant_id: UUID, candidate_id: UUID) -> Select[Any]:
    """The columns that are shown of one candidate."""
    return select(*_SHOWN).where(*_key(tenant_id, candidate_id))


def select_page(
    tenant_id: UUID,
    *,
    search_query: str,
    state: str,
    skill_keys: list[str],
    after: tuple[Any, ...] | None,
    limit: int,
) -> Select[Any]:
    """Candidates newest first, after a (create_time, id); empty filters don't filter."""
    statement = select(*_SHOWN).where(_TABLE.c.tenant_id == tenant_id)
    if search_query:
        statement = statement.where(_TABLE.c.search_vector.op("@@")(cast(search_query, TSQUERY)))
    if state:
        statement = statement.where(_TABLE.c.state == state)
    if skill_keys:
        statement = statement.where(_TABLE.c.skill_keys.overlap(skill_keys))
    if after is not None:
        statement = statement.where(tuple_(_TABLE.c.create_time, _TABLE.c.id) < tuple_(*after))
    return statement.order_by(_TABLE.c.create_time.desc(), _TABLE.c.id.desc()).limit(limit)


def _key(tenant_id: UUID, candidate_id: UUID) -> tuple[Any, Any]:
    return Candidate.tenant_id == tenant_id, Candidate.id == candidate_id
