"""ResumeService over gRPC: files come and go as streams of raw bytes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from uuid import UUID

from blacklight.candidate.v1 import resume_pb2 as pb
from blacklight.candidate.v1 import resume_service_pb2 as api
from blacklight_servicekit import rpc
from blacklight_servicekit.caller import Caller
from blacklight_servicekit.errors import Invalid
from google.api.httpbody_pb2 import HttpBody

from blacklight_candidate.resumes.files import FileStore
from blacklight_candidate.resumes.service import ResumeService
from blacklight_candidate.resumes.upload import Incoming, curl_line, disposition


class ResumeServicer:
    """Decodes, calls the service, answers."""

    service = api.DESCRIPTOR.services_by_name["ResumeService"]

    def __init__(self, resumes: ResumeService, files: FileStore) -> None:
        self._resumes = resumes
        self._files = files

    async def UploadResume(self, messages: AsyncIterator[api.UploadResumeRequest], caller: Caller) -> pb.Resume:
        first = await anext(messages, api.UploadResumeRequest())
        incoming = Incoming(first.candidate_id, first.file.content_type)
        incoming.add(first.file.data)
        async for piece in messages:
            incoming.add(piece.file.data)
        data, candidate_id = incoming.whole(), _candidate_of(first)
        file = await rpc.blocking(self._resumes.store, caller, candidate_id, file_name=first.file_name, data=data)
        # Two steps: grpc ends the messages of a cancelled call like those of a whole one and cancels this task a
        # moment later, which is now. A cut-off file is left without a row.
        return await rpc.blocking(self._resumes.upload, caller, file, request_id=first.request_id)

    def GetResume(self, request: api.GetResumeRequest, caller: Caller) -> pb.Resume:
        return self._resumes.get(caller, UUID(request.candidate_id), UUID(request.resume_id))

    def ListResumes(self, request: api.ListResumesRequest, caller: Caller) -> api.ListResumesResponse:
        return self._resumes.list_resumes(caller, request)

    async def DownloadResume(self, request: api.DownloadResumeRequest, caller: Caller) -> AsyncIterator[HttpBody]:
        ids = UUID(request.candidate_id), UUID(request.resume_id)
        file = await rpc.blocking(self._resumes.locate, caller, *ids)
        started = False
        async for chunk in self._files.stream(file.key):
            if not started:
                # Only now: an error before the first chunk still gets its own headers.
                await rpc.set_initial_metadata((("content-disposition", disposition(file.file_name)),))
                started = True
            yield HttpBody(content_type=file.content_type, data=chunk)

    def ReprocessResume(self, request: api.ReprocessResumeRequest, caller: Caller) -> pb.Resume:
        return self._resumes.reprocess(caller, UUID(request.candidate_id), UUID(request.resume_id))


def _candidate_of(first: api.UploadResumeRequest) -> UUID:
    if not first.candidate_id:
        raise Invalid(
            "candidate_id is missing in the first message: " + curl_line(""),
            reason="INVALID_FIELD",
            field="candidate_id",
        )
    return UUID(first.candidate_id)
