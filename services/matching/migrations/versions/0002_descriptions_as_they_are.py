"""Descriptions of postings are stored as they are: 3 kB hardly shrink, and trying costs more than the insert.

Revision ID: 0002
Revises: 0001
"""

from __future__ import annotations

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE matching.postings ALTER COLUMN description SET STORAGE EXTERNAL")


def downgrade() -> None:
    op.execute("ALTER TABLE matching.postings ALTER COLUMN description SET STORAGE EXTENDED")
