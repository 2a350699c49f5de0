"""States and occupations of canonical roles.

Revision ID: 0009
Revises: 0008
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

SCHEMA = "matching"
LINKS = f"{SCHEMA}.candidate_roles"


def upgrade() -> None:
    """A role that nobody has looked at is PENDING. Merging moves the links of every tenant, as the platform."""
    for name in ("occupation_code", "reject_reason"):
        op.add_column(
            "canonical_roles",
            sa.Column(name, sa.Text(), server_default=sa.text("''"), nullable=False),
            schema=SCHEMA,
        )
    op.add_column(
        "canonical_roles",
        sa.Column("decision_version", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        schema=SCHEMA,
    )
    op.execute(f"UPDATE {SCHEMA}.canonical_roles SET state = 'PENDING' WHERE state = 'ACTIVE'")
    op.execute(
        f"CREATE INDEX ix_canonical_roles_words ON {SCHEMA}.canonical_roles USING gin (to_tsvector('simple', name))"
    )
    op.create_index("ix_canonical_roles_merged_into", "canonical_roles", ["merged_into"], schema=SCHEMA)
    op.execute(f"DROP POLICY platform_read ON {LINKS}")
    op.execute(f"GRANT INSERT, UPDATE, DELETE ON {LINKS} TO {SCHEMA}_platform")
    op.execute(f"CREATE POLICY platform_all ON {LINKS} TO {SCHEMA}_platform USING (true) WITH CHECK (true)")


def downgrade() -> None:
    """Puts the states of before back."""
    op.execute(f"DROP POLICY platform_all ON {LINKS}")
    op.execute(f"REVOKE INSERT, UPDATE, DELETE ON {LINKS} FROM {SCHEMA}_platform")
    op.execute(f"CREATE POLICY platform_read ON {LINKS} FOR SELECT TO {SCHEMA}_platform USING (true)")
    op.execute(f"UPDATE {SCHEMA}.canonical_roles SET state = 'ACTIVE' WHERE state IN ('PENDING', 'APPROVED')")
    for index in ("ix_canonical_roles_merged_into", "ix_canonical_roles_words"):
        op.drop_index(index, "canonical_roles", schema=SCHEMA)
    for name in ("decision_version", "reject_reason", "occupation_code"):
        op.drop_column("canonical_roles", name, schema=SCHEMA)
