"""The candidate service on real servers, and resumes to give it."""

from __future__ import annotations

import io
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import docx
import grpc
import pytest
from blacklight.candidate.v1 import candidate_pb2, candidate_service_pb2, resume_pb2, resume_service_pb2
from blacklight.candidate.v1.candidate_service_pb2_grpc import CandidateServiceStub
from blacklight.candidate.v1.resume_service_pb2_grpc import ResumeServiceStub
from blacklight_candidate.app import APP
from blacklight_servicekit.ids import new_id
from google.api.httpbody_pb2 import HttpBody
from google.protobuf.field_mask_pb2 import FieldMask
from google.rpc import error_details_pb2
from grpc_status import rpc_status
from sqlalchemy import create_engine, text

ANN = (
    "Ann Example",
    "ann.example@example.com | (415) 555-0132 | Dallas, TX",
    "",
    "SUMMARY",
    "Java developer with ten years of experience building payment services for banks and insurers.",
    "",
    "SKILLS",
    "Java, Spring Boot, PostgreSQL, Zorgblat",
    "",
    "EXPERIENCE",
    "Senior Java Developer, Initech LLC, Dallas, TX    Jan 2015 - Present",
    "• Built payment services in Java and Spring Boot, moving 3 million orders a day.",
    "• Tuned PostgreSQL.",
    "Java Developer, Globex Corp, Austin, TX    Jun 2010 - Dec 2014",
    "• Wrote batch jobs in Java.",
    "",
    "EDUCATION",
    "B.S. Computer Science, University of Texas, 2010",
)


def docx_of(lines: tuple[str, ...]) -> bytes:
    """A DOCX with these paragraphs."""
    document = docx.Document()
    for line in lines:
        document.add_paragraph(line)
    target = io.BytesIO()
    document.save(target)
    return target.getvalue()


@dataclass(frozen=True)
class Refusal:
    """How a call was refused."""

    code: grpc.StatusCode
    reason: str
    field: str
    message: str


def refusal_of(call: Callable[[], Any]) -> Refusal:
    """Makes a call that must be refused."""
    with pytest.raises(grpc.RpcError) as raised:
        call()
    status = rpc_status.from_call(raised.value)  # type: ignore[arg-type]
    info, bad = error_details_pb2.ErrorInfo(), error_details_pb2.BadRequest()
    for detail in status.details if status else ():
        detail.Unpack(info) or detail.Unpack(bad)
    field = bad.field_violations[0].field if bad.field_violations else ""
    return Refusal(raised.value.code(), info.reason, field, raised.value.details())  # type: ignore[attr-defined]


