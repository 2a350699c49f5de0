"""Tables of canonical roles: the roles themselves belong to the platform, the links to each tenant."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from blacklight_servicekit.tables import Kind
from pgvector.sqlalchemy import HALFVEC
from sqlalchemy import BigInteger, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from blacklight_matching.models import Base
from blacklight_matching.vectors import DIMENSIONS


class CanonicalRole(Base):
    """The platform's name for a job. A rejected role stays as a tombstone: its name is never created again."""

    __tablename__ = "canonical_roles"
    __table_args__ = (
        Index("uq_canonical_roles_normal_form", "normal_form", unique=True),
        Index("ix_canonical_roles_name_role_id", "name", "role_id"),
        Index("ix_canonical_roles_words", text("to_tsvector('simple', name)"), postgresql_using="gin"),
        {"info": {"kind": Kind.PLATFORM}},
    )

    role_id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    normal_form: Mapped[str]
    state: Mapped[str]
    merged_into: Mapped[UUID | None] = mapped_column(ForeignKey("matching.canonical_roles.role_id"), index=True)
    embedding: Mapped[Any] = mapped_column(HALFVEC(DIMENSIONS))
    engine_version: Mapped[str]
    candidate_count: Mapped[int] = mapped_column(server_default=text("0"))
    version: Mapped[int] = mapped_column(BigInteger, server_default=text("1"))
    create_time: Mapped[datetime]
    # The occupation of O*NET that the name is sure to be of; empty while unsure.
    occupation_code: Mapped[str] = mapped_column(server_default=text("''"))
    reject_reason: Mapped[str] = mapped_column(server_default=text("''"))
    # Grows with each decision of an administrator; the scraper heeds each once.
    decision_version: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))


class RoleAlias(Base):
    """Another name of a role; a name leads to one role."""

    __tablename__ = "role_aliases"
    __table_args__ = ({"info": {"kind": Kind.PLATFORM}},)

    normal_form: Mapped[str] = mapped_column(primary_key=True)
    alias: Mapped[str]
    role_id: Mapped[UUID] = mapped_column(ForeignKey(CanonicalRole.role_id, ondelete="CASCADE"), index=True)
    create_time: Mapped[datetime]


class CandidateRole(Base):
    """A candidate who wants or holds a role."""

    __tablename__ = "candidate_roles"
    __table_args__ = (
        Index("ix_candidate_roles_role_id", "role_id"),
        {"info": {"kind": Kind.TENANT, "platform": "write"}},
    )

    tenant_id: Mapped[UUID] = mapped_column(primary_key=True)
    candidate_id: Mapped[UUID] = mapped_column(primary_key=True)
    role_id: Mapped[UUID] = mapped_column(ForeignKey(CanonicalRole.role_id, ondelete="CASCADE"), primary_key=True)
    create_time: Mapped[datetime]
