"""Candidates and their resumes."""

import sqlalchemy as sa
from alembic import op
from blacklight_servicekit.migration import create_kit_tables, secure
from blacklight_servicekit.tables import Kind
from sqlalchemy.dialects import postgresql as pg

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

SCHEMA = "candidate"


def upgrade() -> None:
    create_kit_tables(op, SCHEMA)
    _create_candidates()
    _create_resumes()
    secure(op, SCHEMA, "candidates", Kind.TENANT)
    secure(op, SCHEMA, "resumes", Kind.TENANT)


def _create_candidates() -> None:
    op.create_table(
        "candidates",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("given_name", sa.Text(), nullable=False),
        sa.Column("family_name", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=False),
        sa.Column("location", sa.Text(), nullable=False),
        sa.Column("current_title", sa.Text(), nullable=False),
        sa.Column("experience_years", sa.SmallInteger(), nullable=True),
        sa.Column("skills", pg.ARRAY(sa.Text()), nullable=False),
        sa.Column("preferred_roles", pg.ARRAY(sa.Text()), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("edited_fields", pg.ARRAY(sa.Text()), nullable=False),
        sa.Column("profile_resume_id", sa.Uuid(), nullable=True),
        sa.Column("skill_keys", pg.ARRAY(sa.Text()), nullable=False),
        sa.Column("search_words", pg.ARRAY(sa.Text()), nullable=False),
        sa.Column(
            "search_vector",
            pg.TSVECTOR(),
            sa.Computed("array_to_tsvector(search_words)", persisted=True),
            nullable=False,
        ),
        sa.Column("create_time", pg.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("update_time", pg.TIMESTAMP(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_candidates"),
        sa.CheckConstraint("state IN ('INTAKE', 'PARSING', 'REVIEW', 'READY')", name=op.f("ck_candidates_state")),
        sa.CheckConstraint("experience_years BETWEEN 0 AND 70", name=op.f("ck_candidates_experience_years")),
        schema=SCHEMA,
    )
    _index("ix_candidates_newest", "candidates", "tenant_id", "create_time", "id")
    _index("ix_candidates_state", "candidates", "tenant_id", "state", "create_time", "id")
    _index("ix_candidates_search_vector", "candidates", "search_vector", postgresql_using="gin")
    _index("ix_candidates_skill_keys", "candidates", "skill_keys", postgresql_using="gin")


def _create_resumes() -> None:
    op.create_table(
        "resumes",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("candidate_id", sa.Uuid(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("content_type", sa.Text(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("is_primary", sa.Boolean(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("failure_reason", sa.Text(), nullable=False),
        sa.Column("failure_message", sa.Text(), nullable=False),
        sa.Column("failure_retryable", sa.Boolean(), nullable=False),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("parsed", pg.JSONB(), nullable=True),
        sa.Column("parser_version", sa.Text(), nullable=True),
        sa.Column("create_time", pg.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("process_time", pg.TIMESTAMP(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_resumes"),
        sa.ForeignKeyConstraint(
            ["tenant_id", "candidate_id"],
            [f"{SCHEMA}.candidates.tenant_id", f"{SCHEMA}.candidates.id"],
            name="fk_resumes_tenant_id_candidate_id",
        ),
        sa.UniqueConstraint("tenant_id", "candidate_id", "sha256", name="uq_resumes_tenant_id_candidate_id_sha256"),
        sa.CheckConstraint("state IN ('PENDING', 'PROCESSING', 'COMPLETED', 'FAILED')", name=op.f("ck_resumes_state")),
        schema=SCHEMA,
    )
    _index("ix_resumes_newest", "resumes", "tenant_id", "candidate_id", "create_time", "id")
    _index(
        "uq_resumes_primary",
        "resumes",
        "tenant_id",
        "candidate_id",
        unique=True,
        postgresql_where=sa.text("is_primary"),
    )


def _index(name: str, table: str, *columns: str, **options: object) -> None:
    op.create_index(name, table, list(columns), schema=SCHEMA, **options)