class Api:
    """The service as one user calls it."""

    def __init__(self, channel: grpc.Channel, metadata: Any) -> None:
        self.candidates = CandidateServiceStub(channel)
        self.resumes = ResumeServiceStub(channel)
        self.metadata = metadata

    def create(self, given_name: str = "Ann", request_id: str = "", **fields: Any) -> candidate_pb2.Candidate:
        candidate = candidate_pb2.Candidate(given_name=given_name, **fields)
        request = candidate_service_pb2.CreateCandidateRequest(candidate=candidate, request_id=request_id)
        return self.candidates.CreateCandidate(request, metadata=self.metadata)

    def get(self, candidate_id: str) -> candidate_pb2.Candidate:
        request = candidate_service_pb2.GetCandidateRequest(candidate_id=candidate_id)
        return self.candidates.GetCandidate(request, metadata=self.metadata)

    def page(self, **query: Any) -> candidate_service_pb2.ListCandidatesResponse:
        request = candidate_service_pb2.ListCandidatesRequest(**query)
        return self.candidates.ListCandidates(request, metadata=self.metadata)

    def found(self, **query: Any) -> list[str]:
        return [candidate.given_name for candidate in self.page(**query).candidates]

    def update(self, candidate_id: str, mask: list[str], etag: str = "", **fields: Any) -> candidate_pb2.Candidate:
        request = candidate_service_pb2.UpdateCandidateRequest(
            candidate=candidate_pb2.Candidate(candidate_id=candidate_id, etag=etag, **fields),
            update_mask=FieldMask(paths=mask),
        )
        return self.candidates.UpdateCandidate(request, metadata=self.metadata)

    def delete(self, candidate_id: str, etag: str = "") -> None:
        request = candidate_service_pb2.DeleteCandidateRequest(candidate_id=candidate_id, etag=etag)
        self.candidates.DeleteCandidate(request, metadata=self.metadata)

    def upload(
        self,
        candidate_id: str,
        data: bytes,
        *,
        file_name: str = "resume.docx",
        content_type: str = "application/octet-stream",
        request_id: str = "",
        piece: int = 256 * 1024,
    ) -> resume_pb2.Resume:
        def messages() -> Iterator[resume_service_pb2.UploadResumeRequest]:
            yield resume_service_pb2.UploadResumeRequest(
                candidate_id=candidate_id,
                file_name=file_name,
                request_id=request_id,
                file=HttpBody(content_type=content_type, data=data[:piece]),
            )
            for start in range(piece, len(data), piece):
                yield resume_service_pb2.UploadResumeRequest(file=HttpBody(data=data[start : start + piece]))

        return self.resumes.UploadResume(messages(), metadata=self.metadata)

    def resume(self, candidate_id: str, resume_id: str) -> resume_pb2.Resume:
        request = resume_service_pb2.GetResumeRequest(candidate_id=candidate_id, resume_id=resume_id)
        return self.resumes.GetResume(request, metadata=self.metadata)

    def resumes_of(self, candidate_id: str, **page: Any) -> resume_service_pb2.ListResumesResponse:
        request = resume_service_pb2.ListResumesRequest(candidate_id=candidate_id, **page)
        return self.resumes.ListResumes(request, metadata=self.metadata)

    def reprocess(self, candidate_id: str, resume_id: str) -> resume_pb2.Resume:
        request = resume_service_pb2.ReprocessResumeRequest(candidate_id=candidate_id, resume_id=resume_id)
        return self.resumes.ReprocessResume(request, metadata=self.metadata)

    def download(self, candidate_id: str, resume_id: str) -> tuple[dict[str, str], list[HttpBody]]:
        request = resume_service_pb2.DownloadResumeRequest(candidate_id=candidate_id, resume_id=resume_id)
        call = self.resumes.DownloadResume(request, metadata=self.metadata)
        chunks = list(call)
        return {str(key): str(value) for key, value in call.initial_metadata()}, chunks

    def processed(self, candidate_id: str, resume_id: str, seconds: float = 40) -> resume_pb2.Resume:
        """The resume once its processing has ended."""
        ended = (resume_pb2.RESUME_STATE_COMPLETED, resume_pb2.RESUME_STATE_FAILED)
        return until(lambda: self.resume(candidate_id, resume_id), lambda resume: resume.state in ended, seconds)


def until(read: Callable[[], Any], holds: Callable[[Any], bool], seconds: float = 40) -> Any:
    """What is read once it holds; fails when it does not come to hold."""
    ends = time.monotonic() + seconds
    while True:
        value = read()
        if holds(value):
            return value
        assert time.monotonic() < ends, f"it never came to hold; last: {value}"
        time.sleep(0.05)


class Service:
    """The running service, for the users of several tenants."""

    def __init__(self, app: Any, tokens: Any, settings: Any, folder: Path) -> None:
        self.app, self.tokens, self.settings, self.folder = app, tokens, settings, folder
        self.tenant: UUID = new_id()
        self.urls: Any = None
        self.refusal = refusal_of
        self.until = until
        self.docx = docx_of
        self.ann = docx_of(ANN)
        self.api = self.user(self.tenant)

    def user(self, tenant: UUID, **token: Any) -> Api:
        """Calls as a user of a tenant."""
        return Api(self.app.channel, self.tokens.user(tenant, **token))

    def as_administrator(self, statement: str) -> None:
        """Runs a statement that only a superuser may."""
        engine = create_engine(self.urls.admin.replace("postgresql://", "postgresql+psycopg2://", 1))
        with engine.begin() as connection:
            connection.execute(text(statement))
        engine.dispose()

    def stored(self) -> list[Path]:
        """The files in the store."""
        return [path for path in self.folder.rglob("*") if path.is_file()]


@pytest.fixture
def make_service(
    serve_app: Any, make_settings: Any, database_urls: Any, tokens: Any, tmp_path: Path
) -> Callable[..., Service]:
    """`make_service(temporal=…, peers=…)`: the service, serving."""

    def make(**arguments: Any) -> Service:
        urls = database_urls(APP)
        settings = make_settings(APP, urls=urls, store_url=(tmp_path / "store").as_uri(), **arguments)
        made = Service(serve_app(APP, settings=settings), tokens, settings, tmp_path / "store")
        made.urls = urls
        return made

    return make


@pytest.fixture
def service(make_service: Callable[..., Service]) -> Service:
    """The service without a worker."""
    return make_service()


@pytest.fixture
def api(service: Service) -> Api:
    """The service without a worker, as a user of one tenant calls it."""
    return service.api


@pytest.fixture
def working(make_service: Callable[..., Service], work_app: Any) -> Service:
    """The service with its worker and relay."""
    made = make_service(temporal=True)
    work_app(APP, settings=made.settings)
    return made
