"""RunService: decode, call, encode."""

from __future__ import annotations

from uuid import UUID

from blacklight.matching.v1 import run_pb2, run_service_pb2
from blacklight_servicekit.caller import Caller

from blacklight_matching.runs.embedding.counts import EmbeddingTask
from blacklight_matching.runs.embedding.service import EmbeddingMaintenance
from blacklight_matching.runs.encoding import encode_run, kind_of, state_of
from blacklight_matching.runs.rescoring.service import Rescoring
from blacklight_matching.runs.service import Runs
from blacklight_matching.wire import without_prefix


class RunServicer:
    """Long runs."""

    service = run_service_pb2.DESCRIPTOR.services_by_name["RunService"]

    def __init__(self, runs: Runs, embedding: EmbeddingMaintenance, rescoring: Rescoring) -> None:
        self._runs = runs
        self._embedding = embedding
        self._rescoring = rescoring

    def GetRun(self, request: run_service_pb2.GetRunRequest, caller: Caller) -> run_pb2.Run:
        """Reads one run."""
        return encode_run(self._runs.get(caller, UUID(request.run_id)))

    def ListRuns(self, request: run_service_pb2.ListRunsRequest, caller: Caller) -> run_service_pb2.ListRunsResponse:
        """A page of runs."""
        runs, token = self._runs.list_runs(
            caller,
            kind=kind_of(request.kind),
            state=state_of(request.state),
            page_size=request.page_size,
            page_token=request.page_token,
        )
        return run_service_pb2.ListRunsResponse(runs=[encode_run(run) for run in runs], next_page_token=token)

    def PauseRun(self, request: run_service_pb2.PauseRunRequest, caller: Caller) -> run_pb2.Run:
        """Pauses a run."""
        return encode_run(self._runs.pause(caller, UUID(request.run_id)))

    def ResumeRun(self, request: run_service_pb2.ResumeRunRequest, caller: Caller) -> run_pb2.Run:
        """Resumes a run."""
        return encode_run(self._runs.resume(caller, UUID(request.run_id)))

    def CancelRun(self, request: run_service_pb2.CancelRunRequest, caller: Caller) -> run_pb2.Run:
        """Cancels a run."""
        return encode_run(self._runs.cancel(caller, UUID(request.run_id)))

    def StartEmbeddingMaintenance(
        self, request: run_service_pb2.StartEmbeddingMaintenanceRequest, caller: Caller
    ) -> run_pb2.Run:
        """Makes missing and stale vectors."""
        kinds = (run_service_pb2.EmbeddedKind.Name(kind) for kind in request.kinds)
        task = EmbeddingTask(
            kinds=tuple(without_prefix(kind, "EMBEDDED_KIND_") for kind in kinds),
            ids=tuple(dict.fromkeys(each.lower() for each in request.ids)),
            everything=request.everything,
        )
        return encode_run(self._embedding.start(caller, task))

    def GetEmbeddingStatus(
        self, request: run_service_pb2.GetEmbeddingStatusRequest, caller: Caller
    ) -> run_service_pb2.EmbeddingStatus:
        """How well vectors cover what there is."""
        return run_service_pb2.EmbeddingStatus(
            coverage=[
                run_service_pb2.EmbeddingCoverage(
                    kind=run_service_pb2.EmbeddedKind.Value(f"EMBEDDED_KIND_{kind}"),
                    present=found.present,
                    stale=found.stale,
                    missing=found.missing,
                )
                for kind, found in self._embedding.coverage(caller).items()
            ]
        )

    def StartRescore(self, request: run_service_pb2.StartRescoreRequest, caller: Caller) -> run_pb2.Run:
        """Scores every tenant's pairs again."""
        return encode_run(self._rescoring.start(caller))
