"""Roles, postings, profiles and matches."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from blacklight_servicekit.migration import create_kit_tables, secure
from blacklight_servicekit.tables import Kind
from pgvector.sqlalchemy import HALFVEC
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

SCHEMA = "matching"


def upgrade() -> None:
    """Creates every table of the service, walled."""
    create_kit_tables(op, SCHEMA)
    _create_roles()
    _create_postings()
    _create_readings()
    _create_profiles()
    _create_matches()


def _create_roles() -> None:
    op.create_table(
        "canonical_roles",
        sa.Column("role_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("normal_form", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("merged_into", sa.Uuid(), nullable=True),
        sa.Column("embedding", HALFVEC(256), nullable=False),
        sa.Column("engine_version", sa.Text(), nullable=False),
        sa.Column("candidate_count", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("version", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("create_time", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["merged_into"], ["matching.canonical_roles.role_id"], name="fk_canonical_roles_merged_into"
        ),
        sa.PrimaryKeyConstraint("role_id", name="pk_canonical_roles"),
        schema=SCHEMA,
    )
    op.create_index(
        "ix_canonical_roles_name_role_id", "canonical_roles", ["name", "role_id"], unique=False, schema=SCHEMA
    )
    op.create_index("uq_canonical_roles_normal_form", "canonical_roles", ["normal_form"], unique=True, schema=SCHEMA)
    op.create_table(
        "role_aliases",
        sa.Column("normal_form", sa.Text(), nullable=False),
        sa.Column("alias", sa.Text(), nullable=False),
        sa.Column("role_id", sa.Uuid(), nullable=False),
        sa.Column("create_time", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["role_id"], ["matching.canonical_roles.role_id"], name="fk_role_aliases_role_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("normal_form", name="pk_role_aliases"),
        schema=SCHEMA,
    )
    op.create_index("ix_role_aliases_role_id", "role_aliases", ["role_id"], unique=False, schema=SCHEMA)
    op.create_table(
        "candidate_roles",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("candidate_id", sa.Uuid(), nullable=False),
        sa.Column("role_id", sa.Uuid(), nullable=False),
        sa.Column("create_time", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["role_id"], ["matching.canonical_roles.role_id"], name="fk_candidate_roles_role_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("tenant_id", "candidate_id", "role_id", name="pk_candidate_roles"),
        schema=SCHEMA,
    )
    op.create_index("ix_candidate_roles_role_id", "candidate_roles", ["role_id"], unique=False, schema=SCHEMA)
    secure(op, SCHEMA, "canonical_roles", Kind.PLATFORM)
    secure(op, SCHEMA, "role_aliases", Kind.PLATFORM)
    secure(op, SCHEMA, "candidate_roles", Kind.TENANT, platform="read")


def _create_postings() -> None:
    op.create_table(
        "postings",
        sa.Column("posting_id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=True),
        sa.Column("platform", sa.Text(), nullable=False),
        sa.Column("platform_job_id", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("company", sa.Text(), nullable=False),
        sa.Column("location", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("salary_min", sa.Double(), nullable=True),
        sa.Column("salary_max", sa.Double(), nullable=True),
        sa.Column("salary_currency", sa.Text(), nullable=False),
        sa.Column("job_type", sa.Text(), nullable=False),
        sa.Column("experience_level", sa.Text(), nullable=False),
        sa.Column("board_remote", sa.Boolean(), nullable=True),
        sa.Column("fingerprint", sa.Text(), nullable=True),
        sa.Column("posted_time", sa.DateTime(timezone=True), nullable=True),
        sa.Column("create_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("batch_id", sa.Uuid(), nullable=True),
        sa.Column("session_id", sa.Uuid(), nullable=True),
        sa.PrimaryKeyConstraint("posting_id", name="pk_postings"),
        schema=SCHEMA,
    )
    op.create_index(
        "ix_postings_fingerprint_last_seen_time",
        "postings",
        ["fingerprint", "last_seen_time"],
        unique=False,
        schema=SCHEMA,
    )
    op.create_index(
        "ix_postings_platform_posting_id", "postings", ["platform", "posting_id"], unique=False, schema=SCHEMA
    )
    op.create_table(
        "posting_sources",
        sa.Column("source_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=True),
        sa.Column("posting_id", sa.Uuid(), nullable=False),
        sa.Column("platform", sa.Text(), nullable=False),
        sa.Column("platform_job_id", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("last_seen_time", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["posting_id"], ["matching.postings.posting_id"], name="fk_posting_sources_posting_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("source_id", name="pk_posting_sources"),
        schema=SCHEMA,
    )
    op.create_index("ix_posting_sources_posting_id", "posting_sources", ["posting_id"], unique=False, schema=SCHEMA)
    op.create_index(
        "uq_posting_sources_own",
        "posting_sources",
        ["tenant_id", "platform", "platform_job_id"],
        unique=True,
        schema=SCHEMA,
        postgresql_where=sa.text("tenant_id IS NOT NULL"),
    )
    op.create_index(
        "uq_posting_sources_shared",
        "posting_sources",
        ["platform", "platform_job_id"],
        unique=True,
        schema=SCHEMA,
        postgresql_where=sa.text("tenant_id IS NULL"),
    )
    op.create_table(
        "posting_roles",
        sa.Column("posting_id", sa.Uuid(), nullable=False),
        sa.Column("role_id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=True),
        sa.Column("searched", sa.Boolean(), nullable=False),
        sa.Column("link_time", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["posting_id"], ["matching.postings.posting_id"], name="fk_posting_roles_posting_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["role_id"], ["matching.canonical_roles.role_id"], name="fk_posting_roles_role_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("posting_id", "role_id", name="pk_posting_roles"),
        schema=SCHEMA,
    )
    op.create_index(
        "ix_posting_roles_role_id_posting_id", "posting_roles", ["role_id", "posting_id"], unique=False, schema=SCHEMA
    )
    secure(op, SCHEMA, "postings", Kind.MIXED)
    secure(op, SCHEMA, "posting_sources", Kind.MIXED)
    secure(op, SCHEMA, "posting_roles", Kind.MIXED)


def _create_readings() -> None:
    op.create_table(
        "posting_readings",
        sa.Column("posting_id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=True),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("remote", sa.Boolean(), nullable=False),
        sa.Column("min_years", sa.Double(), nullable=True),
        sa.Column("max_years", sa.Double(), nullable=True),
        sa.Column("skills", postgresql.JSONB(), nullable=False),
        sa.Column("skill_keys", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("evidence", postgresql.JSONB(), nullable=False),
        sa.Column("embedding", HALFVEC(256), nullable=False),
        sa.Column("source_hash", sa.LargeBinary(), nullable=False),
        sa.Column("content_hash", sa.LargeBinary(), nullable=False),
        sa.Column("search", postgresql.TSVECTOR(), nullable=False),
        sa.Column("read_time", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["posting_id"], ["matching.postings.posting_id"], name="fk_posting_readings_posting_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("posting_id", name="pk_posting_readings"),
        schema=SCHEMA,
    )
    op.create_index(
        "ix_posting_readings_search",
        "posting_readings",
        ["search"],
        unique=False,
        schema=SCHEMA,
        postgresql_using="gin",
    )
    op.create_table(
        "posting_intake",
        sa.Column("posting_id", sa.Uuid(), nullable=False),
        sa.Column("ticket", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("fault", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.ForeignKeyConstraint(
            ["posting_id"], ["matching.postings.posting_id"], name="fk_posting_intake_posting_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("posting_id", name="pk_posting_intake"),
        schema=SCHEMA,
    )
    op.create_index("ix_posting_intake_step_ticket", "posting_intake", ["step", "ticket"], unique=False, schema=SCHEMA)
    op.create_table(
        "import_batches",
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.Column("platform", sa.Text(), nullable=False),
        sa.Column("request_hash", sa.LargeBinary(), nullable=False),
        sa.Column("answer", postgresql.JSONB(), nullable=False),
        sa.Column("create_time", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("batch_id", name="pk_import_batches"),
        schema=SCHEMA,
    )
    secure(op, SCHEMA, "posting_readings", Kind.MIXED)
    secure(op, SCHEMA, "posting_intake", Kind.PLATFORM)
    secure(op, SCHEMA, "import_batches", Kind.PLATFORM)


def _create_profiles() -> None:
    op.create_table(
        "candidate_profiles",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("candidate_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("display_name", sa.Text(), nullable=False),
        sa.Column("matchable", sa.Boolean(), nullable=False),
        sa.Column("current_title", sa.Text(), nullable=False),
        sa.Column("preferred_roles", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("experience_years", sa.SmallInteger(), nullable=True),
        sa.Column("experience_evidence", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("skills", postgresql.JSONB(), nullable=False),
        sa.Column("skill_keys", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("resume_id", sa.Uuid(), nullable=True),
        sa.Column("embedding", HALFVEC(256), nullable=True),
        sa.Column("text_hash", sa.LargeBinary(), nullable=True),
        sa.Column("content_hash", sa.LargeBinary(), nullable=True),
        sa.Column("update_time", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "candidate_id", name="pk_candidate_profiles"),
        schema=SCHEMA,
    )
    op.create_table(
        "forgotten_candidates",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("candidate_id", sa.Uuid(), nullable=False),
        sa.Column("forget_time", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "candidate_id", name="pk_forgotten_candidates"),
        schema=SCHEMA,
    )
    secure(op, SCHEMA, "candidate_profiles", Kind.TENANT, platform="read")
    secure(op, SCHEMA, "forgotten_candidates", Kind.TENANT)


def _create_matches() -> None:
    op.create_table(
        "candidate_matches",
        sa.Column("match_id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("candidate_id", sa.Uuid(), nullable=False),
        sa.Column("posting_id", sa.Uuid(), nullable=False),
        sa.Column("score", sa.SmallInteger(), nullable=False),
        sa.Column("skills_score", sa.SmallInteger(), nullable=True),
        sa.Column("experience_score", sa.SmallInteger(), nullable=True),
        sa.Column("semantic_score", sa.SmallInteger(), nullable=True),
        sa.Column("confidence", sa.SmallInteger(), nullable=False),
        sa.Column("matched", sa.LargeBinary(), nullable=False),
        sa.Column("scorer_version", sa.Text(), nullable=False),
        sa.Column("profile_hash", sa.LargeBinary(), nullable=False),
        sa.Column("posting_hash", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.Text(), server_default=sa.text("'SUGGESTED'"), nullable=False),
        sa.Column("state_version", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("rejection_reason", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("create_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("update_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("view_time", sa.DateTime(timezone=True), nullable=True),
        sa.Column("shortlist_time", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reject_time", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("match_id", name="pk_candidate_matches"),
        schema=SCHEMA,
    )
    op.create_index(
        "ix_candidate_matches_candidate_best",
        "candidate_matches",
        ["tenant_id", "candidate_id", sa.text("score DESC"), "match_id"],
        unique=False,
        schema=SCHEMA,
    )
    op.create_index(
        "ix_candidate_matches_posting_best",
        "candidate_matches",
        ["tenant_id", "posting_id", sa.text("score DESC"), "match_id"],
        unique=False,
        schema=SCHEMA,
    )
    op.create_index(
        "uq_candidate_matches_pair",
        "candidate_matches",
        ["tenant_id", "candidate_id", "posting_id"],
        unique=True,
        schema=SCHEMA,
    )
    secure(op, SCHEMA, "candidate_matches", Kind.TENANT)
