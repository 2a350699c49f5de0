"""What incremental matching needs: how long each candidate's list is, and what has changed of a tenant's bench.

Revision ID: 0010
Revises: 0009
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from blacklight_servicekit.migration import secure
from blacklight_servicekit.tables import Kind

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

SCHEMA = "matching"
CHANGED = ("candidate_profiles", "forgotten_candidates")


def upgrade() -> None:
    """Matches that are there hold; their lists are counted."""
    op.add_column(
        "candidate_matches",
        sa.Column("holds", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        schema=SCHEMA,
    )
    op.add_column(
        "candidate_matches",
        sa.Column("write_number", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        schema=SCHEMA,
    )
    op.execute(f"CREATE SEQUENCE {SCHEMA}.match_writes")
    op.execute(f"GRANT USAGE ON SEQUENCE {SCHEMA}.match_writes TO {SCHEMA}_app")
    op.create_table(
        "match_lists",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("candidate_id", sa.Uuid(), nullable=False),
        sa.Column("holding", sa.Integer(), nullable=False),
        sa.Column("floor_score", sa.SmallInteger(), nullable=True),
        sa.PrimaryKeyConstraint("tenant_id", "candidate_id", name="pk_match_lists"),
        schema=SCHEMA,
    )
    # Nearly every write is a new count in an old row: with room beside it no index is touched.
    op.execute(f"ALTER TABLE {SCHEMA}.match_lists SET (fillfactor = 50)")
    op.create_table(
        "benches",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", name="pk_benches"),
        schema=SCHEMA,
    )
    for table in CHANGED:
        op.add_column(
            table,
            sa.Column("bench_version", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
            schema=SCHEMA,
        )
        op.create_index(f"ix_{table}_tenant_id_bench_version", table, ["tenant_id", "bench_version"], schema=SCHEMA)
    secure(op, SCHEMA, "match_lists", Kind.TENANT)
    secure(op, SCHEMA, "benches", Kind.TENANT)
    op.execute(
        f"INSERT INTO {SCHEMA}.match_lists (tenant_id, candidate_id, holding)"
        f" SELECT tenant_id, candidate_id, count(*) FROM {SCHEMA}.candidate_matches GROUP BY 1, 2"
    )


def downgrade() -> None:
    """Removes them."""
    for table in CHANGED:
        op.drop_index(f"ix_{table}_tenant_id_bench_version", table, schema=SCHEMA)
        op.drop_column(table, "bench_version", schema=SCHEMA)
    op.drop_table("benches", schema=SCHEMA)
    op.drop_table("match_lists", schema=SCHEMA)
    op.execute(f"DROP SEQUENCE {SCHEMA}.match_writes")
    for column in ("write_number", "holds"):
        op.drop_column("candidate_matches", column, schema=SCHEMA)
