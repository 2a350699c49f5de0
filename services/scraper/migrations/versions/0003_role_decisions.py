"""Which decision on a role was last heard of.

Revision ID: 0003
Revises: 0002
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

SCHEMA = "scraper"


def upgrade() -> None:
    op.add_column(
        "queued_roles",
        sa.Column("decision_version", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        schema=SCHEMA,
    )


def downgrade() -> None:
    op.drop_column("queued_roles", "decision_version", schema=SCHEMA)
