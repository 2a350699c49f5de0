"""Answers of imports are stored as they are: ids hardly shrink, and trying costs more than the insert.

Revision ID: 0003
Revises: 0002
"""

from __future__ import annotations

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE matching.import_batches ALTER COLUMN answer SET STORAGE EXTERNAL")


def downgrade() -> None:
    op.execute("ALTER TABLE matching.import_batches ALTER COLUMN answer SET STORAGE EXTENDED")
