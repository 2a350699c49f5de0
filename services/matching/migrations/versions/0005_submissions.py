"""Submissions, their stages, interviews and activities.

Revision ID: 0005
Revises: 0004
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from blacklight_servicekit.migration import secure
from blacklight_servicekit.tables import Kind

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

SCHEMA = "matching"
TABLES = ("submissions", "submission_stages", "submission_interviews", "submission_activities")
STATES = (
    "'SUBMITTED', 'CLIENT_REVIEW', 'INTERVIEW_SCHEDULED', 'INTERVIEWED', 'OFFERED', 'ON_HOLD',"
    " 'PLACED', 'REJECTED', 'WITHDRAWN'"
)
IS_ACTIVE = "state IN ('SUBMITTED', 'CLIENT_REVIEW', 'INTERVIEW_SCHEDULED', 'INTERVIEWED', 'OFFERED', 'ON_HOLD')"


def upgrade() -> None:
    """Creates the tables, walled, with an index for each way they are listed (H-20)."""
    _create_submissions()
    _create_stages()
    _create_interviews()
    _create_activities()
    for table in TABLES:
        secure(op, SCHEMA, table, Kind.TENANT)


def downgrade() -> None:
    """Drops them."""
    for table in reversed(TABLES):
        op.drop_table(table, schema=SCHEMA)


def _create_submissions() -> None:
    op.create_table(
        "submissions",
        sa.Column("submission_id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("submitter_id", sa.Uuid(), nullable=False),
        sa.Column("candidate_id", sa.Uuid(), nullable=False),
        *_texts("candidate_name", "candidate_title"),
        sa.Column("posting_id", sa.Uuid(), nullable=True),
        *_texts("job_title", "job_company", "job_location", "job_url", "job_platform", "job_description"),
        sa.Column("job_hash", sa.LargeBinary(), nullable=False),
        sa.Column("resume_id", sa.Uuid(), nullable=True),
        *_texts("resume_name"),
        sa.Column("profile_version", sa.BigInteger(), nullable=False),
        sa.Column("profile_hash", sa.LargeBinary(), nullable=False),
        *_texts("state", "held_state"),
        _time("state_time"),
        *_texts("state_changer_id", "vendor_company", "vendor_key"),
        *_texts("vendor_contact_name", "vendor_contact_email", "vendor_contact_phone"),
        *_texts("client_company", "client_key", "job_key"),
        _time("right_end_time"),
        *_texts("right_override_reason"),
        sa.Column("bill_rate", sa.Numeric(10, 2), nullable=True),
        sa.Column("pay_rate", sa.Numeric(10, 2), nullable=True),
        *_texts("rate_type", "currency", "notes", "cover_letter"),
        sa.Column("priority", sa.SmallInteger(), nullable=False),
        sa.Column("hot", sa.Boolean(), nullable=False),
        sa.Column("follow_up_date", sa.Date(), nullable=True),
        *_texts("rejection_reason", "rejection_stage", "withdrawal_reason"),
        sa.Column("placement_start_date", sa.Date(), nullable=True),
        sa.Column("placement_end_date", sa.Date(), nullable=True),
        sa.Column("placement_months", sa.SmallInteger(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        _time("create_time"),
        _time("update_time"),
        sa.CheckConstraint(f"state IN ({STATES})", name=op.f("ck_submissions_state")),
        sa.CheckConstraint("bill_rate >= 0 AND pay_rate >= 0", name=op.f("ck_submissions_rates")),
        sa.CheckConstraint("placement_months >= 1", name=op.f("ck_submissions_placement_months")),
        sa.PrimaryKeyConstraint("submission_id", name="pk_submissions"),
        schema=SCHEMA,
    )
    _unique_while_active()
    _newest("newest")
    _newest("candidate", "candidate_id")
    _newest("posting", "posting_id")
    _newest("state", "state")
    _newest("submitter", "submitter_id")
    _newest("vendor", "vendor_key")
    _newest("client", "client_key")
    _newest("priority", "priority")
    _newest("hot", where="hot")
    _index("ix_submissions_updated", "submissions", "tenant_id", "update_time", "submission_id")
    _index("ix_submissions_moved", "submissions", "tenant_id", "state_time", "submission_id")
    _index(
        "ix_submissions_follow_up",
        "submissions",
        "tenant_id",
        "follow_up_date",
        "submission_id",
        where=f"follow_up_date IS NOT NULL AND {IS_ACTIVE}",
    )


def _unique_while_active() -> None:
    """One active submission a candidate and posting; a new one after a final state is welcome (D-2)."""
    op.create_index(
        "uq_submissions_active",
        "submissions",
        ["tenant_id", "candidate_id", "posting_id"],
        unique=True,
        postgresql_where=sa.text(f"posting_id IS NOT NULL AND {IS_ACTIVE}"),
        schema=SCHEMA,
    )


def _create_stages() -> None:
    op.create_table(
        "submission_stages",
        sa.Column("stage_id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        _of_submission(),
        *_texts("state"),
        _time("enter_time"),
        sa.Column("leave_time", sa.DateTime(timezone=True), nullable=True),
        *_texts("changer_id"),
        _foreign_key("submission_stages"),
        sa.PrimaryKeyConstraint("stage_id", name="pk_submission_stages"),
        schema=SCHEMA,
    )
    _index("ix_submission_stages_submission", "submission_stages", "submission_id", "enter_time", "stage_id")


def _create_interviews() -> None:
    op.create_table(
        "submission_interviews",
        sa.Column("interview_id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        _of_submission(),
        *_texts("state", "type"),
        _time("start_time"),
        *_texts("location", "notes", "feedback", "cancel_reason"),
        _time("create_time"),
        _time("update_time"),
        _foreign_key("submission_interviews"),
        sa.PrimaryKeyConstraint("interview_id", name="pk_submission_interviews"),
        schema=SCHEMA,
    )
    _index(
        "ix_submission_interviews_submission", "submission_interviews", "submission_id", "start_time", "interview_id"
    )


def _create_activities() -> None:
    op.create_table(
        "submission_activities",
        sa.Column("activity_id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        _of_submission(),
        *_texts("type", "content", "old_value", "new_value", "actor_id"),
        _time("create_time"),
        _foreign_key("submission_activities"),
        sa.PrimaryKeyConstraint("activity_id", name="pk_submission_activities"),
        schema=SCHEMA,
    )
    _index("ix_submission_activities_newest", "submission_activities", "submission_id", "create_time", "activity_id")


def _texts(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text(), nullable=False) for name in names]


def _time(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=False)


def _of_submission() -> sa.Column[object]:
    return sa.Column("submission_id", sa.Uuid(), nullable=False)


def _foreign_key(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["submission_id"], [f"{SCHEMA}.submissions.submission_id"], name=f"fk_{table}_submission_id", ondelete="CASCADE"
    )


def _newest(name: str, *columns: str, where: str = "") -> None:
    ordered = ("tenant_id", *columns, "create_time", "submission_id")
    _index(f"ix_submissions_{name}", "submissions", *ordered, where=where)


def _index(name: str, table: str, *columns: str, where: str = "") -> None:
    condition = sa.text(where) if where else None
    op.create_index(name, table, list(columns), postgresql_where=condition, schema=SCHEMA)
