"""Tables of postings. All are shared by every tenant (`tenant_id` null) or one tenant's own."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from blacklight_servicekit.tables import Kind
from pgvector.sqlalchemy import HALFVEC
from sqlalchemy import BigInteger, ForeignKey, Identity, Index, Integer, Text, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from blacklight_matching.models import Base
from blacklight_matching.vectors import DIMENSIONS

SHARED = text("tenant_id IS NULL")
OWN = text("tenant_id IS NOT NULL")


class Posting(Base):
    """A posting as its source delivered it; the text is kept raw."""

    __tablename__ = "postings"
    __table_args__ = (
        Index("ix_postings_fingerprint_last_seen_time", "fingerprint", "last_seen_time"),
        Index("ix_postings_platform_posting_id", "platform", "posting_id"),
        Index("ix_postings_tenant_id_create_time", "tenant_id", text("create_time DESC"), text("posting_id DESC")),
        Index(
            "ix_postings_tenant_id_last_seen_time", "tenant_id", text("last_seen_time DESC"), text("posting_id DESC")
        ),
        Index(
            "ix_postings_tenant_id_posted_time",
            "tenant_id",
            text("COALESCE(posted_time, create_time) DESC"),
            text("posting_id DESC"),
        ),
        Index(
            "ix_postings_tenant_id_end_state",
            "tenant_id",
            "end_state",
            text("create_time DESC"),
            text("posting_id DESC"),
            postgresql_where=text("end_state <> ''"),
        ),
        # From which time on a posting expires under the rule as it comes (`Postings.last_sign`).
        Index(
            "ix_postings_tenant_id_last_sign",
            "tenant_id",
            text(
                "timezone('UTC'::text, LEAST(timezone('UTC'::text, last_seen_time),"
                " timezone('UTC'::text, posted_time) + '30 days'::interval)) DESC"
            ),
            text("posting_id DESC"),
            postgresql_where=text("end_state = ''"),
        ),
        Index("ix_postings_title", "tenant_id", text('lower("left"(title, 80))'), "posting_id"),
        Index(
            "ix_postings_location",
            text("to_tsvector('simple'::regconfig, replace(location, '/', ' '))"),
            postgresql_using="gin",
        ),
        {"info": {"kind": Kind.MIXED}},
    )

    posting_id: Mapped[UUID] = mapped_column(primary_key=True)
    tenant_id: Mapped[UUID | None]
    platform: Mapped[str]
    platform_job_id: Mapped[str]
    title: Mapped[str]
    company: Mapped[str]
    location: Mapped[str]
    description: Mapped[str]
    url: Mapped[str]
    salary_min: Mapped[float | None]
    salary_max: Mapped[float | None]
    salary_currency: Mapped[str]
    job_type: Mapped[str]
    experience_level: Mapped[str]
    board_remote: Mapped[bool | None]
    fingerprint: Mapped[str | None]
    posted_time: Mapped[datetime | None]
    create_time: Mapped[datetime]
    last_seen_time: Mapped[datetime]
    batch_id: Mapped[UUID | None]
    session_id: Mapped[UUID | None]
    # FLEET, FILE, MAIL or API.
    origin: Mapped[str] = mapped_column(server_default=text("'FLEET'"))
    # FILLED or CLOSED, as a person said; empty while nobody has.
    end_state: Mapped[str] = mapped_column(server_default=text("''"))
    version: Mapped[int] = mapped_column(Integer, server_default=text("1"))
    update_time: Mapped[datetime | None]


class PostingSource(Base):
    """One place a posting was seen; a board's own id leads to one posting."""

    __tablename__ = "posting_sources"
    __table_args__ = (
        Index("uq_posting_sources_shared", "platform", "platform_job_id", unique=True, postgresql_where=SHARED),
        Index(
            "uq_posting_sources_own",
            "tenant_id",
            "platform",
            "platform_job_id",
            unique=True,
            postgresql_where=OWN,
        ),
        {"info": {"kind": Kind.MIXED}},
    )

    source_id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    tenant_id: Mapped[UUID | None]
    posting_id: Mapped[UUID] = mapped_column(ForeignKey(Posting.posting_id, ondelete="CASCADE"), index=True)
    platform: Mapped[str]
    platform_job_id: Mapped[str]
    url: Mapped[str]
    last_seen_time: Mapped[datetime]
    # What it said there when its text was taken over last (`drafts.content_number`), and as of when.
    content: Mapped[int | None] = mapped_column(BigInteger)
    content_time: Mapped[datetime | None]


