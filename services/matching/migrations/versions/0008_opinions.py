"""Notes on matches and opinions kept apart from scores.

Revision ID: 0008
Revises: 0007
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from blacklight_servicekit.migration import secure
from blacklight_servicekit.tables import Kind
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

SCHEMA = "matching"


def upgrade() -> None:
    """Adds notes and the time of applying to matches, and the tables of opinions."""
    notes = sa.Column("notes", sa.Text(), server_default=sa.text("''"), nullable=False)
    op.add_column("candidate_matches", notes, schema=SCHEMA)
    applied = sa.Column("apply_time", sa.DateTime(timezone=True), nullable=True)
    op.add_column("candidate_matches", applied, schema=SCHEMA)
    _create_opinions()
    _create_spending()


def downgrade() -> None:
    """Removes them."""
    for table in ("opinion_spending", "match_opinions"):
        op.drop_table(table, schema=SCHEMA)
    for column in ("apply_time", "notes"):
        op.drop_column("candidate_matches", column, schema=SCHEMA)


def _create_opinions() -> None:
    op.create_table(
        "match_opinions",
        sa.Column("match_id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("opinion", postgresql.JSONB(), nullable=True),
        sa.Column("engine", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("profile_hash", sa.LargeBinary(), nullable=True),
        sa.Column("posting_hash", sa.LargeBinary(), nullable=True),
        sa.Column("create_time", sa.DateTime(timezone=True), nullable=True),
        sa.Column("expire_time", sa.DateTime(timezone=True), nullable=True),
        sa.Column("claim_until", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("match_id", name="pk_match_opinions"),
        schema=SCHEMA,
    )
    secure(op, SCHEMA, "match_opinions", Kind.TENANT)


def _create_spending() -> None:
    op.create_table(
        "opinion_spending",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("calls", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "day", name="pk_opinion_spending"),
        schema=SCHEMA,
    )
    secure(op, SCHEMA, "opinion_spending", Kind.TENANT)
