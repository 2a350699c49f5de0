"""Which postings were matched lately, so that a full matching looks at those again and not at all it has scored.

Revision ID: 0014
Revises: 0013
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from blacklight_servicekit.migration import secure
from blacklight_servicekit.tables import Kind

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

SCHEMA = "matching"


def upgrade() -> None:
    """Creates the table."""
    op.create_table(
        "match_turns",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("write_number", sa.BigInteger(), nullable=False),
        sa.Column("posting_ids", sa.LargeBinary(), nullable=False),
        sa.Column("turn_time", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "write_number", name="pk_match_turns"),
        schema=SCHEMA,
    )
    secure(op, SCHEMA, "match_turns", Kind.TENANT)


def downgrade() -> None:
    """Removes it."""
    op.drop_table("match_turns", schema=SCHEMA)