class PostingRole(Base):
    """A posting found for, or named after, a canonical role; one posting may serve several."""

    __tablename__ = "posting_roles"
    __table_args__ = (
        Index("ix_posting_roles_role_id_posting_id", "role_id", "posting_id"),
        {"info": {"kind": Kind.MIXED}},
    )

    posting_id: Mapped[UUID] = mapped_column(ForeignKey(Posting.posting_id, ondelete="CASCADE"), primary_key=True)
    role_id: Mapped[UUID] = mapped_column(
        ForeignKey("matching.canonical_roles.role_id", ondelete="CASCADE"), primary_key=True
    )
    tenant_id: Mapped[UUID | None]
    searched: Mapped[bool]
    link_time: Mapped[datetime]


class PostingReading(Base):
    """What the text of a posting says, and its vector; made again only when text or engine change."""

    __tablename__ = "posting_readings"
    __table_args__ = (
        Index("ix_posting_readings_search", "search", postgresql_using="gin"),
        Index("ix_posting_readings_skill_keys", "skill_keys", postgresql_using="gin"),
        Index("ix_posting_readings_workplace", "tenant_id", "workplace"),
        Index("ix_posting_readings_engine", "engine", "posting_id"),
        Index(
            "ix_posting_readings_title_words",
            text("to_tsvector('simple'::regconfig, clean_title)"),
            postgresql_using="gin",
        ),
        {"info": {"kind": Kind.MIXED}},
    )

    posting_id: Mapped[UUID] = mapped_column(ForeignKey(Posting.posting_id, ondelete="CASCADE"), primary_key=True)
    tenant_id: Mapped[UUID | None]
    description: Mapped[str]
    remote: Mapped[bool]
    min_years: Mapped[float | None]
    max_years: Mapped[float | None]
    skills: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    skill_keys: Mapped[list[str]] = mapped_column(ARRAY(Text))
    evidence: Mapped[dict[str, Any]] = mapped_column(JSONB)
    embedding: Mapped[Any] = mapped_column(HALFVEC(DIMENSIONS))
    source_hash: Mapped[bytes]
    content_hash: Mapped[bytes]
    search: Mapped[Any] = mapped_column(TSVECTOR)
    read_time: Mapped[datetime]
    # What it was read and embedded with; another one since, and it is stale.
    engine: Mapped[str] = mapped_column(server_default=text("''"))
    # What was read of it, named as in the contract's PostingFields; empty where it does not say.
    clean_title: Mapped[str] = mapped_column(server_default=text("''"))
    company_name: Mapped[str] = mapped_column(server_default=text("''"))
    places: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    country: Mapped[str] = mapped_column(server_default=text("''"))
    workplace: Mapped[str] = mapped_column(server_default=text("''"))
    contract_types: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    pay_min: Mapped[float | None]
    pay_max: Mapped[float | None]
    pay_currency: Mapped[str] = mapped_column(server_default=text("''"))
    pay_period: Mapped[str] = mapped_column(server_default=text("''"))
    work_authorizations: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    sponsorship: Mapped[str] = mapped_column(server_default=text("''"))
    clearance: Mapped[str] = mapped_column(server_default=text("''"))


class PostingIntake(Base):
    """Postings on their way to the matches: WAITING to be read, then READ and to be matched."""

    __tablename__ = "posting_intake"
    __table_args__ = (
        Index("ix_posting_intake_step_ticket", "step", "ticket"),
        {"info": {"kind": Kind.PLATFORM}},
    )

    posting_id: Mapped[UUID] = mapped_column(ForeignKey(Posting.posting_id, ondelete="CASCADE"), primary_key=True)
    ticket: Mapped[int] = mapped_column(BigInteger, Identity(always=False))
    step: Mapped[str]
    fault: Mapped[str] = mapped_column(server_default=text("''"))


class ImportBatch(Base):
    """A batch taken in, with the answer given: the same batch gets the same answer."""

    __tablename__ = "import_batches"
    __table_args__ = ({"info": {"kind": Kind.PLATFORM}},)

    batch_id: Mapped[UUID] = mapped_column(primary_key=True)
    platform: Mapped[str]
    request_hash: Mapped[bytes]
    answer: Mapped[list[list[str]]] = mapped_column(JSONB)
    create_time: Mapped[datetime]
