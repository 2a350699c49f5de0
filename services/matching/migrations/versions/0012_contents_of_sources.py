"""What a posting said at each place it was seen: a text that changes there is followed.

Revision ID: 0012
Revises: 0011
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

SCHEMA = "matching"


def upgrade() -> None:
    """Adds the columns, empty: what is known is taken as unchanged when it is next met."""
    op.add_column("posting_sources", sa.Column("content", sa.BigInteger(), nullable=True), schema=SCHEMA)
    op.add_column(
        "posting_sources", sa.Column("content_time", sa.DateTime(timezone=True), nullable=True), schema=SCHEMA
    )


def downgrade() -> None:
    """Removes them."""
    for column in ("content_time", "content"):
        op.drop_column("posting_sources", column, schema=SCHEMA)
