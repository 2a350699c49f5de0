"""Resumes as the contract shows them."""

from __future__ import annotations

from typing import Any, Protocol

from blacklight.candidate.v1 import resume_pb2 as pb

from blacklight_candidate.resumes.parsing import Education, Field, Job, ParsedResume
from blacklight_candidate.resumes.profile_facts import canonical_skill


class ResumeRow(Protocol):
    """What is shown of a resume."""

    id: Any
    candidate_id: Any
    file_name: Any
    content_type: Any
    size_bytes: Any
    sha256: Any
    is_primary: Any
    state: Any
    failure_reason: Any
    failure_message: Any
    failure_retryable: Any
    create_time: Any
    process_time: Any


def encode_resume(row: ResumeRow) -> pb.Resume:
    """The message of a resume, without what was read from it."""
    message = pb.Resume(
        resume_id=str(row.id),
        candidate_id=str(row.candidate_id),
        file_name=row.file_name,
        content_type=row.content_type,
        size_bytes=row.size_bytes,
        sha256=row.sha256,
        primary=row.is_primary,
        state=pb.ResumeState.Value(f"RESUME_STATE_{row.state}"),
    )
    message.create_time.FromDatetime(row.create_time)
    if row.process_time is not None:
        message.process_time.FromDatetime(row.process_time)
    if message.state == pb.RESUME_STATE_FAILED:
        message.failure.reason = row.failure_reason
        message.failure.message = row.failure_message
        message.failure.retryable = row.failure_retryable
    return message


def encode_parsed(parsed: ParsedResume, text: str, parser_version: str) -> pb.ParsedResume:
    """What was read; a field that the resume does not state stays absent."""
    return pb.ParsedResume(
        name=_optional(parsed.name),
        emails=[_field(mail) for mail in parsed.emails],
        phones=[_field(phone.number) for phone in parsed.phones],
        location=_optional(parsed.location),
        urls=[_field(link.url) for link in parsed.links],
        headline=_optional(parsed.headline if parsed.headline.stated else parsed.current_title),
        summary=_optional(parsed.summary),
        skills=[_skill(skill) for skill in (*parsed.skills, *parsed.mentioned_skills)],
        jobs=[_job(job) for job in parsed.jobs],
        education=[_education(entry) for entry in parsed.education],
        certifications=[_field(entry) for entry in parsed.certifications],
        languages=[_field(entry) for entry in parsed.languages],
        experience_months=parsed.total_experience_months,
        text=text,
        parser_version=parser_version,
    )


def _field(field: Field[str]) -> pb.ParsedField:
    return pb.ParsedField(value=field.value or "", confidence=field.confidence, start=field.start, end=field.end)


def _optional(field: Field[str]) -> pb.ParsedField | None:
    return _field(field) if field.stated else None


def _skill(field: Field[str]) -> pb.ParsedField:
    message = _field(field)
    message.value = canonical_skill(message.value)
    return message


def _job(job: Job) -> pb.ParsedJob:
    return pb.ParsedJob(
        title=_optional(job.title),
        employer=_optional(job.employer),
        location=_optional(job.location),
        start_month=_optional(job.start),
        end_month=_optional(job.end),
        current=job.is_current,
        description=_optional(job.description),
    )


def _education(entry: Education) -> pb.ParsedEducation:
    return pb.ParsedEducation(
        degree=_optional(entry.degree),
        field_of_study=_optional(entry.field_of_study),
        institution=_optional(entry.institution),
        start_month=_optional(entry.start),
        end_month=_optional(entry.end),
    )
