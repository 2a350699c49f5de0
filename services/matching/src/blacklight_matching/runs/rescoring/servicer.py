"""MatchRefreshService: decode, call, encode."""

from __future__ import annotations

from uuid import UUID

from blacklight.matching.v1 import match_refresh_service_pb2, run_pb2
from blacklight_servicekit.caller import Caller

from blacklight_matching.runs.encoding import encode_run, state_of
from blacklight_matching.runs.rescoring.service import Rescoring
from blacklight_matching.runs.service import Runs
from blacklight_matching.runs.view import MATCH_REFRESH


class MatchRefreshServicer:
    """Refreshes of a tenant's matches."""

    service = match_refresh_service_pb2.DESCRIPTOR.services_by_name["MatchRefreshService"]

    def __init__(self, runs: Runs, rescoring: Rescoring) -> None:
        self._runs = runs
        self._rescoring = rescoring

    def RefreshMatches(self, request: match_refresh_service_pb2.RefreshMatchesRequest, caller: Caller) -> run_pb2.Run:
        """Scores the tenant's pairs again."""
        return encode_run(self._rescoring.refresh(caller))

    def GetMatchRefresh(self, request: match_refresh_service_pb2.GetMatchRefreshRequest, caller: Caller) -> run_pb2.Run:
        """Reads one refresh."""
        return encode_run(self._runs.get(caller, UUID(request.run_id)))

    def ListMatchRefreshes(
        self, request: match_refresh_service_pb2.ListMatchRefreshesRequest, caller: Caller
    ) -> match_refresh_service_pb2.ListMatchRefreshesResponse:
        """A page of refreshes."""
        runs, token = self._runs.list_runs(
            caller,
            kind=MATCH_REFRESH,
            state=state_of(request.state),
            page_size=request.page_size,
            page_token=request.page_token,
        )
        return match_refresh_service_pb2.ListMatchRefreshesResponse(
            refreshes=[encode_run(run) for run in runs], next_page_token=token
        )

    def CancelMatchRefresh(
        self, request: match_refresh_service_pb2.CancelMatchRefreshRequest, caller: Caller
    ) -> run_pb2.Run:
        """Ends a refresh."""
        return encode_run(self._runs.cancel(caller, UUID(request.run_id)))
