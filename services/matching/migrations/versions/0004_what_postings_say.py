"""How postings came and what they say; what work candidates take.

Revision ID: 0004
Revises: 0003
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

SCHEMA = "matching"


def upgrade() -> None:
    """Adds the columns; postings that were read before are read again, as the engine's version has changed."""
    for table, columns in _columns().items():
        for column in columns:
            op.add_column(table, column, schema=SCHEMA)


def downgrade() -> None:
    """Removes them."""
    for table, columns in _columns().items():
        for column in columns:
            op.drop_column(table, column.name, schema=SCHEMA)


def _columns() -> dict[str, list[sa.Column[object]]]:
    return {
        "postings": [
            _text("origin", "FLEET"),
            _text("end_state"),
            sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
            sa.Column("update_time", sa.DateTime(timezone=True), nullable=True),
        ],
        "posting_readings": [
            _text("clean_title"),
            _text("company_name"),
            _texts("places"),
            _text("country"),
            _text("workplace"),
            _texts("contract_types"),
            sa.Column("pay_min", sa.Double(), nullable=True),
            sa.Column("pay_max", sa.Double(), nullable=True),
            _text("pay_currency"),
            _text("pay_period"),
            _texts("work_authorizations"),
            _text("sponsorship"),
            _text("clearance"),
        ],
        "candidate_profiles": [
            _text("work_authorization"),
            sa.Column("needs_sponsorship", sa.Boolean(), nullable=True),
            _texts("locations"),
            sa.Column("open_to_relocation", sa.Boolean(), nullable=True),
            _texts("workplaces"),
            _texts("contract_types"),
            sa.Column("least_pay", sa.Double(), nullable=True),
            _text("pay_currency"),
            _text("pay_period"),
            sa.Column("experience_quotes", postgresql.JSONB(), server_default=sa.text("'[]'"), nullable=False),
            sa.Column("opening", postgresql.JSONB(), nullable=True),
        ],
    }


def _text(name: str, value: str = "") -> sa.Column[str]:
    return sa.Column(name, sa.Text(), server_default=sa.text(f"'{value}'"), nullable=False)


def _texts(name: str) -> sa.Column[list[str]]:
    return sa.Column(name, postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False)
