"""Steps of a processing that come late, twice, or for a candidate that is gone."""

from __future__ import annotations

import os
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest
from blacklight.candidate.v1 import candidate_pb2, resume_pb2
from blacklight_candidate.candidates.service import CandidateService
from blacklight_candidate.resumes.files import FileStore, resume_key
from blacklight_candidate.resumes.job import ProcessResume
from blacklight_candidate.resumes.reading.read import Reading, read_resume
from blacklight_candidate.resumes.service import ResumeProcessing, delete_resumes_of
from blacklight_servicekit.clock import utc_now
from blacklight_servicekit.ids import new_id
from sqlalchemy import text

TODAY = date(2026, 1, 1)


@pytest.fixture
def files(service: Any) -> FileStore:
    return FileStore(service.folder.as_uri())


@pytest.fixture
def processing(service: Any, files: FileStore) -> ResumeProcessing:
    database = service.app.database
    return ResumeProcessing(database, utc_now, files, CandidateService(database, utc_now, [delete_resumes_of]))


@pytest.fixture
def reading(service: Any) -> Reading:
    read = read_resume(service.ann, TODAY)
    assert isinstance(read, Reading)
    return read


def uploaded(service: Any) -> tuple[str, str, ProcessResume]:
    candidate_id = service.api.create().candidate_id
    resume_id = service.api.upload(candidate_id, service.ann).resume_id
    return candidate_id, resume_id, ProcessResume(str(service.tenant), resume_id, 1)


def test_every_step_takes_effect_once(service: Any, processing: ResumeProcessing, reading: Reading) -> None:
    candidate_id, resume_id, job = uploaded(service)
    assert processing.begin(job)
    assert processing.begin(job)
    assert processing.keep(job, reading)
    processing.complete(job)
    etag = service.api.get(candidate_id).etag
    processing.complete(job)
    processing.fail(job, "TOO_LATE", "never seen", True)
    assert not processing.begin(job)
    assert service.api.get(candidate_id).etag == etag
    assert service.api.resume(candidate_id, resume_id).state == resume_pb2.RESUME_STATE_COMPLETED


@pytest.mark.parametrize("steps_before", [0, 1, 2])
def test_a_deleted_candidate_stays_deleted(
    service: Any, processing: ResumeProcessing, reading: Reading, steps_before: int
) -> None:
    candidate_id, _, job = uploaded(service)
    for step in (lambda: processing.begin(job), lambda: processing.keep(job, reading))[:steps_before]:
        assert step()
    service.api.delete(candidate_id)
    assert not processing.begin(job)
    assert processing.find_file(job) is None
    assert not processing.keep(job, reading)
    processing.complete(job)
    processing.fail(job, "LATE", "late", False)
    assert processing.find_start(service.tenant, UUID(job.resume_id)) is None
    assert service.refusal(lambda: service.api.get(candidate_id)).reason == "CANDIDATE_NOT_FOUND"


def test_a_former_attempt_does_not_touch_the_present_one(
    service: Any, processing: ResumeProcessing, reading: Reading
) -> None:
    candidate_id, resume_id, first = uploaded(service)
    processing.fail(first, "TOO_SLOW", "too slow", True)
    failed = service.api.resume(candidate_id, resume_id)
    assert (failed.failure.reason, failed.failure.retryable) == ("TOO_SLOW", True)
    assert service.api.get(candidate_id).state == candidate_pb2.CANDIDATE_STATE_INTAKE
    service.api.reprocess(candidate_id, resume_id)
    assert not processing.begin(first)
    assert not processing.keep(first, reading)
    assert service.api.resume(candidate_id, resume_id).state == resume_pb2.RESUME_STATE_PENDING
    assert processing.begin(ProcessResume(first.tenant_id, resume_id, 2))


def test_a_candidate_with_a_profile_keeps_it_when_reading_again_fails(
    service: Any, processing: ResumeProcessing, reading: Reading
) -> None:
    candidate_id, resume_id, first = uploaded(service)
    processing.keep(first, reading)
    processing.complete(first)
    service.api.reprocess(candidate_id, resume_id)
    assert service.api.get(candidate_id).state == candidate_pb2.CANDIDATE_STATE_PARSING
    processing.fail(ProcessResume(first.tenant_id, resume_id, 2), "TOO_SLOW", "too slow", True)
    candidate = service.api.get(candidate_id)
    assert candidate.state == candidate_pb2.CANDIDATE_STATE_REVIEW
    assert "Java" in candidate.skills


def test_deleting_hands_every_file_over_to_be_deleted(service: Any, processing: ResumeProcessing) -> None:
    candidate_id, resume_id, _ = uploaded(service)
    key = resume_key(service.tenant, UUID(resume_id))
    assert processing.discard(key)
    assert len(service.stored()) == 1, "a file that a resume has is kept"
    service.api.delete(candidate_id)
    with service.app.database.platform_transaction() as session:
        events = session.execute(text("SELECT kind, payload FROM outbox ORDER BY id")).all()
    assert ("file.orphaned", {"key": key}) in [(event.kind, event.payload) for event in events]
    assert ("candidate.deleted", {"candidate_id": candidate_id}) in [(each.kind, each.payload) for each in events]
    assert processing.discard(key)
    assert processing.discard(key)
    assert service.stored() == []


def test_a_key_that_is_not_ours_is_never_touched(service: Any, processing: ResumeProcessing) -> None:
    outside = service.folder.parent / "secret"
    outside.write_text("kept")
    for key in (
        "../secret",
        "tenants/../../secret",
        f"tenants/{new_id()}/resumes/../../../../secret",
        "",
        "/etc/passwd",
    ):
        assert not processing.discard(key)
    assert outside.read_text() == "kept"


def test_files_whose_row_never_came_are_swept_after_a_day(
    service: Any, processing: ResumeProcessing, files: FileStore
) -> None:
    uploaded(service)
    files.put(resume_key(service.tenant, new_id()), b"old and nobody's")
    files.put(resume_key(new_id(), new_id()), b"old and nobody's, of another tenant")
    for path in service.stored():
        os.utime(path, (0, 0))
    files.put(resume_key(service.tenant, new_id()), b"new: its row may still come")
    assert processing.sweep() == 2
    assert sorted(path.read_bytes()[:3] for path in service.stored()) == sorted([service.ann[:3], b"new"])


def test_the_clock_of_the_failure_is_kept(service: Any, files: FileStore) -> None:
    noon = datetime(2026, 5, 1, 12, tzinfo=UTC)
    database = service.app.database
    processing = ResumeProcessing(database, lambda: noon, files, CandidateService(database, lambda: noon))
    candidate_id, resume_id, job = uploaded(service)
    processing.fail(job, "DAMAGED", "damaged", False)
    assert service.api.resume(candidate_id, resume_id).process_time.ToDatetime(UTC) == noon


def test_what_an_older_parser_read_still_shows(service: Any, processing: ResumeProcessing, reading: Reading) -> None:
    candidate_id, resume_id, job = uploaded(service)
    older = {name: value for name, value in reading.parsed.items() if name != "mentioned_skills"}
    assert processing.keep(job, Reading(reading.text, older, "0"))
    processing.complete(job)
    parsed = service.api.resume(candidate_id, resume_id).parsed
    assert (parsed.parser_version, parsed.name.value) == ("0", "Ann Example")
