"""Submissions and what hangs on them as messages, and the fields of a message as values of columns."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any
from uuid import UUID

from blacklight.matching.v1 import submission_pb2 as pb
from blacklight_servicekit.errors import Invalid
from blacklight_servicekit.etag import etag_of

from blacklight_matching.submissions.rates import decimal_of, margin_of, text_of
from blacklight_matching.submissions.right import company_key
from blacklight_matching.wire import clean, optional_uuid, timestamp

GIVEN = (
    "job", "resume", "vendor_company", "vendor_contact_name", "vendor_contact_email", "vendor_contact_phone",
    "client_company", "bill_rate", "pay_rate", "rate_type", "currency", "notes", "cover_letter", "priority", "hot",
    "follow_up_date",
)  # fmt: skip
"""Fields that people write on creation."""
EDITABLE = (*GIVEN, "placement")
"""Fields that people write afterwards."""


def submission_etag(submission_id: UUID, version: int) -> str:
    """Changes with every write of the submission."""
    return etag_of("submission", submission_id, version)


def encode_submission(row: Any, *, whole: bool = False) -> pb.Submission:
    """A submission; with `whole` its long texts too, which lists do not read."""
    message = pb.Submission(
        submission_id=str(row.submission_id),
        candidate_id=str(row.candidate_id),
        candidate_name=row.candidate_name,
        candidate_title=row.candidate_title,
        posting_id=_id(row.posting_id),
        external=row.posting_id is None,
        job=_job(row),
        resume=pb.SubmissionResume(
            resume_id=_id(row.resume_id),
            name=row.resume_name,
            profile_version=row.profile_version,
            content_hash=bytes(row.profile_hash).hex(),
        ),
        state=encode_state(row.state),
        held_state=encode_state(row.held_state),
        state_time=timestamp(row.state_time),
        state_changer_id=row.state_changer_id,
        submitter_id=str(row.submitter_id),
        **_deal(row),
        **_outcome(row),
        right_override_reason=row.right_override_reason,
        right_end_time=timestamp(row.right_end_time),
        etag=submission_etag(row.submission_id, row.version),
        create_time=timestamp(row.create_time),
        update_time=timestamp(row.update_time),
    )
    if whole:
        message.job.description, message.cover_letter = row.job_description, row.cover_letter
    return message


def _job(row: Any) -> pb.SubmissionJob:
    return pb.SubmissionJob(
        title=row.job_title,
        company=row.job_company,
        location=row.job_location,
        url=row.job_url,
        platform=row.job_platform,
        content_hash=bytes(row.job_hash).hex(),
    )


def _deal(row: Any) -> dict[str, Any]:
    margin = margin_of(row.bill_rate, row.pay_rate)
    return {
        "vendor_company": row.vendor_company,
        "vendor_contact_name": row.vendor_contact_name,
        "vendor_contact_email": row.vendor_contact_email,
        "vendor_contact_phone": row.vendor_contact_phone,
        "client_company": row.client_company,
        "bill_rate": text_of(row.bill_rate),
        "pay_rate": text_of(row.pay_rate),
        "rate_type": pb.RateType.Value(f"RATE_TYPE_{row.rate_type}"),
        "currency": row.currency,
        "margin": pb.Margin(amount=text_of(margin.amount), percent=text_of(margin.percent)) if margin else None,
        "notes": row.notes,
        "priority": pb.SubmissionPriority.ValueType(row.priority),
        "hot": row.hot,
        "follow_up_date": _day(row.follow_up_date),
    }


def _outcome(row: Any) -> dict[str, Any]:
    placement = pb.Placement(
        start_date=_day(row.placement_start_date),
        end_date=_day(row.placement_end_date),
        duration_months=row.placement_months,
    )
    return {
        "rejection_reason": row.rejection_reason,
        "rejection_stage": row.rejection_stage,
        "withdrawal_reason": row.withdrawal_reason,
        "placement": placement if row.state == "PLACED" else None,
    }


def encode_state(state: str) -> pb.SubmissionState.ValueType:
    """A state; unspecified for an empty one."""
    return pb.SubmissionState.Value(f"SUBMISSION_STATE_{state or 'UNSPECIFIED'}")


def encode_interview(row: Any) -> pb.Interview:
    """An interview."""
    return pb.Interview(
        interview_id=str(row.interview_id),
        state=pb.InterviewState.Value(f"INTERVIEW_STATE_{row.state}"),
        type=pb.InterviewType.Value(f"INTERVIEW_TYPE_{row.type or 'UNSPECIFIED'}"),
        start_time=timestamp(row.start_time),
        location=row.location,
        notes=row.notes,
        feedback=row.feedback,
        cancel_reason=row.cancel_reason,
        create_time=timestamp(row.create_time),
        update_time=timestamp(row.update_time),
    )


def encode_stage(row: Any) -> pb.SubmissionStage:
    """A stay in a state."""
    return pb.SubmissionStage(
        state=encode_state(row.state),
        enter_time=timestamp(row.enter_time),
        leave_time=timestamp(row.leave_time),
        changer_id=row.changer_id,
    )


def encode_activity(row: Any) -> pb.SubmissionActivity:
    """An activity."""
    return pb.SubmissionActivity(
        activity_id=str(row.activity_id),
        type=pb.SubmissionActivityType.Value(f"SUBMISSION_ACTIVITY_TYPE_{row.type}"),
        content=row.content,
        old_value=row.old_value,
        new_value=row.new_value,
        actor_id=row.actor_id,
        create_time=timestamp(row.create_time),
    )


def decode_fields(message: pb.Submission, paths: Iterable[str]) -> dict[str, Any]:
    """The columns that the named fields fill. Raises Invalid (INVALID_DATE)."""
    values: dict[str, Any] = {}
    for path in paths:
        values |= _columns_of(message, path)
    return values


def _columns_of(message: pb.Submission, path: str) -> dict[str, Any]:
    if path == "job":
        return _job_columns(message.job)
    if path == "placement":
        return decode_placement(message.placement)
    if path == "resume":
        return {"resume_id": optional_uuid(message.resume.resume_id), "resume_name": clean(message.resume.name)}
    if path in ("bill_rate", "pay_rate"):
        return {path: decimal_of(getattr(message, path))}
    if path in ("vendor_company", "client_company"):
        company = clean(getattr(message, path)).strip()
        return {path: company, f"{path.partition('_')[0]}_key": company_key(company)}
    if path == "rate_type":
        return {path: pb.RateType.Name(message.rate_type or pb.RATE_TYPE_HOURLY).removeprefix("RATE_TYPE_")}
    if path == "currency":
        return {path: message.currency or "USD"}
    if path == "priority":
        return {path: int(message.priority or pb.SUBMISSION_PRIORITY_MEDIUM)}
    if path == "follow_up_date":
        return {path: decode_day(message.follow_up_date, path)}
    value = getattr(message, path)
    return {path: clean(value) if isinstance(value, str) else value}


def _job_columns(job: pb.SubmissionJob) -> dict[str, Any]:
    return {
        "job_title": clean(job.title).strip(),
        "job_company": clean(job.company).strip(),
        "job_location": clean(job.location).strip(),
        "job_url": clean(job.url).strip(),
        "job_platform": "",
        "job_description": clean(job.description),
    }


def decode_day(text: str, field: str) -> date | None:
    """A day as the contract writes it; None for an empty one. Raises Invalid (INVALID_DATE)."""
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        message = f"{field} must be a day of the calendar, as in 2026-03-14"
        raise Invalid(message, reason="INVALID_DATE", field=field) from error


def decode_placement(placement: pb.Placement) -> dict[str, Any]:
    """The columns of a placement. Raises Invalid (INVALID_DATE, PLACEMENT_ENDS_FIRST)."""
    start = decode_day(placement.start_date, "placement.start_date")
    end = decode_day(placement.end_date, "placement.end_date")
    if start and end and end < start:
        message = "the placement ends before it begins"
        raise Invalid(message, reason="PLACEMENT_ENDS_FIRST", field="placement.end_date")
    months = placement.duration_months if placement.HasField("duration_months") else None
    return {"placement_start_date": start, "placement_end_date": end, "placement_months": months}


def _id(value: UUID | None) -> str:
    return "" if value is None else str(value)


def _day(value: date | None) -> str:
    return "" if value is None else value.isoformat()
