"""Tables of candidate profiles."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from blacklight_servicekit.tables import Kind
from pgvector.sqlalchemy import HALFVEC
from sqlalchemy import BigInteger, Index, SmallInteger, Text, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from blacklight_matching.models import Base
from blacklight_matching.vectors import DIMENSIONS


class CandidateProfile(Base):
    """A candidate as last told by the candidate service; embedded once its vector fits its text."""

    __tablename__ = "candidate_profiles"
    __table_args__ = (
        Index("ix_candidate_profiles_tenant_id_bench_version", "tenant_id", "bench_version"),
        {"info": {"kind": Kind.TENANT, "platform": "read"}},
    )

    tenant_id: Mapped[UUID] = mapped_column(primary_key=True)
    candidate_id: Mapped[UUID] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(BigInteger)
    display_name: Mapped[str]
    matchable: Mapped[bool]
    current_title: Mapped[str]
    preferred_roles: Mapped[list[str]] = mapped_column(ARRAY(Text))
    experience_years: Mapped[int | None] = mapped_column(SmallInteger)
    experience_evidence: Mapped[list[str]] = mapped_column(ARRAY(Text))
    # What the resume itself says of each of these, and of the person as a whole: text, start, end.
    experience_quotes: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, server_default=text("'[]'"))
    opening: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    skills: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    skill_keys: Mapped[list[str]] = mapped_column(ARRAY(Text))
    summary: Mapped[str]
    resume_id: Mapped[UUID | None]
    embedding: Mapped[Any | None] = mapped_column(HALFVEC(DIMENSIONS))
    text_hash: Mapped[bytes | None]
    # What the vector was made with; another one since, and it is stale.
    engine: Mapped[str] = mapped_column(server_default=text("''"))
    content_hash: Mapped[bytes | None]
    update_time: Mapped[datetime]
    # What work the person takes, named as in the contract's WorkPreferences; empty or null excludes nothing.
    work_authorization: Mapped[str] = mapped_column(server_default=text("''"))
    needs_sponsorship: Mapped[bool | None]
    locations: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    open_to_relocation: Mapped[bool | None]
    workplaces: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    contract_types: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    least_pay: Mapped[float | None]
    pay_currency: Mapped[str] = mapped_column(server_default=text("''"))
    pay_period: Mapped[str] = mapped_column(server_default=text("''"))
    # The version of the bench that this row last changed with.
    bench_version: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))


class ForgottenCandidate(Base):
    """A deleted candidate: a late, older message must not bring it back. Ids only, nothing personal."""

    __tablename__ = "forgotten_candidates"
    __table_args__ = (
        Index("ix_forgotten_candidates_tenant_id_bench_version", "tenant_id", "bench_version"),
        {"info": {"kind": Kind.TENANT}},
    )

    tenant_id: Mapped[UUID] = mapped_column(primary_key=True)
    candidate_id: Mapped[UUID] = mapped_column(primary_key=True)
    forget_time: Mapped[datetime]
    bench_version: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))


class Bench(Base):
    """The version of a tenant's bench; grows with every change of a profile, in the order of the commits."""

    __tablename__ = "benches"
    __table_args__ = ({"info": {"kind": Kind.TENANT}},)

    tenant_id: Mapped[UUID] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(BigInteger)
