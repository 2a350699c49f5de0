"""PostingImportService: decode, call, encode; files come as streams of raw bytes and are kept piece by piece."""

from __future__ import annotations

from collections.abc import AsyncIterator
from uuid import UUID

from blacklight.matching.v1 import posting_import_pb2
from blacklight.matching.v1 import posting_import_service_pb2 as api
from blacklight_servicekit import rpc
from blacklight_servicekit.caller import Caller
from blacklight_servicekit.errors import Invalid

from blacklight_matching.imports.encoding import charset_of, check_media_type, encode_import, encode_row
from blacklight_matching.imports.service import PIECE, PostingImports
from blacklight_matching.wire import clean, without_prefix


class PostingImportServicer:
    """Imports of files."""

    service = api.DESCRIPTOR.services_by_name["PostingImportService"]

    def __init__(self, imports: PostingImports) -> None:
        self._imports = imports

    def CreatePostingImport(
        self, request: api.CreatePostingImportRequest, caller: Caller
    ) -> posting_import_pb2.PostingImport:
        """Begins an import."""
        return encode_import(
            self._imports.create(
                caller,
                platform=clean(request.platform).strip().lower(),
                file_name=clean(request.file_name),
                charset=charset_of(request.charset),
                update_existing=request.update_existing,
            )
        )

    async def UploadPostingImport(
        self, messages: AsyncIterator[api.UploadPostingImportRequest], caller: Caller
    ) -> posting_import_pb2.PostingImport:
        """Keeps what comes, a MiB at a time; what is kept stays when the stream breaks off."""
        first = await anext(messages, api.UploadPostingImportRequest())
        if not first.import_id:
            raise Invalid("import_id is missing in the first message", reason="INVALID_FIELD", field="import_id")
        check_media_type(first.file.content_type)
        import_id, offset, buffer = UUID(first.import_id), first.offset, bytearray(first.file.data)
        async for piece in messages:
            buffer += piece.file.data
            while len(buffer) >= PIECE:
                await rpc.blocking(self._imports.keep, caller, import_id, offset, bytes(buffer[:PIECE]))
                offset += PIECE
                del buffer[:PIECE]
        while len(buffer) > PIECE:
            await rpc.blocking(self._imports.keep, caller, import_id, offset, bytes(buffer[:PIECE]))
            offset += PIECE
            del buffer[:PIECE]
        return encode_import(await rpc.blocking(self._imports.keep, caller, import_id, offset, bytes(buffer)))

    def StartPostingImport(
        self, request: api.StartPostingImportRequest, caller: Caller
    ) -> posting_import_pb2.PostingImport:
        """The file is complete."""
        return encode_import(self._imports.start(caller, UUID(request.import_id), request.size_bytes))

    def GetPostingImport(
        self, request: api.GetPostingImportRequest, caller: Caller
    ) -> posting_import_pb2.PostingImport:
        """Reads one import."""
        return encode_import(self._imports.get(caller, UUID(request.import_id)))

    def ListPostingImports(
        self, request: api.ListPostingImportsRequest, caller: Caller
    ) -> api.ListPostingImportsResponse:
        """A page of imports."""
        imports, token = self._imports.list_imports(
            caller,
            platform=clean(request.platform).strip().lower(),
            page_size=request.page_size,
            page_token=request.page_token,
        )
        return api.ListPostingImportsResponse(imports=[encode_import(each) for each in imports], next_page_token=token)

    def ListPostingImportRows(
        self, request: api.ListPostingImportRowsRequest, caller: Caller
    ) -> api.ListPostingImportRowsResponse:
        """A page of what became of the rows."""
        outcome = posting_import_pb2.PostingImportOutcome.Name(request.outcome)
        rows, token = self._imports.list_rows(
            caller,
            UUID(request.import_id),
            outcome=without_prefix(outcome, "POSTING_IMPORT_OUTCOME_"),
            page_size=request.page_size,
            page_token=request.page_token,
        )
        return api.ListPostingImportRowsResponse(rows=[encode_row(row) for row in rows], next_page_token=token)
