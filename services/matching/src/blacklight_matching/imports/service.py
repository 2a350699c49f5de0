"""Imports of files, as the platform: begun, received in pieces, started, looked at."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from blacklight_servicekit.caller import Caller
from blacklight_servicekit.clock import Clock
from blacklight_servicekit.database import Database
from blacklight_servicekit.errors import Exhausted, FailedPrecondition, Invalid, NotFound
from blacklight_servicekit.paging import PageRequest
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from blacklight_matching.imports.files import FileFault, Source, detect_format
from blacklight_matching.imports.models import PostingImportFile, PostingImportPiece, PostingImportRow
from blacklight_matching.imports.view import ImportCounts, ImportRowView, ImportView
from blacklight_matching.runs.service import Runs
from blacklight_matching.runs.view import CANCELLED, POSTING_IMPORT, WAITING, RunView

MOST_BYTES = 200 * 1024 * 1024
MOST_UPLOADS = 20
"""Imports that wait for their file at one time."""
UPLOAD_TIME = timedelta(days=2)
"""After it an import that still waits for its file makes room for another."""
PIECE = 1024 * 1024


class PostingImports:
    """What administrators of the platform do with files of postings."""

    def __init__(self, database: Database, clock: Clock, runs: Runs) -> None:
        self._database = database
        self._clock = clock
        self._runs = runs

    def create(
        self, caller: Caller, *, platform: str, file_name: str, charset: str, update_existing: bool
    ) -> ImportView:
        """An import that waits for its file. Raises Exhausted (TOO_MANY_UPLOADS)."""
        with self._database.platform_transaction() as session:
            self._make_room(session)
            run_id = self._runs.start(session, caller, POSTING_IMPORT, task={}, total=0, state=WAITING)
            file = PostingImportFile(
                import_id=run_id,
                platform=platform,
                file_name=file_name,
                charset=charset,
                update_existing=update_existing,
            )
            session.add(file)
            session.flush()
            session.refresh(file)
            return self._views(session, [file])[0]

    def keep(self, caller: Caller, import_id: UUID, offset: int, data: bytes) -> ImportView:
        """Keeps a piece of at most 1 MiB that begins at `offset`, where what is kept ends.

        Raises NotFound, FailedPrecondition (UPLOAD_ENDED, OFFSET_MISMATCH with `received_bytes`), Exhausted
        (FILE_TOO_LARGE).
        """
        with self._database.platform_transaction() as session:
            file = self._waiting(session, import_id)
            if offset != file.received_bytes:
                raise FailedPrecondition(
                    f"{file.received_bytes} bytes are kept; go on from there",
                    reason="OFFSET_MISMATCH",
                    field="offset",
                    metadata={"received_bytes": str(file.received_bytes)},
                )
            if offset + len(data) > MOST_BYTES:
                raise Exhausted("a file may hold 200 MB; split it", reason="FILE_TOO_LARGE", field="file")
            if data:
                session.add(PostingImportPiece(import_id=import_id, start_byte=offset, data=data))
                file.received_bytes += len(data)
                session.flush()
            return self._views(session, [file])[0]

    def start(self, caller: Caller, import_id: UUID, size_bytes: int) -> ImportView:
        """The file is complete: its rows are imported from now on.

        Raises NotFound, FailedPrecondition (UPLOAD_ENDED, UPLOAD_INCOMPLETE), Invalid (FILE_EMPTY, FILE_NOT_TEXT:
        what was sent is dropped, and the import takes another file).
        """
        try:
            return self._start(caller, import_id, size_bytes)
        except FileFault as fault:
            self._drop(import_id)
            message = f"{fault}; what was sent is dropped, send another file from byte 0 on, or cancel the import"
            raise Invalid(message, reason=fault.reason, field="file") from fault

    def _start(self, caller: Caller, import_id: UUID, size_bytes: int) -> ImportView:
        with self._database.platform_transaction() as session:
            file = self._waiting(session, import_id)
            if size_bytes and size_bytes != file.received_bytes:
                raise FailedPrecondition(
                    f"{file.received_bytes} of {size_bytes} bytes are kept; send the rest first",
                    reason="UPLOAD_INCOMPLETE",
                    field="size_bytes",
                    metadata={"received_bytes": str(file.received_bytes)},
                )
            file.file_format = detect_format(self.source(session, import_id, file.charset))
            self._runs.set_going(session, caller, import_id, file.received_bytes)
            return self._views(session, [file])[0]

    def _drop(self, import_id: UUID) -> None:
        """What was sent is no file of rows."""
        with self._database.platform_transaction() as session:
            file = self._waiting(session, import_id)
            self.forget_file(session, import_id)
            file.received_bytes = 0

    def get(self, caller: Caller, import_id: UUID) -> ImportView:
        """Reads one import. Raises NotFound."""
        with self._database.platform_transaction() as session:
            return self._views(session, [self._find(session, import_id)])[0]

    def list_imports(
        self, caller: Caller, *, platform: str, page_size: int, page_token: str
    ) -> tuple[list[ImportView], str]:
        """Imports, newest first, and the token of the next page."""
        page = PageRequest.of(page_size, page_token, {"rpc": "ListPostingImports", "platform": platform})
        statement = select(PostingImportFile).order_by(PostingImportFile.import_id.desc()).limit(page.size + 1)
        if platform:
            statement = statement.where(PostingImportFile.platform == platform)
        if page.after is not None:
            statement = statement.where(PostingImportFile.import_id < page.after[0])
        with self._database.platform_transaction() as session:
            rows, token = page.cut(session.scalars(statement).all(), key=lambda file: (file.import_id,))
            return self._views(session, list(rows)), token

    def list_rows(
        self, caller: Caller, import_id: UUID, *, outcome: str, page_size: int, page_token: str
    ) -> tuple[list[ImportRowView], str]:
        """What became of the rows, in their order, and the token of the next page. Raises NotFound."""
        page = PageRequest.of(page_size, page_token, {"rpc": "ListRows", "import": import_id, "outcome": outcome})
        statement = select(PostingImportRow).where(PostingImportRow.import_id == import_id)
        if outcome:
            statement = statement.where(PostingImportRow.outcome == outcome)
        if page.after is not None:
            statement = statement.where(PostingImportRow.row_number > page.after[0])
        with self._database.platform_transaction() as session:
            self._find(session, import_id)
            found = session.scalars(statement.order_by(PostingImportRow.row_number).limit(page.size + 1)).all()
            rows, token = page.cut(found, key=lambda row: (row.row_number,))
            return [_row_view(row) for row in rows], token

    def source(self, session: Session, import_id: UUID, charset: str) -> Source:
        """Part: the file as it is kept."""

        def fetch(offset: int) -> bytes:
            piece = session.execute(
                select(PostingImportPiece.start_byte, PostingImportPiece.data)
                .where(PostingImportPiece.import_id == import_id, PostingImportPiece.start_byte <= offset)
                .order_by(PostingImportPiece.start_byte.desc())
                .limit(1)
            ).one_or_none()
            return b"" if piece is None else bytes(piece.data)[offset - piece.start_byte :]

        return Source(fetch, charset)

    def forget_file(self, session: Session, import_id: UUID) -> None:
        """Part: the pieces of a file that is needed no more."""
        session.execute(delete(PostingImportPiece).where(PostingImportPiece.import_id == import_id))

    def _make_room(self, session: Session) -> None:
        """Ends imports whose file never came, and drops what is kept of files whose runs have ended."""
        session.execute(select(func.pg_advisory_xact_lock(func.hashtext("matching.posting_imports"))))
        files = session.scalars(select(PostingImportPiece.import_id).distinct()).all()
        runs = self._runs.find_states(session, list(files))
        waiting = [run for run in self._runs.waiting(session, POSTING_IMPORT)]
        stale = [run for run in waiting if run.create_time < self._clock() - UPLOAD_TIME]
        for run in stale:
            self._runs.finish(session, run.run_id, CANCELLED, reason="UPLOAD_ABANDONED")
        for run in [*stale, *(run for run in runs.values() if run.end_time is not None)]:
            self.forget_file(session, run.run_id)
        if len(waiting) - len(stale) >= MOST_UPLOADS:
            raise Exhausted(
                f"{MOST_UPLOADS} imports wait for their files; finish or cancel one of them", reason="TOO_MANY_UPLOADS"
            )

    def _waiting(self, session: Session, import_id: UUID) -> PostingImportFile:
        """The import, locked, whose file is still awaited."""
        file = self._find(session, import_id, lock=True)
        if self._runs.find_states(session, [import_id])[import_id].state != WAITING:
            raise FailedPrecondition(
                "this import takes no file any more; create another one", reason="UPLOAD_ENDED", field="import_id"
            )
        return file

    def _find(self, session: Session, import_id: UUID, *, lock: bool = False) -> PostingImportFile:
        file = session.get(PostingImportFile, import_id, with_for_update=lock)
        if file is None:
            raise NotFound(f"import {import_id} not found", reason="IMPORT_NOT_FOUND", field="import_id")
        return file

    def _views(self, session: Session, files: list[PostingImportFile]) -> list[ImportView]:
        runs = self._runs.find_states(session, [file.import_id for file in files])
        return [_view(file, runs[file.import_id]) for file in files]


def _view(file: PostingImportFile, run: RunView) -> ImportView:
    counts = ImportCounts(**{name: getattr(file, name) for name in ImportCounts.__dataclass_fields__})
    named = {name: getattr(file, name) for name in ImportView.__dataclass_fields__ if name not in ("counts", "run")}
    return ImportView(**named, counts=counts, run=run)


def _row_view(row: PostingImportRow) -> ImportRowView:
    return ImportRowView(**{name: getattr(row, name) for name in ImportRowView.__dataclass_fields__})
