"""CandidateService over gRPC."""

from __future__ import annotations

from uuid import UUID

from blacklight.candidate.v1 import candidate_pb2 as pb
from blacklight.candidate.v1 import candidate_service_pb2 as api
from blacklight_servicekit.caller import Caller
from google.protobuf.empty_pb2 import Empty

from blacklight_candidate.candidates.service import CandidateService


class CandidateServicer:
    """Decodes, calls the service, answers."""

    service = api.DESCRIPTOR.services_by_name["CandidateService"]

    def __init__(self, candidates: CandidateService) -> None:
        self._candidates = candidates

    def CreateCandidate(self, request: api.CreateCandidateRequest, caller: Caller) -> pb.Candidate:
        return self._candidates.create(caller, request)

    def GetCandidate(self, request: api.GetCandidateRequest, caller: Caller) -> pb.Candidate:
        return self._candidates.get(caller, UUID(request.candidate_id))

    def ListCandidates(self, request: api.ListCandidatesRequest, caller: Caller) -> api.ListCandidatesResponse:
        return self._candidates.list_candidates(caller, request)

    def UpdateCandidate(self, request: api.UpdateCandidateRequest, caller: Caller) -> pb.Candidate:
        return self._candidates.update(caller, request)

    def DeleteCandidate(self, request: api.DeleteCandidateRequest, caller: Caller) -> Empty:
        self._candidates.delete(caller, UUID(request.candidate_id), request.etag)
        return Empty()
