"""The rules of resumes: how they come in, are shown, and are tried again."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from blacklight.candidate.v1 import resume_pb2 as pb
from blacklight.candidate.v1 import resume_service_pb2 as api
from blacklight_servicekit import audit, outbox
from blacklight_servicekit.caller import Caller
from blacklight_servicekit.clock import Clock
from blacklight_servicekit.database import Database
from blacklight_servicekit.errors import FailedPrecondition, NotFound
from blacklight_servicekit.ids import new_id
from blacklight_servicekit.paging import PageRequest
from blacklight_servicekit.request_log import once
from google.api.httpbody_pb2 import HttpBody
from sqlalchemy.orm import Session

from blacklight_candidate.candidates.service import CandidateService, candidate_not_found
from blacklight_candidate.resumes.encoding import encode_parsed, encode_resume
from blacklight_candidate.resumes.files import FileStore, ids_of, resume_key
from blacklight_candidate.resumes.job import ProcessResume, workflow_id
from blacklight_candidate.resumes.models import (
    Resume,
    State,
    delete_of_candidate,
    select_candidate_id,
    select_ids,
    select_page,
    select_primary,
    select_resume,
    select_same_file,
)
from blacklight_candidate.resumes.parsing import ParsedResume
from blacklight_candidate.resumes.profile_facts import facts_of
from blacklight_candidate.resumes.reading.read import Reading
from blacklight_candidate.resumes.upload import clean_file_name, content_type_of

UPLOADED = "resume.uploaded"
ORPHANED = "file.orphaned"
ORPHAN_AGE = timedelta(days=1)
SWEEP_PAGE = 500


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A resume's file: where it is, and under which name and type it is given out."""

    key: str
    file_name: str
    content_type: str


@dataclass(frozen=True, slots=True)
class ReadResume:
    """What was read from a resume."""

    resume_id: UUID
    text: str
    parsed: ParsedResume


@dataclass(frozen=True, slots=True)
class NewFile:
    """An uploaded file on its way into a row; `resume_id` is the resume it will be, or is already."""

    resume_id: UUID
    candidate_id: UUID
    name: str
    content_type: str
    size: int
    sha256: str


