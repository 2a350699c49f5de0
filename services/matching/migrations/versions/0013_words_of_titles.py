"""The index by which a role finds the postings that have its name.

Revision ID: 0013
Revises: 0012
"""

from __future__ import annotations

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

SCHEMA = "matching"
WORDS = "to_tsvector('simple'::regconfig, clean_title)"


def upgrade() -> None:
    """Creates it."""
    op.execute(f"CREATE INDEX ix_posting_readings_title_words ON {SCHEMA}.posting_readings USING gin ({WORDS})")


def downgrade() -> None:
    """Removes it."""
    op.execute(f"DROP INDEX {SCHEMA}.ix_posting_readings_title_words")
