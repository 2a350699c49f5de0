"""Valid requests of the candidate service, and candidates with a resume to ask for."""

from __future__ import annotations

import io
from typing import Any
from uuid import UUID

import docx
import grpc
from blacklight.candidate.v1 import candidate_pb2, candidate_service_pb2, resume_service_pb2
from blacklight_servicekit.caller import CallerKind
from blacklight_testkit.matrix import Builder, Ids, World
from google.api.httpbody_pb2 import HttpBody
from google.protobuf.field_mask_pb2 import FieldMask

CANDIDATES = candidate_service_pb2.DESCRIPTOR.services_by_name["CandidateService"].methods_by_name
RESUMES = resume_service_pb2.DESCRIPTOR.services_by_name["ResumeService"].methods_by_name
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


SEEDED = {"candidates", "resumes", "audit_log"}
"""Tables with rows of a tenant that `seed` fills."""
WALLED_BY_DATABASE_ALONE: set[str] = set()
"""RPCs whose queries do not filter by tenant themselves: only the walls in the database hold them."""


def prepare(world: World) -> None:
    """Nothing: this service believes the tenant of a token."""


def settings(folder: Any) -> dict[str, Any]:
    """What the service needs beside the common settings."""
    return {"store_url": f"file://{folder}"}


def a_resume() -> bytes:
    """A file to upload."""
    document = docx.Document()
    document.add_paragraph("Robin Example")
    target = io.BytesIO()
    document.save(target)
    return target.getvalue()


def seed(world: World, tenant: UUID) -> Ids:
    """A candidate with a resume."""
    created = world.rpc(CANDIDATES["CreateCandidate"], create({}), CallerKind.USER, tenant)
    ids = {"candidate_id": created.candidate_id}
    resume = world.rpc(RESUMES["UploadResume"], upload(ids), CallerKind.USER, tenant)
    return {**ids, "resume_id": resume.resume_id}


def create(ids: Ids) -> Any:
    return candidate_service_pb2.CreateCandidateRequest(candidate=candidate_pb2.Candidate(given_name="Robin"))


def update(ids: Ids) -> Any:
    changed = candidate_pb2.Candidate(candidate_id=ids["candidate_id"], given_name="Kim")
    return candidate_service_pb2.UpdateCandidateRequest(candidate=changed, update_mask=FieldMask(paths=["given_name"]))


def upload(ids: Ids) -> Any:
    file = HttpBody(content_type=DOCX, data=a_resume())
    return [resume_service_pb2.UploadResumeRequest(candidate_id=ids["candidate_id"], file_name="robin.docx", file=file)]


def of_candidate(request: Any) -> Any:
    return lambda ids: request(candidate_id=ids["candidate_id"])


def of_resume(request: Any) -> Any:
    return lambda ids: request(candidate_id=ids["candidate_id"], resume_id=ids["resume_id"])


BUILDERS = {
    "CandidateService.CreateCandidate": Builder(create),
    "CandidateService.GetCandidate": Builder(of_candidate(candidate_service_pb2.GetCandidateRequest)),
    "CandidateService.ListCandidates": Builder(
        lambda ids: candidate_service_pb2.ListCandidatesRequest(), shows="candidate_id"
    ),
    "CandidateService.UpdateCandidate": Builder(update),
    "CandidateService.DeleteCandidate": Builder(of_candidate(candidate_service_pb2.DeleteCandidateRequest)),
    "ResumeService.UploadResume": Builder(upload),
    "ResumeService.GetResume": Builder(of_resume(resume_service_pb2.GetResumeRequest)),
    "ResumeService.ListResumes": Builder(of_candidate(resume_service_pb2.ListResumesRequest), shows="resume_id"),
    "ResumeService.DownloadResume": Builder(of_resume(resume_service_pb2.DownloadResumeRequest)),
    # A resume just received is being processed already.
    "ResumeService.ReprocessResume": Builder(
        of_resume(resume_service_pb2.ReprocessResumeRequest),
        codes=(grpc.StatusCode.OK, grpc.StatusCode.FAILED_PRECONDITION),
    ),
}