class ResumeService:
    """Resumes of the caller's tenant (spec 2.2, 3.7, 4.2.2)."""

    def __init__(self, database: Database, clock: Clock, files: FileStore, candidates: CandidateService) -> None:
        self._database = database
        self._clock = clock
        self._files = files
        self._candidates = candidates

    def store(self, caller: Caller, candidate_id: UUID, *, file_name: str, data: bytes) -> NewFile:
        """Writes an uploaded file, before there is a row that tells of it.

        Raises NotFound (candidate), Invalid (name, type), Unavailable (store).
        """
        file = NewFile(
            resume_id=new_id(),
            candidate_id=candidate_id,
            name=clean_file_name(file_name),
            content_type=content_type_of(data),
            size=len(data),
            sha256=hashlib.sha256(data).hexdigest(),
        )
        with self._database.transaction(caller.tenant) as session:
            self._candidates.require(session, caller.tenant, candidate_id)
            same = session.scalar(select_same_file(caller.tenant, candidate_id, file.sha256))
        if same is not None:
            return replace(file, resume_id=same.id)
        self._files.put(resume_key(caller.tenant, file.resume_id), data)
        return file

    def upload(self, caller: Caller, file: NewFile, *, request_id: str) -> pb.Resume:
        """Makes a stored file a resume and has it processed; the same bytes again answer the resume they are.

        The row, the candidate's state and the event that starts processing are one transaction (H-7); a file whose
        row never came is swept away later. Raises NotFound (candidate), Conflict (REQUEST_ID_REUSED).
        """
        with self._database.transaction(caller.tenant) as session:
            answer = once(
                session,
                caller,
                request_id=request_id,
                method="UploadResume",
                request=_summarised(file),
                answer=pb.Resume,
                make=lambda: self._record(session, caller, file),
            )
            if answer.resume_id != str(file.resume_id):
                key = resume_key(caller.tenant, file.resume_id)
                outbox.add(session, ORPHANED, {"key": key}, tenant_id=caller.tenant)
            return answer

    def get(self, caller: Caller, candidate_id: UUID, resume_id: UUID) -> pb.Resume:
        """One resume with what was read from it. Raises NotFound."""
        with self._database.transaction(caller.tenant) as session:
            row = self._resume(session, caller.tenant, candidate_id, resume_id)
            message = encode_resume(row)
            if row.state == State.COMPLETED and row.parsed is not None:
                parsed = _parsed(row.parsed)
                message.parsed.CopyFrom(encode_parsed(parsed, row.text or "", row.parser_version or ""))
            return message

    def list_resumes(self, caller: Caller, request: api.ListResumesRequest) -> api.ListResumesResponse:
        """A page of a candidate's resumes, newest first. Raises NotFound, Invalid (page token)."""
        candidate_id = UUID(request.candidate_id)
        query = {"tenant": caller.tenant, "candidate": candidate_id}
        page = PageRequest.of(request.page_size, request.page_token, query)
        with self._database.transaction(caller.tenant) as session:
            self._candidates.require(session, caller.tenant, candidate_id)
            found = session.scalars(select_page(caller.tenant, candidate_id, page.after, page.size + 1)).all()
        rows, token = page.cut(found, key=lambda row: (row.create_time, row.id))
        return api.ListResumesResponse(resumes=[encode_resume(row) for row in rows], next_page_token=token)

    def locate(self, caller: Caller, candidate_id: UUID, resume_id: UUID) -> StoredFile:
        """Where the file of a resume is. Raises NotFound."""
        with self._database.transaction(caller.tenant) as session:
            row = self._resume(session, caller.tenant, candidate_id, resume_id)
            return StoredFile(resume_key(caller.tenant, row.id), row.file_name, row.content_type)

    def reprocess(self, caller: Caller, candidate_id: UUID, resume_id: UUID) -> pb.Resume:
        """Has a resume read again. Raises NotFound, FailedPrecondition (RESUME_BUSY)."""
        with self._database.transaction(caller.tenant) as session:
            self._candidates.lock(session, caller.tenant, candidate_id)
            row = self._resume(session, caller.tenant, candidate_id, resume_id)
            if row.state not in (State.FAILED, State.COMPLETED):
                raise FailedPrecondition(
                    f"the resume is {row.state}; it can be processed again once it is COMPLETED or FAILED",
                    reason="RESUME_BUSY",
                )
            row.state, row.process_time = State.PENDING, None
            row.attempt += 1
            self._hand_over(session, row)
            audit.record(session, caller, "resume.reprocessed", row.id)
            return encode_resume(row)

    def find_read(self, session: Session, tenant_id: UUID, resume_id: UUID) -> ReadResume | None:
        """What was read last from a resume, or None. Part of another feature's transaction."""
        row = session.scalar(select_resume(tenant_id, resume_id))
        if row is None or row.parsed is None:
            return None
        return ReadResume(row.id, row.text or "", _parsed(row.parsed))

    def _record(self, session: Session, caller: Caller, file: NewFile) -> pb.Resume:
        # The lock makes uploads for one candidate take turns: one of them finds no primary, and only one.
        if not self._candidates.lock(session, caller.tenant, file.candidate_id):
            raise candidate_not_found(file.candidate_id)
        same = session.scalar(select_same_file(caller.tenant, file.candidate_id, file.sha256))
        if same is not None:
            return encode_resume(same)
        row = Resume(
            tenant_id=caller.tenant,
            id=file.resume_id,
            candidate_id=file.candidate_id,
            file_name=file.name,
            content_type=file.content_type,
            size_bytes=file.size,
            sha256=file.sha256,
            is_primary=self._makes_primary(session, caller.tenant, file.candidate_id),
            state=State.PENDING,
            attempt=1,
            failure_reason="",
            failure_message="",
            failure_retryable=False,
            create_time=self._clock(),
        )
        session.add(row)
        self._hand_over(session, row)
        audit.record(session, caller, "resume.uploaded", row.id)
        return encode_resume(row)

    def _makes_primary(self, session: Session, tenant_id: UUID, candidate_id: UUID) -> bool:
        """The first resume is primary; one that could not be read gives way to the next."""
        primary = session.scalar(select_primary(tenant_id, candidate_id))
        if primary is None:
            return True
        if primary.state != State.FAILED or primary.parser_version is not None:
            return False
        primary.is_primary = False
        session.flush()
        return True

    def _hand_over(self, session: Session, row: Resume) -> None:
        session.flush()
        if row.is_primary:
            self._candidates.begin_parsing(session, row.tenant_id, row.candidate_id)
        outbox.add(session, UPLOADED, {"resume_id": str(row.id)}, tenant_id=row.tenant_id)

    def _resume(self, session: Session, tenant_id: UUID, candidate_id: UUID, resume_id: UUID) -> Resume:
        row = session.scalar(select_resume(tenant_id, resume_id))
        if row is None or row.candidate_id != candidate_id:
            raise NotFound(f"there is no resume {resume_id} of candidate {candidate_id}", reason="RESUME_NOT_FOUND")
        return row


