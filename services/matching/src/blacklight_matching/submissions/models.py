"""Tables of submissions. No foreign key leads to postings or candidates: the record outlives both (P-79, H-6)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from blacklight_servicekit.tables import Kind
from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Numeric, SmallInteger, text
from sqlalchemy.orm import Mapped, mapped_column

from blacklight_matching.models import Base
from blacklight_matching.submissions.states import ACTIVE, State


def _quoted(values: Sequence[str]) -> str:
    return ", ".join(f"'{value}'" for value in values)


IS_ACTIVE = f"state IN ({_quoted(ACTIVE)})"
"""As SQL, in the same words as in the migration: the planner uses the partial indexes for no other."""


def _newest(name: str, *columns: str, where: str = "") -> Index:
    """Serves a list of a tenant by these columns, newest first."""
    order = ("create_time", "submission_id")
    return Index(
        f"ix_submissions_{name}", "tenant_id", *columns, *order, postgresql_where=text(where) if where else None
    )


class SubmissionRow(Base):
    """A submission with what was true of job and candidate when it was made."""

    __tablename__ = "submissions"
    __table_args__ = (
        CheckConstraint(f"state IN ({_quoted(tuple(State))})", name="state"),
        CheckConstraint("bill_rate >= 0 AND pay_rate >= 0", name="rates"),
        CheckConstraint("placement_months >= 1", name="placement_months"),
        # One active submission a candidate and posting; a new one after a final state is welcome (D-2).
        Index(
            "uq_submissions_active",
            "tenant_id",
            "candidate_id",
            "posting_id",
            unique=True,
            postgresql_where=text(f"posting_id IS NOT NULL AND {IS_ACTIVE}"),
        ),
        _newest("newest"),
        _newest("candidate", "candidate_id"),
        _newest("posting", "posting_id"),
        _newest("state", "state"),
        _newest("submitter", "submitter_id"),
        _newest("vendor", "vendor_key"),
        _newest("client", "client_key"),
        _newest("priority", "priority"),
        _newest("hot", where="hot"),
        Index("ix_submissions_updated", "tenant_id", "update_time", "submission_id"),
        Index("ix_submissions_moved", "tenant_id", "state_time", "submission_id"),
        Index(
            "ix_submissions_follow_up",
            "tenant_id",
            "follow_up_date",
            "submission_id",
            postgresql_where=text(f"follow_up_date IS NOT NULL AND {IS_ACTIVE}"),
        ),
        {"info": {"kind": Kind.TENANT}},
    )

    submission_id: Mapped[UUID] = mapped_column(primary_key=True)
    tenant_id: Mapped[UUID]
    submitter_id: Mapped[UUID]
    candidate_id: Mapped[UUID]
    candidate_name: Mapped[str]
    candidate_title: Mapped[str]
    # Null for an external job. A posting that is deleted keeps its id here.
    posting_id: Mapped[UUID | None]
    job_title: Mapped[str]
    job_company: Mapped[str]
    job_location: Mapped[str]
    job_url: Mapped[str]
    job_platform: Mapped[str]
    job_description: Mapped[str] = mapped_column(deferred=True)
    job_hash: Mapped[bytes]
    resume_id: Mapped[UUID | None]
    resume_name: Mapped[str]
    profile_version: Mapped[int] = mapped_column(BigInteger)
    profile_hash: Mapped[bytes]
    state: Mapped[str]
    held_state: Mapped[str]
    state_time: Mapped[datetime]
    state_changer_id: Mapped[str]
    vendor_company: Mapped[str]
    vendor_key: Mapped[str]
    vendor_contact_name: Mapped[str]
    vendor_contact_email: Mapped[str]
    vendor_contact_phone: Mapped[str]
    client_company: Mapped[str]
    client_key: Mapped[str]
    # Client and title normalised: what the right to represent is held for.
    job_key: Mapped[str]
    right_end_time: Mapped[datetime]
    right_override_reason: Mapped[str]
    bill_rate: Mapped[Decimal | None] = mapped_column(Numeric(10, 2))
    pay_rate: Mapped[Decimal | None] = mapped_column(Numeric(10, 2))
    rate_type: Mapped[str]
    currency: Mapped[str]
    notes: Mapped[str]
    cover_letter: Mapped[str] = mapped_column(deferred=True)
    # 1 low, 2 medium, 3 high: sorted by.
    priority: Mapped[int] = mapped_column(SmallInteger)
    hot: Mapped[bool]
    follow_up_date: Mapped[date | None]
    rejection_reason: Mapped[str]
    rejection_stage: Mapped[str]
    withdrawal_reason: Mapped[str]
    placement_start_date: Mapped[date | None]
    placement_end_date: Mapped[date | None]
    placement_months: Mapped[int | None] = mapped_column(SmallInteger)
    version: Mapped[int] = mapped_column(BigInteger)
    create_time: Mapped[datetime]
    update_time: Mapped[datetime]


def _of_submission() -> Mapped[UUID]:
    return mapped_column(ForeignKey("matching.submissions.submission_id", ondelete="CASCADE"))


class StageRow(Base):
    """A stay of a submission in a state; the one that lasts has no end."""

    __tablename__ = "submission_stages"
    __table_args__ = (
        Index("ix_submission_stages_submission", "submission_id", "enter_time", "stage_id"),
        {"info": {"kind": Kind.TENANT}},
    )

    stage_id: Mapped[UUID] = mapped_column(primary_key=True)
    tenant_id: Mapped[UUID]
    submission_id: Mapped[UUID] = _of_submission()
    state: Mapped[str]
    enter_time: Mapped[datetime]
    leave_time: Mapped[datetime | None]
    changer_id: Mapped[str]


class InterviewRow(Base):
    """An interview."""

    __tablename__ = "submission_interviews"
    __table_args__ = (
        Index("ix_submission_interviews_submission", "submission_id", "start_time", "interview_id"),
        {"info": {"kind": Kind.TENANT}},
    )

    interview_id: Mapped[UUID] = mapped_column(primary_key=True)
    tenant_id: Mapped[UUID]
    submission_id: Mapped[UUID] = _of_submission()
    state: Mapped[str]
    type: Mapped[str]
    start_time: Mapped[datetime]
    location: Mapped[str]
    notes: Mapped[str]
    feedback: Mapped[str]
    cancel_reason: Mapped[str]
    create_time: Mapped[datetime]
    update_time: Mapped[datetime]


class ActivityRow(Base):
    """Something that happened to a submission."""

    __tablename__ = "submission_activities"
    __table_args__ = (
        Index("ix_submission_activities_newest", "submission_id", "create_time", "activity_id"),
        {"info": {"kind": Kind.TENANT}},
    )

    activity_id: Mapped[UUID] = mapped_column(primary_key=True)
    tenant_id: Mapped[UUID]
    submission_id: Mapped[UUID] = _of_submission()
    type: Mapped[str]
    content: Mapped[str]
    old_value: Mapped[str]
    new_value: Mapped[str]
    actor_id: Mapped[str]
    create_time: Mapped[datetime]
