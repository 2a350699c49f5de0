"""Resumes as stored: the file's facts, where its processing stands, and what was read."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from blacklight_servicekit.tables import Kind
from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKeyConstraint,
    Index,
    Integer,
    Select,
    Text,
    UniqueConstraint,
    Uuid,
    delete,
    select,
    tuple_,
)
from sqlalchemy import (
    text as sql,
)
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.sql.dml import ReturningDelete

from blacklight_candidate.tables import Base


class State(StrEnum):
    """Where processing stands (spec 3.7); named as in the contract."""

    PENDING = "PENDING"
    PROCESSING = "PROCESSING"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"


class Resume(Base):
    """A resume of a candidate."""

    __tablename__ = "resumes"

    tenant_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    candidate_id: Mapped[UUID] = mapped_column(Uuid)
    file_name: Mapped[str] = mapped_column(Text)
    content_type: Mapped[str] = mapped_column(Text)
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str] = mapped_column(Text)
    is_primary: Mapped[bool]
    state: Mapped[str] = mapped_column(Text)
    # Counts the times it was given to processing; what an earlier time still does is without effect.
    attempt: Mapped[int] = mapped_column(Integer)
    failure_reason: Mapped[str] = mapped_column(Text)
    failure_message: Mapped[str] = mapped_column(Text)
    failure_retryable: Mapped[bool]
    # What was read last stays until something newer is read, also while that is tried or has failed.
    text: Mapped[str | None] = mapped_column(Text, deferred=True, deferred_group="read")
    parsed: Mapped[dict[str, Any] | None] = mapped_column(JSONB, deferred=True, deferred_group="read")
    parser_version: Mapped[str | None] = mapped_column(Text)
    create_time: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True))
    process_time: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))

    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "candidate_id"], ["candidates.tenant_id", "candidates.id"]),
        CheckConstraint("state IN ('PENDING', 'PROCESSING', 'COMPLETED', 'FAILED')", name="state"),
        # The same file of a candidate is one resume, however often it is uploaded.
        UniqueConstraint("tenant_id", "candidate_id", "sha256"),
        # One resume fills the profile (P-56).
        Index(
            "uq_resumes_primary",
            "tenant_id",
            "candidate_id",
            unique=True,
            postgresql_where=sql("is_primary"),
        ),
        Index("ix_resumes_newest", "tenant_id", "candidate_id", "create_time", "id"),
        {"info": {"kind": Kind.TENANT}},
    )
    __mapper_args__ = {"eager_defaults": False}  # noqa: RUF012 - SQLAlchemy's own spelling


def select_resume(tenant_id: UUID, resume_id: UUID) -> Select[Resume]:
    """One resume, without what was read."""
    return select(Resume).where(Resume.tenant_id == tenant_id, Resume.id == resume_id)


def select_candidate_id(tenant_id: UUID, resume_id: UUID) -> Select[UUID]:
    """Whose resume it is."""
    return select(Resume.candidate_id).where(Resume.tenant_id == tenant_id, Resume.id == resume_id)


def select_same_file(tenant_id: UUID, candidate_id: UUID, sha256: str) -> Select[Resume]:
    """The candidate's resume of these bytes."""
    return _of_candidate(tenant_id, candidate_id).where(Resume.sha256 == sha256)


def select_primary(tenant_id: UUID, candidate_id: UUID) -> Select[Resume]:
    """The candidate's primary resume."""
    return _of_candidate(tenant_id, candidate_id).where(Resume.is_primary)


def select_page(tenant_id: UUID, candidate_id: UUID, after: tuple[Any, ...] | None, limit: int) -> Select[Resume]:
    """The candidate's resumes, newest first, after a (create_time, id)."""
    statement = _of_candidate(tenant_id, candidate_id)
    if after is not None:
        statement = statement.where(tuple_(Resume.create_time, Resume.id) < tuple_(*after))
    return statement.order_by(Resume.create_time.desc(), Resume.id.desc()).limit(limit)


def select_ids(tenant_id: UUID, resume_ids: list[UUID]) -> Select[UUID]:
    """Those of the ids that are there."""
    return select(Resume.id).where(Resume.tenant_id == tenant_id, Resume.id.in_(resume_ids))


def delete_of_candidate(tenant_id: UUID, candidate_id: UUID) -> ReturningDelete[UUID]:
    """Deletes the candidate's resumes, answering their ids."""
    return delete(Resume).where(Resume.tenant_id == tenant_id, Resume.candidate_id == candidate_id).returning(Resume.id)


def _of_candidate(tenant_id: UUID, candidate_id: UUID) -> Select[Resume]:
    return select(Resume).where(Resume.tenant_id == tenant_id, Resume.candidate_id == candidate_id)