class ResumeProcessing:
    """What the workflow does with a resume, each step once however often it is tried (spec 5.3, P-58).

    A step on a resume that is gone, or that has been given to a later attempt, changes nothing: a deleted candidate
    stays deleted. Every step locks the candidate before the resume, as deleting does.
    """

    def __init__(self, database: Database, clock: Clock, files: FileStore, candidates: CandidateService) -> None:
        self._database = database
        self._clock = clock
        self._files = files
        self._candidates = candidates

    def find_start(self, tenant_id: UUID, resume_id: UUID) -> tuple[ProcessResume, str] | None:
        """The processing that an uploaded resume waits for and its workflow's id; None when there is none."""
        with self._database.transaction(tenant_id) as session:
            row = session.scalar(select_resume(tenant_id, resume_id))
            if row is None:
                return None
            job = ProcessResume(str(tenant_id), str(resume_id), row.attempt)
            return job, workflow_id(resume_id, row.sha256, row.attempt)

    def begin(self, job: ProcessResume) -> bool:
        """Shows the resume as being read; False when there is nothing to do any more."""
        with self._database.transaction(UUID(job.tenant_id)) as session:
            row = self._current(session, job)
            if row is None:
                return False
            row.state = State.PROCESSING
            return True

    def find_file(self, job: ProcessResume) -> bytes | None:
        """The file to read, or None when there is nothing to do any more. Raises NotFound (FILE_MISSING)."""
        with self._database.transaction(UUID(job.tenant_id)) as session:
            row = self._current(session, job)
            key = None if row is None else resume_key(row.tenant_id, row.id)
        return None if key is None else self._files.get(key)

    def keep(self, job: ProcessResume, reading: Reading) -> bool:
        """Stores what was read; it shows once the profile is filled too."""
        with self._database.transaction(UUID(job.tenant_id)) as session:
            row = self._current(session, job)
            if row is None:
                return False
            row.text, row.parsed = reading.text, reading.parsed
            row.parser_version = reading.parser_version
            return True

    def complete(self, job: ProcessResume) -> None:
        """The resume is read; a primary one fills its candidate's profile, in the same transaction."""
        with self._database.transaction(UUID(job.tenant_id)) as session:
            row = self._current(session, job)
            if row is None or row.parsed is None:
                return
            row.state, row.process_time = State.COMPLETED, self._clock()
            if row.is_primary:
                facts = facts_of(_parsed(row.parsed))
                self._candidates.fill_from_resume(session, row.tenant_id, row.candidate_id, row.id, facts)
            audit.record(session, _self(job), "resume.completed", row.id)

    def fail(self, job: ProcessResume, reason: str, message: str, retryable: bool) -> None:
        """The resume could not be read: a state with a reason, which ReprocessResume leaves again."""
        with self._database.transaction(UUID(job.tenant_id)) as session:
            row = self._current(session, job)
            if row is None:
                return
            row.state, row.process_time = State.FAILED, self._clock()
            row.failure_reason, row.failure_message, row.failure_retryable = reason, message, retryable
            if row.is_primary:
                self._candidates.end_parsing_unfilled(session, row.tenant_id, row.candidate_id)
            audit.record(session, _self(job), "resume.failed", row.id, changes={"reason": reason})

    def discard(self, key: str) -> bool:
        """Deletes a file unless a resume has it; False for a key that is not one of ours. Raises Unavailable."""
        ids = ids_of(key)
        if ids is None:
            return False
        self._sweep_tenant(ids[0], [ids[1]])
        return True

    def sweep(self) -> int:
        """Deletes files older than a day that no resume has: uploads whose transaction never came (P-52)."""
        waiting: dict[UUID, list[UUID]] = defaultdict(list)
        for key in self._files.keys_before(self._clock() - ORPHAN_AGE):
            if (ids := ids_of(key)) is not None:
                waiting[ids[0]].append(ids[1])
        return sum(self._sweep_tenant(tenant_id, ids) for tenant_id, ids in waiting.items())

    def _sweep_tenant(self, tenant_id: UUID, resume_ids: list[UUID]) -> int:
        swept = 0
        for start in range(0, len(resume_ids), SWEEP_PAGE):
            page = resume_ids[start : start + SWEEP_PAGE]
            with self._database.transaction(tenant_id) as session:
                kept = set(session.scalars(select_ids(tenant_id, page)))
            for resume_id in page:
                if resume_id not in kept:
                    self._files.delete(resume_key(tenant_id, resume_id))
                    swept += 1
        return swept

    def _current(self, session: Session, job: ProcessResume) -> Resume | None:
        """The resume while this attempt is the one that counts and has not ended, its candidate locked."""
        tenant_id = UUID(job.tenant_id)
        candidate_id = session.scalar(select_candidate_id(tenant_id, UUID(job.resume_id)))
        if candidate_id is None or not self._candidates.lock(session, tenant_id, candidate_id):
            return None
        row = session.scalar(select_resume(tenant_id, UUID(job.resume_id)))
        if row is None or row.attempt != job.attempt or row.state not in (State.PENDING, State.PROCESSING):
            return None
        return row


def delete_resumes_of(session: Session, tenant_id: UUID, candidate_id: UUID) -> None:
    """Deletes a candidate's resumes; their files follow by event (P-52). Part of the candidate's transaction."""
    for resume_id in session.scalars(delete_of_candidate(tenant_id, candidate_id)).all():
        outbox.add(session, ORPHANED, {"key": resume_key(tenant_id, resume_id)}, tenant_id=tenant_id)


def _parsed(stored: dict[str, Any]) -> ParsedResume:
    """What was stored, also by a parser that did not know every field yet."""
    return ParsedResume.from_json({**ParsedResume().to_json(), **stored})


def _self(job: ProcessResume) -> Caller:
    return Caller.service("candidate", UUID(job.tenant_id))


def _summarised(file: NewFile) -> api.UploadResumeRequest:
    """What makes two uploads the same request, without their bytes."""
    return api.UploadResumeRequest(
        candidate_id=str(file.candidate_id),
        file_name=file.name,
        file=HttpBody(content_type=file.content_type, data=bytes.fromhex(file.sha256)),
    )
