"""Valid requests about imports of files and long runs, and one of each to ask for."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from blacklight.matching.v1 import match_refresh_service_pb2 as refreshing
from blacklight.matching.v1 import posting_import_service_pb2 as importing
from blacklight.matching.v1 import run_service_pb2 as running
from blacklight_servicekit.caller import CallerKind
from blacklight_servicekit.ids import new_id
from blacklight_testkit.matrix import Builder, Ids, World
from google.api.httpbody_pb2 import HttpBody
from sqlalchemy import text

REFRESHES = refreshing.DESCRIPTOR.services_by_name["MatchRefreshService"].methods_by_name
SEEDED = {"runs"}
FILE = b"[]"

_RUN = text(
    "INSERT INTO runs (run_id, kind, task, state, position, starter_kind, starter_id, create_time, update_time)"
    " VALUES (:id, 'POSTING_IMPORT', '{}', 'WAITING', '{}', 'PLATFORM_ADMIN', 'seed', '2026-01-01Z', '2026-01-01Z')"
)
_IMPORT = text(
    "INSERT INTO posting_imports (import_id, platform, file_name, charset, update_existing, received_bytes)"
    " VALUES (:id, 'dice', 'jobs.json', 'utf-8', false, :size)"
)
_PIECE = text("INSERT INTO posting_import_pieces (import_id, start_byte, data) VALUES (:id, 0, :data)")


def seed(world: World, tenant: UUID) -> Ids:
    """An import that waits, long enough to make room for others, and a refresh of the tenant's matches."""
    import_id = new_id()
    with world.running.database.platform_transaction() as session:
        for statement in (_RUN, _IMPORT, _PIECE):
            session.execute(statement, {"id": import_id, "size": len(FILE), "data": FILE})
    run = world.rpc(REFRESHES["RefreshMatches"], refreshing.RefreshMatchesRequest(), CallerKind.USER, tenant)
    return {"import_id": str(import_id), "run_id": run.run_id}


def of_import(request: Any) -> Any:
    return lambda ids: request(import_id=ids["import_id"])


def of_run(request: Any) -> Any:
    return lambda ids: request(run_id=ids["run_id"])


def upload(ids: Ids) -> list[importing.UploadPostingImportRequest]:
    body = HttpBody(content_type="application/json", data=b"\n")
    return [importing.UploadPostingImportRequest(import_id=ids["import_id"], offset=len(FILE), file=body)]


BUILDERS = {
    "PostingImportService.CreatePostingImport": Builder(
        lambda ids: importing.CreatePostingImportRequest(platform="dice", file_name="jobs.json")
    ),
    "PostingImportService.UploadPostingImport": Builder(upload),
    "PostingImportService.StartPostingImport": Builder(of_import(importing.StartPostingImportRequest)),
    "PostingImportService.GetPostingImport": Builder(of_import(importing.GetPostingImportRequest)),
    "PostingImportService.ListPostingImports": Builder(lambda ids: importing.ListPostingImportsRequest()),
    "PostingImportService.ListPostingImportRows": Builder(of_import(importing.ListPostingImportRowsRequest)),
    "RunService.GetRun": Builder(of_run(running.GetRunRequest)),
    "RunService.ListRuns": Builder(lambda ids: running.ListRunsRequest()),
    "RunService.PauseRun": Builder(of_run(running.PauseRunRequest)),
    "RunService.ResumeRun": Builder(of_run(running.ResumeRunRequest)),
    "RunService.CancelRun": Builder(of_run(running.CancelRunRequest)),
    "RunService.StartEmbeddingMaintenance": Builder(lambda ids: running.StartEmbeddingMaintenanceRequest()),
    "RunService.GetEmbeddingStatus": Builder(lambda ids: running.GetEmbeddingStatusRequest()),
    "RunService.StartRescore": Builder(lambda ids: running.StartRescoreRequest()),
    "MatchRefreshService.RefreshMatches": Builder(lambda ids: refreshing.RefreshMatchesRequest()),
    "MatchRefreshService.GetMatchRefresh": Builder(of_run(refreshing.GetMatchRefreshRequest)),
    "MatchRefreshService.ListMatchRefreshes": Builder(
        lambda ids: refreshing.ListMatchRefreshesRequest(), shows="run_id"
    ),
    "MatchRefreshService.CancelMatchRefresh": Builder(of_run(refreshing.CancelMatchRefreshRequest)),
}
