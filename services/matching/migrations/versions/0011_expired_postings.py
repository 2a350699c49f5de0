"""The index that expired postings are listed by.

Revision ID: 0011
Revises: 0010
"""

from __future__ import annotations

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

SCHEMA = "matching"
LAST_SIGN = "timezone('UTC', least(timezone('UTC', last_seen_time), timezone('UTC', posted_time) + interval '30 days'))"
"""30 days: how much longer than unseen a posting may be old, by the rule as it comes (`ExpiryRule`)."""


def upgrade() -> None:
    """Creates it."""
    op.execute(
        f"CREATE INDEX ix_postings_tenant_id_last_sign ON {SCHEMA}.postings"
        f" (tenant_id, ({LAST_SIGN}) DESC, posting_id DESC) WHERE end_state = ''"
    )


def downgrade() -> None:
    """Removes it."""
    op.execute(f"DROP INDEX {SCHEMA}.ix_postings_tenant_id_last_sign")
