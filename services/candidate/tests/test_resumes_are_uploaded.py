"""Resumes come in as raw streams, are told by their content, and one of them is primary."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from uuid import uuid4

import grpc
import pytest
from blacklight.candidate.v1 import candidate_pb2, resume_pb2, resume_service_pb2
from blacklight_servicekit.ids import new_id
from google.api.httpbody_pb2 import HttpBody
from sqlalchemy import text

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
SAMPLE = Path(__file__).parent / "data" / "jsonresume" / "pdf" / "even__johndoe.pdf"
CURL = "curl -X POST --data-binary @resume.pdf -H 'Content-Type: application/pdf' -H 'Authorization: Bearer …' "


def test_an_upload_is_stored_and_waits_for_processing(service: Any) -> None:
    made = service.api.create()
    resume = service.api.upload(made.candidate_id, service.ann, file_name="C:\\docs\\Ann Éxample.docx", piece=1000)
    assert (resume.state, resume.primary) == (resume_pb2.RESUME_STATE_PENDING, True)
    assert (resume.file_name, resume.content_type) == ("Ann Éxample.docx", DOCX)
    assert resume.size_bytes == len(service.ann)
    assert service.api.get(made.candidate_id).state == candidate_pb2.CANDIDATE_STATE_PARSING
    assert service.api.resume(made.candidate_id, resume.resume_id) == resume
    stored = service.stored()
    assert [path.read_bytes() for path in stored] == [service.ann]
    assert stored[0].relative_to(service.folder).as_posix() == f"tenants/{service.tenant}/resumes/{resume.resume_id}"


def test_row_state_and_event_are_one_transaction(service: Any) -> None:
    made = service.api.create()
    resume = service.api.upload(made.candidate_id, service.ann)
    with service.app.database.platform_transaction() as session:
        events = session.execute(text("SELECT kind, payload FROM outbox WHERE kind LIKE 'resume.%'")).all()
    assert [(event.kind, event.payload) for event in events] == [("resume.uploaded", {"resume_id": resume.resume_id})]


def test_the_type_is_told_by_content_not_by_name(service: Any) -> None:
    made = service.api.create()
    resume = service.api.upload(
        made.candidate_id, SAMPLE.read_bytes(), file_name="resume.docx", content_type="image/png"
    )
    assert resume.content_type == "application/pdf"


@pytest.mark.parametrize(
    ("data", "reason", "said"),
    [
        (b"", "EMPTY_FILE", CURL),
        (b"just text, no file", "UNSUPPORTED_TYPE", "plain text"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 50, "UNSUPPORTED_TYPE", "image"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "UNSUPPORTED_TYPE", "Word 97-2003"),
        (b"%PDF-1.7\n" + b"x" * (10 * 1024 * 1024), "FILE_TOO_LARGE", "10 MB"),
        (b"%PDF-1.7\n" + b"x" * (30 * 1024 * 1024), "FILE_TOO_LARGE", "10 MB"),
    ],
)
def test_refuses_what_is_no_resume(service: Any, data: bytes, reason: str, said: str) -> None:
    made = service.api.create()
    refused = service.refusal(lambda: service.api.upload(made.candidate_id, data))
    assert (refused.code, refused.reason) == (grpc.StatusCode.INVALID_ARGUMENT, reason)
    assert refused.field == "file"
    assert said in refused.message
    assert service.stored() == []
    assert service.api.get(made.candidate_id).state == candidate_pb2.CANDIDATE_STATE_INTAKE


def test_a_multipart_body_is_answered_with_the_right_curl_line(service: Any) -> None:
    made = service.api.create()
    refused = service.refusal(
        lambda: service.api.upload(made.candidate_id, service.ann, content_type="Multipart/form-data; boundary=x")
    )
    assert (refused.code, refused.reason) == (grpc.StatusCode.INVALID_ARGUMENT, "MULTIPART_BODY")
    assert f"{CURL}'…/v1/candidates/{made.candidate_id}/resumes?file_name=resume.pdf'" in refused.message


@pytest.mark.parametrize("file_name", ["", "  ", "/", "..", "a/.."])
def test_refuses_a_file_without_a_name(service: Any, file_name: str) -> None:
    made = service.api.create()
    refused = service.refusal(lambda: service.api.upload(made.candidate_id, service.ann, file_name=file_name))
    assert (refused.reason, refused.field) == ("FILE_NAME_MISSING", "file_name")


def test_refuses_an_upload_that_names_no_candidate(service: Any) -> None:
    refused = service.refusal(lambda: service.api.upload("", service.ann))
    assert (refused.code, refused.field) == (grpc.StatusCode.INVALID_ARGUMENT, "candidate_id")
    refused = service.refusal(lambda: service.api.upload(str(new_id()), service.ann))
    assert refused.reason == "CANDIDATE_NOT_FOUND"
    assert service.stored() == []


def test_an_upload_without_a_message_is_refused(service: Any) -> None:
    call = lambda: service.api.resumes.UploadResume(iter(()), metadata=service.api.metadata)  # noqa: E731
    assert service.refusal(call).code is grpc.StatusCode.INVALID_ARGUMENT


def test_a_stream_that_is_cut_becomes_no_resume(service: Any) -> None:
    """grpc ends the messages of a cancelled call like those of a whole one; what came so far must not count."""
    made = service.api.create()

    def messages(size: int) -> Any:
        first = HttpBody(content_type=DOCX, data=service.ann[:size])
        yield resume_service_pb2.UploadResumeRequest(
            candidate_id=made.candidate_id, file_name="resume.docx", file=first
        )
        raise ConnectionError("the client is gone")

    for size in range(500, 520):
        with pytest.raises(grpc.RpcError):
            service.api.resumes.UploadResume(messages(size), metadata=service.api.metadata)
    time.sleep(0.5)
    assert list(service.api.resumes_of(made.candidate_id).resumes) == []


def test_another_tenants_candidate_and_resume_look_absent(service: Any) -> None:
    made = service.api.create()
    resume = service.api.upload(made.candidate_id, service.ann)
    other = service.user(new_id())
    ids = made.candidate_id, resume.resume_id
    assert service.refusal(lambda: other.upload(ids[0], service.ann)).reason == "CANDIDATE_NOT_FOUND"
    assert service.refusal(lambda: other.resumes_of(ids[0])).reason == "CANDIDATE_NOT_FOUND"
    for call in (other.resume, other.reprocess, other.download):
        refused = service.refusal(lambda call=call: call(*ids))
        assert (refused.code, refused.reason) == (grpc.StatusCode.NOT_FOUND, "RESUME_NOT_FOUND")


def test_a_resume_of_another_candidate_looks_absent(service: Any) -> None:
    first, second = service.api.create(), service.api.create()
    resume = service.api.upload(first.candidate_id, service.ann)
    refused = service.refusal(lambda: service.api.resume(second.candidate_id, resume.resume_id))
    assert refused.reason == "RESUME_NOT_FOUND"


def test_the_same_file_again_is_the_same_resume(service: Any) -> None:
    made = service.api.create()
    first = service.api.upload(made.candidate_id, service.ann)
    assert service.api.upload(made.candidate_id, service.ann, file_name="copy.docx") == first
    assert len(service.stored()) == 1
    elsewhere = service.api.create("Bob")
    assert service.api.upload(elsewhere.candidate_id, service.ann).resume_id != first.resume_id


def test_the_same_request_id_uploads_once(service: Any) -> None:
    made = service.api.create()
    request_id = str(uuid4())
    first = service.api.upload(made.candidate_id, service.ann, request_id=request_id)
    assert service.api.upload(made.candidate_id, service.ann, request_id=request_id) == first
    changed = service.docx(("Bob Other", "SKILLS", "SQL"))
    refused = service.refusal(lambda: service.api.upload(made.candidate_id, changed, request_id=request_id))
    assert refused.reason == "REQUEST_ID_REUSED"


def test_a_second_resume_is_not_primary(service: Any) -> None:
    made = service.api.create()
    service.api.upload(made.candidate_id, service.ann)
    second = service.api.upload(made.candidate_id, SAMPLE.read_bytes())
    assert not second.primary
    listed = service.api.resumes_of(made.candidate_id).resumes
    assert [resume.primary for resume in listed] == [False, True]
    page = service.api.resumes_of(made.candidate_id, page_size=1)
    assert [resume.resume_id for resume in page.resumes] == [second.resume_id]
    rest = service.api.resumes_of(made.candidate_id, page_size=1, page_token=page.next_page_token)
    assert [resume.primary for resume in rest.resumes] == [True]


def test_concurrent_uploads_keep_one_primary(service: Any) -> None:
    made = service.api.create()
    files = [service.docx((f"Person {number}", "SKILLS", "Java")) for number in range(8)]
    with ThreadPoolExecutor(8) as pool:
        resumes = list(pool.map(lambda data: service.api.upload(made.candidate_id, data), files))
    assert sum(resume.primary for resume in resumes) == 1
    assert len(service.api.resumes_of(made.candidate_id).resumes) == 8


def test_concurrent_uploads_of_one_file_make_one_resume(service: Any) -> None:
    made = service.api.create()
    with ThreadPoolExecutor(8) as pool:
        resumes = list(pool.map(lambda _: service.api.upload(made.candidate_id, service.ann), range(8)))
    assert len({resume.resume_id for resume in resumes}) == 1
    assert len(service.api.resumes_of(made.candidate_id).resumes) == 1
    with service.app.database.platform_transaction() as session:
        orphans = session.scalars(text("SELECT payload->>'key' FROM outbox WHERE kind = 'file.orphaned'")).all()
    assert len(service.stored()) == 1 + len(orphans)


def test_downloads_the_bytes_under_their_name(service: Any) -> None:
    made = service.api.create()
    data = SAMPLE.read_bytes() + b"\n% padding\n" * 60_000
    resume = service.api.upload(made.candidate_id, data, file_name='Résumé "A".pdf')
    headers, chunks = service.api.download(made.candidate_id, resume.resume_id)
    assert b"".join(chunk.data for chunk in chunks) == data
    assert max(len(chunk.data) for chunk in chunks) <= 256 * 1024
    assert chunks[0].content_type == "application/pdf"
    assert headers["content-disposition"] == (
        "attachment; filename=\"Resume A.pdf\"; filename*=UTF-8''R%C3%A9sum%C3%A9%20%22A%22.pdf"
    )


def test_a_waiting_resume_cannot_be_processed_again(service: Any) -> None:
    made = service.api.create()
    resume = service.api.upload(made.candidate_id, service.ann)
    refused = service.refusal(lambda: service.api.reprocess(made.candidate_id, resume.resume_id))
    assert (refused.code, refused.reason) == (grpc.StatusCode.FAILED_PRECONDITION, "RESUME_BUSY")
