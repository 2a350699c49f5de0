"""What work a candidate takes.

Revision ID: 0002
Revises: 0001
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

SCHEMA = "candidate"


def upgrade() -> None:
    op.add_column(
        "candidates",
        sa.Column("preferences", postgresql.JSONB(), server_default=sa.text("'{}'"), nullable=False),
        schema=SCHEMA,
    )


def downgrade() -> None:
    op.drop_column("candidates", "preferences", schema=SCHEMA)
