"""Long runs, imports of files, and the indexes of postings.

Revision ID: 0007
Revises: 0006
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from blacklight_servicekit.migration import secure
from blacklight_servicekit.tables import Kind
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

SCHEMA = "matching"
EMBEDDED = ("posting_readings", "candidate_profiles")
UNFINISHED = sa.text("state IN ('RUNNING', 'PAUSED') AND kind <> 'POSTING_IMPORT'")

INDEXES = (
    ("ix_postings_tenant_id_create_time", "postings", "(tenant_id, create_time DESC, posting_id DESC)"),
    ("ix_postings_tenant_id_last_seen_time", "postings", "(tenant_id, last_seen_time DESC, posting_id DESC)"),
    (
        "ix_postings_tenant_id_posted_time",
        "postings",
        "(tenant_id, COALESCE(posted_time, create_time) DESC, posting_id DESC)",
    ),
    (
        "ix_postings_tenant_id_end_state",
        "postings",
        "(tenant_id, end_state, create_time DESC, posting_id DESC) WHERE end_state <> ''",
    ),
    ("ix_postings_title", "postings", '(tenant_id, lower("left"(title, 80)), posting_id)'),
    ("ix_postings_location", "postings", "USING gin (to_tsvector('simple'::regconfig, replace(location, '/', ' ')))"),
    ("ix_posting_readings_skill_keys", "posting_readings", "USING gin (skill_keys)"),
    ("ix_posting_readings_workplace", "posting_readings", "(tenant_id, workplace)"),
    ("ix_posting_readings_engine", "posting_readings", "(engine, posting_id)"),
)
"""Name, table, and what follows in the statement; the models say the same."""


def upgrade() -> None:
    """Creates the tables, and the indexes that lists and imports look things up by (spec H-20, pain P-95)."""
    _create_runs()
    _create_imports()
    for table in EMBEDDED:
        op.add_column(
            table, sa.Column("engine", sa.Text(), server_default=sa.text("''"), nullable=False), schema=SCHEMA
        )
    for name, table, definition in INDEXES:
        op.execute(f"CREATE INDEX {name} ON {SCHEMA}.{table} {definition}")


def downgrade() -> None:
    """Removes them."""
    for name, _, _ in INDEXES:
        op.execute(f"DROP INDEX {SCHEMA}.{name}")
    for table in EMBEDDED:
        op.drop_column(table, "engine", schema=SCHEMA)
    for table in ("posting_import_rows", "posting_import_pieces", "posting_imports", "runs"):
        op.drop_table(table, schema=SCHEMA)


def _create_runs() -> None:
    op.create_table(
        "runs",
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("task", postgresql.JSONB(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("done", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("failed", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("total", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("position", postgresql.JSONB(), nullable=False),
        sa.Column("starter_kind", sa.Text(), nullable=False),
        sa.Column("starter_id", sa.Text(), nullable=False),
        sa.Column("create_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("update_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("end_time", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("error", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.PrimaryKeyConstraint("run_id", name="pk_runs"),
        schema=SCHEMA,
    )
    op.create_index(
        "uq_runs_unfinished",
        "runs",
        ["tenant_id", "kind"],
        unique=True,
        schema=SCHEMA,
        postgresql_nulls_not_distinct=True,
        postgresql_where=UNFINISHED,
    )
    op.create_index("ix_runs_tenant_id_run_id", "runs", ["tenant_id", "run_id"], unique=False, schema=SCHEMA)
    secure(op, SCHEMA, "runs", Kind.TENANT, platform="write")


def _create_imports() -> None:
    op.create_table(
        "posting_imports",
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.Column("platform", sa.Text(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("charset", sa.Text(), nullable=False),
        sa.Column("update_existing", sa.Boolean(), nullable=False),
        sa.Column("received_bytes", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("file_format", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("rows_new", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("rows_duplicate", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("rows_refreshed", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("rows_updated", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("rows_rejected", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.ForeignKeyConstraint(
            ["import_id"], ["matching.runs.run_id"], name="fk_posting_imports_import_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("import_id", name="pk_posting_imports"),
        schema=SCHEMA,
    )
    op.create_table(
        "posting_import_pieces",
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.Column("start_byte", sa.BigInteger(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["import_id"],
            ["matching.posting_imports.import_id"],
            name="fk_posting_import_pieces_import_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("import_id", "start_byte", name="pk_posting_import_pieces"),
        schema=SCHEMA,
    )
    op.execute(f"ALTER TABLE {SCHEMA}.posting_import_pieces ALTER COLUMN data SET STORAGE EXTERNAL")
    op.create_table(
        "posting_import_rows",
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.Column("row_number", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("posting_id", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["import_id"],
            ["matching.posting_imports.import_id"],
            name="fk_posting_import_rows_import_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("import_id", "row_number", name="pk_posting_import_rows"),
        schema=SCHEMA,
    )
    op.create_index(
        "ix_posting_import_rows_outcome",
        "posting_import_rows",
        ["import_id", "outcome", "row_number"],
        unique=False,
        schema=SCHEMA,
    )
    for table in ("posting_imports", "posting_import_pieces", "posting_import_rows"):
        secure(op, SCHEMA, table, Kind.PLATFORM)
